// A convolution that makes many channels of few, and the convolution of each of them after it, for drivers that run a subgroup as one vector
// of a CPU: what lies between is neither stored nor loaded again.
//
// A workgroup is one subgroup of $(LANES) lanes; it computes $(ROWS) channels, and goes down the rows of what lies between. Of each row a lane
// computes eight neighbouring columns, by pixels.wgsl or windows.wgsl, asks its neighbours for the columns beside those, and adds what they
// give to the rows of the output that they lie in. Rows may take less lanes than there are: then others compute other rows. Where they take
// more, the lanes of a workgroup at whose columns no neighbour is are those that another workgroup begins or ends with.

struct Params {
    // Of what lies between: its rows, and texels of each.
    rows: u32,
    row_texels: u32,
    out_rows: u32,
    out_columns: u32,
    channels: u32,
    // Rounds of the first convolution: eights of input channels, or input channels.
    rounds: u32,
    // Of the input: rows, columns, elements from a row to the next, from a channel and from a sample.
    in_rows: u32,
    in_columns: u32,
    in_pitch: u32,
    in_plane: u32,
    in_sample: u32,
    // Padding of the first convolution before the first row and column.
    row_pad: i32,
    column_pad: i32,
    // Lanes that a row takes, how many of them are in a workgroup, workgroups that it takes, and lanes from where one begins to where the
    // next one does.
    across: u32,
    within: u32,
    segments: u32,
    apart: u32,
    // Blocks of rows of the output that a workgroup computes, and rows of each.
    blocks: u32,
    down: u32,
    // Between which what lies between is clipped.
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
// Of the first convolution, in panels of $(ROWS) channels.
@group(0) @binding(2) var filters: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var channel_filters: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read> wide_bias: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;

override ADDS_WIDE_BIAS: u32;
override ADDS_BIAS: u32;
// What is done to what lies between: 0 nothing, 1 to clip it, 2 hard swish.
override ACTIVATION: u32;

fn activated(v: vec4<f32>, low: f32, high: f32) -> vec4<f32> {
    if ACTIVATION == 0u {
        return v;
    }
    if ACTIVATION == 2u {
        return v * clamp(v / 6.0 + 0.5, vec4(0.0), vec4(1.0));
    }
    // What is no number stays so.
    let above = select(v, vec4(low), v < vec4(low));
    return select(above, vec4(high), above > vec4(high));
}

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Parameters are read before any branch or loop: outside of them one load serves all lanes.
    let rows = i32(params.rows);
    let out_rows = params.out_rows;
    let out_columns = params.out_columns;
    let rounds = params.rounds;
    let in_rows = i32(params.in_rows);
    let in_columns = i32(params.in_columns);
    let in_pitch = i32(params.in_pitch);
    let space = i32(params.in_plane);
    let x_first = group.z * params.in_sample;
    let row_pad = params.row_pad;
    let column_pad = params.column_pad;
    let across = params.across;
    let down = params.down;
    let low = params.low;
    let high = params.high;
    let panel = group.x;
    let own = lane % params.within;
    let eight = group.y % params.segments * params.apart + own;
    let block = lane / params.within;
    let first_row = (group.y / params.segments * params.blocks + block) * down;
    // Lanes beyond the last column, or that no block is for, compute what others do, and store nothing.
    let known = min(eight, across - 1u);
    let is_whole = 2u * known + 1u < params.row_texels;
    let has_before = eight > 0u;
    let has_after = eight + 1u < across;
    let stores = block < params.blocks && eight < across && (own > 0u || !has_before) && (own + $(AFTER)u < $(LANES)u || !has_after);
    let before = max(lane, 1u) - 1u;
    let after = min(lane + 1u, $(LANES)u - 1u);
//# each g < CHANNELGROUPS
    let own_channel_filters_$g = textureLoad(channel_filters, place(panel * $(CHANNELTEXELS)u + min(lane + $(g * LANES)u, $(CHANNELTEXELS)u - 1u)));
//# end
//# each g < ROWGROUPS
    let channel_$g = panel * $(ROWS)u + min(lane + $(g * LANES)u, $(ROWS)u - 1u);
    var own_wide_bias_$g = 0.0;
    if ADDS_WIDE_BIAS != 0u {
        own_wide_bias_$g = wide_bias[channel_$g];
    }
    var own_bias_$g = 0.0;
    if ADDS_BIAS != 0u {
        own_bias_$g = bias[channel_$g];
    }
//# end
    let out_space = out_rows * out_columns;
    let y_from = (group.z * params.channels + panel * $(ROWS)u) * out_space + eight * $(8 / STEP)u;
    let left = out_columns - min(out_columns, eight * $(8 / STEP)u);
    // What rows so far have added to rows of the output that are not done.
//# each r < ROWS
    var older_first_$r = vec4(0.0);
    var older_second_$r = vec4(0.0);
    var newer_first_$r = vec4(0.0);
    var newer_second_$r = vec4(0.0);
//# end
    let lines = down * $(STEP)u + $(ASKING)u;
    for (var line = 0u; line < lines; line++) {
        let row = i32(first_row * $(STEP)u + line) - 1i;
        let is_row = row >= 0i && row < rows;
        let known_row = clamp(row, 0i, rows - 1i);
//# each r < ROWS
        var first_$r = vec4(subgroupBroadcast(own_wide_bias_$(r / LANES), $(r % LANES)u));
        var second_$r = first_$r;
//# end
