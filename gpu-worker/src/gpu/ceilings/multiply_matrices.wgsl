// Multiplies matrices and adds up in registers, each subgroup eight independent ones a round, of rows and columns of 16, or of 8 where every
// 16 in here is replaced by it.
enable f16;
enable wgpu_cooperative_matrix;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const ROUNDS = 1024u;
const COUNT = 16u * 16u;

var<workgroup> factors: array<f16, COUNT>;
var<workgroup> sums: array<f32, 8u * COUNT>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    // Read from memory, so that no compiler knows the result.
    for (var i = thread; i < COUNT; i += 64u) {
        factors[i] = f16(x[i]);
    }
    for (var i = thread; i < 8u * COUNT; i += 64u) {
        sums[i] = x[i];
    }
    workgroupBarrier();
    let left = coopLoad<coop_mat16x16<f16, A>>(&factors[0], 16u);
    let right = coopLoadT<coop_mat16x16<f16, B>>(&factors[0], 16u);
    var a = coopLoadT<coop_mat16x16<f32, C>>(&sums[0u * COUNT], 16u);
    var b = coopLoadT<coop_mat16x16<f32, C>>(&sums[1u * COUNT], 16u);
    var c = coopLoadT<coop_mat16x16<f32, C>>(&sums[2u * COUNT], 16u);
    var d = coopLoadT<coop_mat16x16<f32, C>>(&sums[3u * COUNT], 16u);
    var e = coopLoadT<coop_mat16x16<f32, C>>(&sums[4u * COUNT], 16u);
    var f = coopLoadT<coop_mat16x16<f32, C>>(&sums[5u * COUNT], 16u);
    var g = coopLoadT<coop_mat16x16<f32, C>>(&sums[6u * COUNT], 16u);
    var h = coopLoadT<coop_mat16x16<f32, C>>(&sums[7u * COUNT], 16u);
    for (var round = 0u; round < ROUNDS; round++) {
        a = coopMultiplyAdd(left, right, a);
        b = coopMultiplyAdd(left, right, b);
        c = coopMultiplyAdd(left, right, c);
        d = coopMultiplyAdd(left, right, d);
        e = coopMultiplyAdd(left, right, e);
        f = coopMultiplyAdd(left, right, f);
        g = coopMultiplyAdd(left, right, g);
        h = coopMultiplyAdd(left, right, h);
    }
    workgroupBarrier();
    coopStoreT(a + b + c + d + e + f + g + h, &sums[0], 16u);
    workgroupBarrier();
    y[group.x * 64u + thread] = sums[thread];
}
