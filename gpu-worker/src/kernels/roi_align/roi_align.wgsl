// The mean, or the greatest, of samples on a regular grid inside each bin of a region. One thread computes one bin of one channel.

struct Params {
    regions: u32,
    channels: u32,
    out_rows: u32,
    out_columns: u32,
    batch: u32,
    rows: u32,
    columns: u32,
    // Samples along each axis of a bin; 0 for as many as it covers elements.
    samples: u32,
    scale: f32,
    // What is taken off coordinates.
    offset: f32,
    // 1 when regions are at least one element large.
    grows: u32,
    // The bits of a quiet NaN: the result for a region that is of no sample or too large.
    nan: u32,
    // Samples along an axis beyond which a region is too large.
    most: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> regions: array<f32>;
// The sample that each region is of.
@group(0) @binding(3) var<storage, read> samples: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether the greatest is wanted.
override GREATEST: u32;

// The neighbours of a position along an axis, and the share of the second; nothing beyond one element outside.
struct Place { low: u32, high: u32, share: f32, counts: bool }

fn place(at: f32, length: u32) -> Place {
    if !(at >= -1.0 && at <= f32(length)) { return Place(0u, 0u, 0.0, false); }
    let within = max(at, 0.0);
    let low = u32(within);
    if low + 1u >= length { return Place(length - 1u, length - 1u, 0.0, true); }
    return Place(low, low + 1u, within - f32(low), true);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    let column = thread % params.out_columns;
    let row = thread / params.out_columns % params.out_rows;
    let channel = thread / params.out_columns / params.out_rows % params.channels;
    let region = thread / params.out_columns / params.out_rows / params.channels;
    if region >= params.regions { return; }

    let left = regions[region * 4u] * params.scale - params.offset;
    let top = regions[region * 4u + 1u] * params.scale - params.offset;
    var width = regions[region * 4u + 2u] * params.scale - params.offset - left;
    var height = regions[region * 4u + 3u] * params.scale - params.offset - top;
    if params.grows != 0u {
        width = max(width, 1.0);
        height = max(height, 1.0);
    }
    let bin_height = height / f32(params.out_rows);
    let bin_width = width / f32(params.out_columns);
    let down = select(u32(max(ceil(bin_height), 0.0)), params.samples, params.samples > 0u);
    let across = select(u32(max(ceil(bin_width), 0.0)), params.samples, params.samples > 0u);
    let sample = samples[region];
    if down > params.most || across > params.most || !(sample >= 0.0 && sample < f32(params.batch)) {
        y[thread] = bitcast<f32>(params.nan);
        return;
    }
    let start = (u32(sample) * params.channels + channel) * params.rows * params.columns;

    var sum = 0.0;
    var greatest = 0.0;
    for (var i = 0u; i < down; i++) {
        let r = place(top + f32(row) * bin_height + (f32(i) + 0.5) * bin_height / f32(down), params.rows);
        for (var j = 0u; j < across; j++) {
            let c = place(left + f32(column) * bin_width + (f32(j) + 0.5) * bin_width / f32(across), params.columns);
            var corners = vec4(0.0);
            if r.counts && c.counts {
                let above = start + r.low * params.columns;
                let below = start + r.high * params.columns;
                corners = vec4(
                    (1.0 - r.share) * (1.0 - c.share) * x[above + c.low],
                    (1.0 - r.share) * c.share * x[above + c.high],
                    r.share * (1.0 - c.share) * x[below + c.low],
                    r.share * c.share * x[below + c.high],
                );
            }
            sum += corners.x + corners.y + corners.z + corners.w;
            let best = max(max(corners.x, corners.y), max(corners.z, corners.w));
            greatest = select(max(greatest, best), best, i == 0u && j == 0u);
        }
    }
    if GREATEST != 0u {
        y[thread] = greatest;
    } else {
        y[thread] = sum / f32(max(down * across, 1u));
    }
}
