// y = alpha * a . b + beta * c, where a and b hold numbers of float16 alone, for GPUs whose subgroups multiply matrices of it and add up
// in single precision. A workgroup computes a tile of $(M) x $(N) results: it brings $(K) terms of the rows and columns to shared memory,
// while it adds up the ones before. Each of its $(DOWN) x $(ACROSS) subgroups keeps the sums of $(FR) x $(FC) matrices. a and b are read
// through row and column strides, so that transposition costs nothing.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    a_batch_strides: array<vec4<i32>, 2>,
    b_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    m: u32,
    n: u32,
    terms: u32,
    // Where the operands and results of the first product of the batch start, and the results of the next one.
    a_start: u32,
    b_start: u32,
    c_start: u32,
    y_start: u32,
    y_batch: u32,
    // From a row of results to the next.
    y_row: u32,
    a_row: u32,
    a_column: u32,
    b_row: u32,
    b_column: u32,
    c_row: u32,
    c_column: u32,
    alpha: f32,
    beta: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Numbers, or pairs of numbers of half precision: numbers.wgsl.
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether there is a c to add.
override ADDS_C: u32;
// Whether neighbours in memory are neighbouring rows of a, or neighbouring rows of b: then neighbouring threads read those.
override A_IN_COLUMNS: u32;
override B_IN_COLUMNS: u32;

// Four rows of a, or columns of b, for each term. Rows are aligned as matrices must be, and have a little more than they need, so that
// threads that write one below the other meet in few banks.
const A_PITCH = $(M / 4 + 2)u;
const B_PITCH = $(N / 4 + 2)u;
var<workgroup> a_tile: array<vec4<f16>, $(M / 4 + 2 * K)>;
var<workgroup> b_tile: array<vec4<f16>, $(N / 4 + 2 * K)>;
// A matrix of sums of each subgroup.
var<workgroup> sums: array<f32, $(DOWN * ACROSS * S * S)>;

struct Place {
    quad: u32,
    term: u32,
}

fn place(i: u32, quads: u32, in_columns: bool) -> Place {
    if in_columns {
        return Place(i % quads, i / quads);
    }
    return Place(i / $(K)u, i % $(K)u);
}

// Four rows of a at one term, zero beyond the last term. Beyond the last row it is read again, and its sums are not stored.
fn of_a(start: u32, row: u32, term: u32) -> vec4<f16> {
    let at = vec4(start + min(term, params.terms - 1u) * params.a_column)
        + min(vec4(row) + vec4(0u, 1u, 2u, 3u), vec4(params.m - 1u)) * params.a_row;
    return vec4<f16>(select(vec4(0.0), vec4(number_of_a(at.x), number_of_a(at.y), number_of_a(at.z), number_of_a(at.w)), term < params.terms));
}

fn of_b(start: u32, column: u32, term: u32) -> vec4<f16> {
    let at = vec4(start + min(term, params.terms - 1u) * params.b_row)
        + min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u)) * params.b_column;
    return vec4<f16>(select(vec4(0.0), vec4(number_of_b(at.x), number_of_b(at.y), number_of_b(at.z), number_of_b(at.w)), term < params.terms));
}

@compute @workgroup_size($(THREADS))
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_id) subgroup: u32,
) {
    var rest = group.z;
    var a_batch = i32(params.a_start);
    var b_batch = i32(params.b_start);
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        a_batch += along * params.a_batch_strides[d / 4][d % 4];
        b_batch += along * params.b_batch_strides[d / 4][d % 4];
    }
    let a_start = u32(a_batch);
    let b_start = u32(b_batch);
    let first_row = group.y * $(M)u;
    let first_column = group.x * $(N)u;
    // Where subgroups are smaller than the largest, those that are too many do the same as the last.
    let own = min(subgroup, $(DOWN * ACROSS)u - 1u);
    let own_rows = own / $(ACROSS)u * $(FR * S / 4)u;
    let own_columns = own % $(ACROSS)u * $(FC * S / 4)u;
    // Threads that are too many bring the same as others.
//# each i < LOADSA
    let a_place_$i = place((thread + $(i * THREADS)u) % $(M / 4 * K)u, $(M / 4)u, A_IN_COLUMNS != 0u);
    var next_a_$i = of_a(a_start, first_row + 4u * a_place_$i.quad, a_place_$i.term);
//# end
//# each i < LOADSB
    let b_place_$i = place((thread + $(i * THREADS)u) % $(N / 4 * K)u, $(N / 4)u, B_IN_COLUMNS == 0u);
    var next_b_$i = of_b(b_start, first_column + 4u * b_place_$i.quad, b_place_$i.term);
//# end
//# each r < FR
//# each q < FC
    var sum_$r_$q = coop_mat$(S)x$(S)<f32, C>();
//# end
//# end
    for (var term = 0u; term < params.terms; term += $(K)u) {
        workgroupBarrier();
//# each i < LOADSA
        a_tile[a_place_$i.term * A_PITCH + a_place_$i.quad] = next_a_$i;
//# end
//# each i < LOADSB
        b_tile[b_place_$i.term * B_PITCH + b_place_$i.quad] = next_b_$i;
//# end
        workgroupBarrier();
//# each i < LOADSA
        next_a_$i = of_a(a_start, first_row + 4u * a_place_$i.quad, term + $(K)u + a_place_$i.term);
//# end
//# each i < LOADSB
        next_b_$i = of_b(b_start, first_column + 4u * b_place_$i.quad, term + $(K)u + b_place_$i.term);
//# end
//# each k < STEPS
//# each r < FR
        let a_$k_$r = coopLoad<coop_mat$(S)x$(S)<f16, A>>(&a_tile[$(k * S)u * A_PITCH + own_rows + $(r * S / 4)u], A_PITCH);
//# end
//# each q < FC
        let b_$k_$q = coopLoadT<coop_mat$(S)x$(S)<f16, B>>(&b_tile[$(k * S)u * B_PITCH + own_columns + $(q * S / 4)u], B_PITCH);
//# end
//# each r < FR
//# each q < FC
        sum_$r_$q = coopMultiplyAdd(a_$k_$r, b_$k_$q, sum_$r_$q);
//# end
//# end
//# end
    }
    // Only in shared memory is known which sum is whose: a matrix of each subgroup at a time.
    let y_start = params.y_start + group.z * params.y_batch;
    for (var matrix = 0u; matrix < $(FR * FC)u; matrix++) {
        workgroupBarrier();
//# each r < FR
//# each q < FC
        if matrix == $(r * FC + q)u {
            coopStoreT(sum_$r_$q, &sums[own * $(S * S)u], $(S)u);
        }
//# end
//# end
        workgroupBarrier();
        for (var i = thread; i < $(DOWN * ACROSS * S * S)u; i += $(THREADS)u) {
            let whose = i / $(S * S)u;
            let row = first_row + (whose / $(ACROSS)u * $(FR)u + matrix / $(FC)u) * $(S)u + i / $(S)u % $(S)u;
            let column = first_column + (whose % $(ACROSS)u * $(FC)u + matrix % $(FC)u) * $(S)u + i % $(S)u;
            if row < params.m && column < params.n {
                var result = params.alpha * sums[i];
                if ADDS_C != 0u {
                    result += params.beta * c[params.c_start + row * params.c_row + column * params.c_column];
                }
                let at = y_start + row * params.y_row + column;
                y[at] = finish(result, at);
            }
        }
    }
}
