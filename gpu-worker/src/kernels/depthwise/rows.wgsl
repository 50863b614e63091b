// What depthwise.wgsl does for filters of 3 by 3 that move by one, where rows are of $(COLUMNS) elements with one of padding on either side: those
// of a plane follow each other in memory, $(PITCH) elements apart, so one thread loads $(LINES) of them as one span, and stores $(ROWS) as another.
// What lies between rows counts as padding, and what is stored there is of no use.

struct Params {
    // Threads that compute something.
    threads: u32,
    // Output channels, and how many there are for each input channel.
    channels: u32,
    multiplier: u32,
    // Rows of a plane, and threads for them.
    rows: u32,
    down: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;
@group(0) @binding(2) $VAR_weights;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Parameters are read before any branch, and threads that are too many compute what the last one does, see depthwise.wgsl.
    let number = thread_number(id, groups);
    let threads = params.threads;
    let rows = params.rows;
    let thread = min(number, threads - 1u);
    let first_row = thread % params.down * $(ROWS)u;
    let plane = thread / params.down;
    let channel = plane % params.channels;
    let from_x = (i32(plane / params.multiplier * rows + first_row) - 1i) * $(PITCH)i;
//# span of x
    // Elements by row and column, those of the padding included.
//# each l < LINES
    let is_row_$l = first_row + $(l)u > 0u && first_row + $(l)u <= rows;
    let x_$l_0 = 0.0;
    let x_$l_$(PITCH + 1) = 0.0;
//# each c < COLUMNS
    let x_$l_$(c + 1) = select(0.0, element_x_$(l * PITCH + c), is_row_$l);
//# end
//# each c < BETWEEN
    let x_$l_$(COLUMNS + c + 1) = 0.0;
//# end
//# end
    let from_w = i32(channel * 9u);
//# span of weights
    var added = 0.0;
    if ADDS_BIAS != 0u {
        added = bias[channel];
    }
    let y_start = (plane * rows + first_row) * $(PITCH)u;
    let count = select(0u, min($(ROWS)u, rows - first_row) * $(PITCH)u, number < threads);
//# each g < EIGHTS
//# each c < 8
    var sum_$g_$c = 0.0;
//# each i < 3
//# each k < 3
    sum_$g_$c += x_$(g * 8 + c / PITCH + i)_$(g * 8 + c % PITCH + k) * element_w_$(i * 3 + k);
//# end
//# end
//# end
    let at_$g = y_start + $(g * 8)u;
    let first_$g = finished(vec4(sum_$g_0, sum_$g_1, sum_$g_2, sum_$g_3) + vec4(added), at_$g);
    let second_$g = finished(vec4(sum_$g_4, sum_$g_5, sum_$g_6, sum_$g_7) + vec4(added), at_$g + 4u);
    if count > $(g * 8)u {
        store(at_$g, count - $(g * 8)u, first_$g, second_$g);
    }
//# end
    // What is long to write out is done in a loop, from where results were stored.
    if FINISHES != 0u {
        for (var c = 0u; c < count; c += 8u) {
            finish_stored(y_start + c, count - c);
        }
    }
}
