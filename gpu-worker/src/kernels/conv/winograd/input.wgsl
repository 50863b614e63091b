// Windows of 4 by 4, two apart, as what filters of that size are multiplied with, see winograd.rs: sixteen matrices of a row for each
// channel and a column for each window, in panels of columns. One thread transforms eight windows of a channel, $(TILES) neighbours in a row at a time.

struct Params {
    // Eights of columns, and channels.
    eights: u32,
    channels: u32,
    in_rows: u32,
    in_columns: u32,
    // Elements from a row to the next.
    in_pitch: u32,
    // Rows of windows of a sample, and groups of windows in a row.
    down: u32,
    across: u32,
    // The first row of windows, counted through all samples.
    first: u32,
    // Eights of a row of a panel, and of a matrix.
    panel: u32,
    matrix: u32,
    row_pad: i32,
    column_pad: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u64>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Parameters are read before any branch, and threads that are too many compute what the last one does, see depthwise.wgsl.
    let number = thread_number(id, groups);
    let threads = params.eights * params.channels;
    let matrix = params.matrix;
    let thread = min(number, threads - 1u);
    let eight = thread % params.eights;
    let channel = thread / params.eights;
    let size = vec2(i32(params.in_rows), i32(params.in_columns));
    let pitch = i32(params.in_pitch);
//# each s < GROUPS
    let group_$s = eight * $(GROUPS)u + $(s)u;
    let line_$s = params.first + group_$s / params.across;
    let plane_$s = line_$s / params.down * params.channels + channel;
    let row_$s = i32(line_$s % params.down * 2u) - params.row_pad;
    let column_$s = i32(group_$s % params.across * $(SPAN)u) - params.column_pad;
//# each e < ELEMENTS
    let is_column_$s_$e = column_$s + $(e)i >= 0i && column_$s + $(e)i < size.y;
//# end
//# each r < 4
    let is_row_$s_$r = row_$s + $(r)i >= 0i && row_$s + $(r)i < size.x;
    let from_$s_$r = (i32(plane_$s) * size.x + row_$s + $(r)i) * pitch + column_$s;
//# span of x
//# each e < ELEMENTS
    let x_$s_$r_$e = select(0.0, element_$s_$r_$e, is_row_$s_$r && is_column_$s_$e);
//# end
//# end
//# each e < ELEMENTS
    let down_$s_0_$e = x_$s_0_$e - x_$s_2_$e;
    let down_$s_1_$e = x_$s_1_$e + x_$s_2_$e;
    let down_$s_2_$e = x_$s_2_$e - x_$s_1_$e;
    let down_$s_3_$e = x_$s_1_$e - x_$s_3_$e;
//# end
//# each t < TILES
//# each i < 4
    let tile_$(s * TILES + t)_$i_0 = down_$s_$i_$(t * 2) - down_$s_$i_$(t * 2 + 2);
    let tile_$(s * TILES + t)_$i_1 = down_$s_$i_$(t * 2 + 1) + down_$s_$i_$(t * 2 + 2);
    let tile_$(s * TILES + t)_$i_2 = down_$s_$i_$(t * 2 + 2) - down_$s_$i_$(t * 2 + 1);
    let tile_$(s * TILES + t)_$i_3 = down_$s_$i_$(t * 2 + 1) - down_$s_$i_$(t * 2 + 3);
//# end
//# end
//# end
    let at = (eight / params.panel * params.channels + channel) * params.panel + eight % params.panel;
    if number >= threads { return; }
//# each i < 4
//# each k < 4
    y[at + $(i * 4 + k)u * matrix] = eight_of(
        vec4(tile_0_$i_$k, tile_1_$i_$k, tile_2_$i_$k, tile_3_$i_$k),
        vec4(tile_4_$i_$k, tile_5_$i_$k, tile_6_$i_$k, tile_7_$i_$k),
    );
//# end
//# end
}
