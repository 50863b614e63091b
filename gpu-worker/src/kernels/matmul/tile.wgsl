// y = alpha * a . b + beta * c, for GPUs. A workgroup computes a tile of $(M) x $(N) results: it brings $(K) terms of the rows and columns
// to shared memory, while it adds up the ones before, and each thread keeps $(R) x $(C) sums in registers. a and b are read through row
// and column strides, so that transposition costs nothing.

// Whether results are finished.
override FINISHES: u32 = 0u;

// Four rows of a, or columns of b, for each term. A row has one vector more than it needs, so that threads that write one below the other
// do not meet in one bank.
const A_PITCH = $(M / 4 + 1)u;
const B_PITCH = $(N / 4 + 1)u;
var<workgroup> a_tile: array<vec4<f32>, $(M / 4 + 1 * K)>;
var<workgroup> b_tile: array<vec4<f32>, $(N / 4 + 1 * K)>;

@compute @workgroup_size($(THREADS))
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let start = starts(group.z);
    let first_row = group.y * $(M)u;
    let first_column = group.x * $(N)u;
    // The thread's place in the tile: every $(M / R)th four rows and every $(N / C)th four columns are its own.
    let down = thread / $(N / C)u;
    let across = thread % $(N / C)u;
//# each i < LOADSA
    let a_place_$i = place(thread + $(i * THREADS)u, $(M / 4)u, A_IN_COLUMNS != 0u);
    var next_a_$i = of_a(start.x, first_row + 4u * a_place_$i.quad, a_place_$i.term);
//# end
//# each i < LOADSB
    let b_place_$i = place(thread + $(i * THREADS)u, $(N / 4)u, B_IN_COLUMNS == 0u);
    var next_b_$i = of_b(start.y, first_column + 4u * b_place_$i.quad, b_place_$i.term);
//# end
//# each r < R
//# each q < QUADSC
    var sum_$r_$q = vec4(0.0);
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
        next_a_$i = of_a(start.x, first_row + 4u * a_place_$i.quad, term + $(K)u + a_place_$i.term);
//# end
//# each i < LOADSB
        next_b_$i = of_b(start.y, first_column + 4u * b_place_$i.quad, term + $(K)u + b_place_$i.term);
//# end
//# each k < K
//# each q < QUADSR
        let a_$k_$q = a_tile[$(k)u * A_PITCH + down + $(M / R * q)u];
//# end
//# each q < QUADSC
        let b_$k_$q = b_tile[$(k)u * B_PITCH + across + $(N / C * q)u];
//# end
//# each r < R
//# each q < QUADSC
        sum_$r_$q = fma(vec4(a_$k_$(r / 4)[$(r % 4)]), b_$k_$q, sum_$r_$q);
//# end
//# end
//# end
    }
    let y_start = params.y_start + group.z * params.y_batch;
//# each r < R
//# each q < QUADSC
    store(y_start, first_row + 4u * (down + $(r / 4 * M / R)u) + $(r % 4)u, first_column + 4u * (across + $(N / C * q)u), sum_$r_$q);
//# end
//# end
    if FINISHES != 0u {
        for (var i = 0u; i < $(R * C)u; i++) {
            let row = first_row + 4u * (down + i / $(C)u / 4u * $(M / R)u) + i / $(C)u % 4u;
            let column = first_column + 4u * (across + i % $(C)u / 4u * $(N / C)u) + i % 4u;
            if row < params.m && column < params.n {
                let at = y_start + row * params.y_row + column;
                y[at] = finish(y[at], at);
            }
        }
    }
}

fn store(start: u32, row: u32, column: u32, sum: vec4<f32>) {
    if row >= params.m { return; }
    for (var j = 0u; j < 4u; j++) {
        if column + j >= params.n { return; }
        var result = params.alpha * sum[j];
        if ADDS_C != 0u {
            result += params.beta * c[params.c_start + row * params.c_row + (column + j) * params.c_column];
        }
        y[start + row * params.y_row + column + j] = result;
    }
}
