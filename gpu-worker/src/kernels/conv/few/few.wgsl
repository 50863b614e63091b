// Convolution of few channels over planes, as first layers of networks are, without windows in memory: for drivers that run a subgroup as
// one vector of a CPU. A workgroup is one subgroup of $(LANES) lanes; each computes $(ROWS) output channels of eight neighbouring columns.
// Filters are $(HEIGHT) by $(WIDTH) and move by $(STRIDE). A round takes $(LINES) rows of the filters in one channel of the input: rows of
// the input are loaded as texels and their elements moved to their places, as in im2col/spans.wgsl, and numbers of the filters are loaded
// once for all lanes and broadcast from there, as in matmul/lanes.wgsl. Filters lie in panels of $(ROWS), neighbours for the same term.

struct Params {
    // Eights of columns of the output, in all samples, and in a row.
    eights: u32,
    across: u32,
    // Rounds, and what they come to.
    rounds: u32,
    channels: u32,
    out_channels: u32,
    in_rows: u32,
    in_columns: u32,
    // Elements from a row of the input to the next.
    in_pitch: u32,
    out_rows: u32,
    out_columns: u32,
    // Padding before the first row and column.
    row_pad: i32,
    column_pad: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) $VAR_x;
@group(0) @binding(2) var filters: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

// Whether there is a bias to add.
override ADDS_BIAS: u32;

@compute @workgroup_size($(LANES))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Parameters are read before any branch or loop, and lanes that are too many compute what the last one does, see depthwise.wgsl.
    let number = group.x * $(LANES)u + lane;
    let eights = params.eights;
    let rounds = params.rounds;
    let in_rows = i32(params.in_rows);
    let in_columns = i32(params.in_columns);
    let in_pitch = i32(params.in_pitch);
    let out_rows = params.out_rows;
    let out_columns = params.out_columns;
    let space = in_rows * in_pitch;
    let eight = min(number, eights - 1u);
    let line = eight / params.across;
    let out_column = (eight - line * params.across) * 8u;
    let sample = line / out_rows;
    let out_row = line - sample * out_rows;
    let first_line = i32(out_row * $(STRIDE)u) - params.row_pad;
    let first_column = i32(out_column * $(STRIDE)u) - params.column_pad;
    let first_channel = group.y * $(ROWS)u;
//# each r < ROWS
    var first_$r = vec4(0.0);
    var second_$r = vec4(0.0);
//# end
    var x_start = i32(sample * params.channels) * space;
//# each g < LOADS
    var w_at_$g = group.y * rounds * $(TEXELS)u + min(lane + $(g * LANES)u, $(TEXELS)u - 1u);
//# end
