// y = alpha * a . b + beta * c, where a and b hold numbers of float16 alone, for GPUs whose subgroups multiply matrices of it and add up
// in single precision. A workgroup computes a tile of $(M) x $(N) results: it brings $(K) terms of the rows and columns to shared memory,
// while it adds up the ones before. Each of its $(DOWN) x $(ACROSS) subgroups keeps the sums of $(FR) x $(FC) matrices. a and b are read
// through row and column strides, so that transposition costs nothing.

// Four rows of a, or columns of b, for each term. Rows are aligned as matrices must be, and have a little more than they need, so that
// threads that write one below the other meet in few banks.
const A_PITCH = $(M / 4 + 2)u;
const B_PITCH = $(N / 4 + 2)u;
var<workgroup> a_tile: array<vec4<f16>, $(M / 4 + 2 * K)>;
var<workgroup> b_tile: array<vec4<f16>, $(N / 4 + 2 * K)>;
// A matrix of sums of each subgroup.
var<workgroup> sums: array<f32, $(DOWN * ACROSS * S * S)>;

@compute @workgroup_size($(THREADS))
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_id) subgroup: u32,
) {
    let start = starts(group.z);
    let first_row = group.y * $(M)u;
    let first_column = group.x * $(N)u;
    // Where subgroups are smaller than the largest, those that are too many do the same as the last.
    let own = min(subgroup, $(DOWN * ACROSS)u - 1u);
    let own_rows = own / $(ACROSS)u * $(FR * S / 4)u;
    let own_columns = own % $(ACROSS)u * $(FC * S / 4)u;
    // Threads that are too many bring the same as others.
//# each i < LOADSA
    let a_place_$i = place((thread + $(i * THREADS)u) % $(M / 4 * K)u, $(M / 4)u, A_IN_COLUMNS != 0u);
    var next_a_$i = vec4<f16>(of_a(start.x, first_row + 4u * a_place_$i.quad, a_place_$i.term));
//# end
//# each i < LOADSB
    let b_place_$i = place((thread + $(i * THREADS)u) % $(N / 4 * K)u, $(N / 4)u, B_IN_COLUMNS == 0u);
    var next_b_$i = vec4<f16>(of_b(start.y, first_column + 4u * b_place_$i.quad, b_place_$i.term));
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
        next_a_$i = vec4<f16>(of_a(start.x, first_row + 4u * a_place_$i.quad, term + $(K)u + a_place_$i.term));
//# end
//# each i < LOADSB
        next_b_$i = vec4<f16>(of_b(start.y, first_column + 4u * b_place_$i.quad, term + $(K)u + b_place_$i.term));
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
