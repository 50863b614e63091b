// Samples an input of two or three axes at the coordinates that a grid gives. One thread computes one output element.

struct Params {
    batch: u32,
    channels: u32,
    // Points of a sample's grid.
    points: u32,
    // Coordinates of a point: 2 or 3.
    axes: u32,
    // Depth, rows and columns; the fourth is not used.
    size: vec4<i32>,
    // 1 when -1 and 1 are the centres of the outermost elements, and not their edges.
    aligns_corners: u32,
    // 0: zeros, 1: the edge's elements, 2: reflected at the borders.
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Elements along an axis that make one: 1 the nearest, 2 linear, 4 cubic.
override TAPS: u32;

// v reflected at the borders as often as it takes to lie between them.
fn reflect_between(v: f32, low: f32, high: f32) -> f32 {
    let range = high - low;
    if !(range > 0.0) { return low; }
    if v >= low && v <= high { return v; }
    let beyond = select(v - high, low - v, v < low);
    let turns = floor(beyond / range);
    let rest = beyond - turns * range;
    let is_even = turns - 2.0 * floor(turns / 2.0) < 0.5;
    // From the border that it left, or from the other one.
    return select(low + rest, high - rest, (v > high) == is_even);
}

fn lowest() -> f32 {
    return select(-0.5, 0.0, params.aligns_corners != 0u);
}

fn highest(length: i32) -> f32 {
    return select(f32(length) - 0.5, f32(length) - 1.0, params.aligns_corners != 0u);
}

// Where a coordinate of the grid, from -1 to 1, lies along an axis.
fn place(v: f32, length: i32) -> f32 {
    var at = ((v + 1.0) * f32(length) - 1.0) / 2.0;
    if params.aligns_corners != 0u {
        at = (v + 1.0) / 2.0 * f32(length - 1);
    }
    if TAPS == 1u {
        at = round(at);
    }
    if at < lowest() || at > highest(length) {
        if params.padding == 1u { at = clamp(at, 0.0, f32(length - 1)); }
        if params.padding == 2u { at = reflect_between(at, lowest(), highest(length)); }
    }
    return at;
}

// The element that a position along an axis stands for, -1 for zero.
fn inside(at: i32, length: i32) -> i32 {
    if at >= 0 && at < length { return at; }
    switch params.padding {
        case 0u: { return -1; }
        case 1u: { return clamp(at, 0, length - 1); }
        default: { return clamp(i32(reflect_between(f32(at), lowest(), highest(length))), 0, length - 1); }
    }
}

// The share of tap k at a distance right of an element.
fn weight(k: u32, share: f32) -> f32 {
    if TAPS == 1u { return 1.0; }
    if TAPS == 2u { return select(share, 1.0 - share, k == 0u); }
    let a = -0.75;
    let d = abs(f32(k) - 1.0 - share);
    if d <= 1.0 { return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0; }
    return ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = thread_number(id, groups);
    let point = thread % params.points;
    let channel = thread / params.points % params.channels;
    let sample = thread / params.points / params.channels;
    if sample >= params.batch { return; }
    let size = params.size.xyz;
    let at = (sample * params.points + point) * params.axes;
    // Coordinates are columns first.
    let column = place(grid[at], size.z);
    let row = place(grid[at + 1u], size.y);
    var plane = 0.0;
    if params.axes == 3u {
        plane = place(grid[at + 2u], size.x);
    }
    let whole = vec3<i32>(vec3(floor(plane), floor(row), floor(column)));
    let share = vec3(plane, row, column) - vec3(floor(plane), floor(row), floor(column));
    let first = whole - vec3(select(0, 1, TAPS == 4u));
    let start = i32((sample * params.channels + channel) * u32(size.x * size.y * size.z));
    let planes = select(1u, TAPS, params.axes == 3u);

    var sum = 0.0;
    for (var i = 0u; i < planes; i++) {
        let z = select(0, inside(first.x + i32(i), size.x), params.axes == 3u);
        let z_weight = select(1.0, weight(i, share.x), params.axes == 3u);
        for (var j = 0u; j < TAPS; j++) {
            let r = inside(first.y + i32(j), size.y);
            for (var k = 0u; k < TAPS; k++) {
                let c = inside(first.z + i32(k), size.z);
                if z < 0 || r < 0 || c < 0 { continue; }
                sum += z_weight * weight(j, share.y) * weight(k, share.z) * x[start + (z * size.y + r) * size.z + c];
            }
        }
    }
    y[thread] = sum;
}
