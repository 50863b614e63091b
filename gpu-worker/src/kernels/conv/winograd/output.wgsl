// The results of a convolution of 3 by 3, two by two of them from each column of sixteen products, see winograd.rs. One thread computes
// those of eight columns for a filter.

struct Params {
    // Eights of columns, and filters.
    eights: u32,
    channels: u32,
    out_rows: u32,
    out_columns: u32,
    // Rows of windows of a sample, and groups of windows in a row.
    down: u32,
    across: u32,
    // The first row of windows, counted through all samples, and the end of them.
    first: u32,
    end: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u64>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Parameters are read before any branch, and threads that are too many compute what the last one does, see depthwise.wgsl.
    let number = thread_number(id, groups);
    let matrix = params.eights * params.channels;
    let thread = min(number, matrix - 1u);
    let eight = thread % params.eights;
    let channel = thread / params.eights;
    var added = vec4(0.0);
    if ADDS_BIAS != 0u {
        added = vec4(bias[channel]);
    }
//# each p < 16
    let product_$p = x[thread + $(p)u * matrix];
    let even_$p = low(product_$p);
    let odd_$p = high(product_$p);
//# end
//# each k < 4
    let even_0_$k = even_$k + even_$(k + 4) + even_$(k + 8);
    let even_1_$k = even_$(k + 4) - even_$(k + 8) - even_$(k + 12);
    let odd_0_$k = odd_$k + odd_$(k + 4) + odd_$(k + 8);
    let odd_1_$k = odd_$(k + 4) - odd_$(k + 8) - odd_$(k + 12);
//# end
    // In each of two rows, the left and the right result of the even and the odd columns.
//# each i < 2
    let left_even_$i = even_$i_0 + even_$i_1 + even_$i_2 + added;
    let right_even_$i = even_$i_1 - even_$i_2 - even_$i_3 + added;
    let left_odd_$i = odd_$i_0 + odd_$i_1 + odd_$i_2 + added;
    let right_odd_$i = odd_$i_1 - odd_$i_2 - odd_$i_3 + added;
//# each q < 4
    let four_$i_$q = vec4(left_even_$i[$q], right_even_$i[$q], left_odd_$i[$q], right_odd_$i[$q]);
//# end
//# end
//# each s < GROUPS
//# each i < 2
    let place_$s_$i = place(eight * $(GROUPS)u + $(s)u, channel, $(i)u);
    let count_$s_$i = select(0u, place_$s_$i.y, number < matrix);
//# each c < STORES
    let at_$s_$i_$c = place_$s_$i.x + $(c * 8)u;
    let first_$s_$i_$c = finished(four_$i_$(s * FOURS + c + c), at_$s_$i_$c);
    let second_$s_$i_$c = finished(four_$i_$(s * FOURS + c + c + 1 % 4), at_$s_$i_$c + 4u);
    if count_$s_$i > $(c * 8)u {
        store(at_$s_$i_$c, count_$s_$i - $(c * 8)u, first_$s_$i_$c, second_$s_$i_$c);
    }
//# end
//# end
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u && number < matrix {
        for (var s = 0u; s < $(GROUPS * 2)u; s++) {
            let stored = place(eight * $(GROUPS)u + s / 2u, channel, s % 2u);
            for (var c = 0u; c < stored.y; c += 8u) {
                finish_stored(stored.x + c, stored.y - c);
            }
        }
    }
}

// Where the results of a group of windows begin in one of its two rows, and how many there are.
fn place(group: u32, channel: u32, i: u32) -> vec2<u32> {
    let line = params.first + group / params.across;
    let row = line % params.down * 2u + i;
    let column = group % params.across * $(SPAN)u;
    let at = ((line / params.down * params.channels + channel) * params.out_rows + row) * params.out_columns + column;
    let is_inside = line < params.end && row < params.out_rows;
    return vec2(at, select(0u, min(params.out_columns - column, $(SPAN)u), is_inside));
}
