// Multiplies two matrices by a subgroup, as kernels do, of rows and columns of 16, or of 8 where every 16 in here is replaced by it.
enable f16;
enable wgpu_cooperative_matrix;

// The first operand column by column, the second row by row, and their product row by row.
@group(0) @binding(0) var<storage, read_write> matrices: array<f32>;

const COUNT = 16u * 16u;
var<workgroup> a: array<vec4<f16>, COUNT / 4u>;
var<workgroup> b: array<vec4<f16>, COUNT / 4u>;
var<workgroup> sums: array<f32, COUNT>;

fn four(at: u32) -> vec4<f16> {
    return vec4<f16>(vec4(matrices[at], matrices[at + 1u], matrices[at + 2u], matrices[at + 3u]));
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
    for (var i = thread; i < COUNT / 4u; i += 64u) {
        a[i] = four(4u * i);
        b[i] = four(COUNT + 4u * i);
    }
    workgroupBarrier();
    let left = coopLoad<coop_mat16x16<f16, A>>(&a[0], 16u / 4u);
    let right = coopLoadT<coop_mat16x16<f16, B>>(&b[0], 16u / 4u);
    coopStoreT(coopMultiplyAdd(left, right, coop_mat16x16<f32, C>()), &sums[0], 16u);
    workgroupBarrier();
    for (var i = thread; i < COUNT; i += 64u) {
        matrices[2u * COUNT + i] = sums[i];
    }
}
