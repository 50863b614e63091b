// y = softmax(finish(q . k)) . v for every matrix of a batch, for GPUs: attention, whose scores are never in memory. A workgroup takes
// $(ROWS) rows of q and goes through all keys, $(KEYS) at a time. Of each row it keeps the greatest score so far and, relative to that, the
// sum of the exponentials and of the values; when a greater score comes, both are scaled down to it.
//
// What is kept in fours is not four neighbours: element e of the quad i, out of n quads, is number i + e * n. So threads beside each other
// have rows, keys and columns beside each other, and read and write neighbours.

struct Params {
    batch_dims: array<vec4<u32>, 2>,
    q_batch_strides: array<vec4<i32>, 2>,
    k_batch_strides: array<vec4<i32>, 2>,
    v_batch_strides: array<vec4<i32>, 2>,
    batch_rank: u32,
    rows: u32,
    keys: u32,
    // Terms of a score, and columns of v.
    terms: u32,
    columns: u32,
    q_row: u32,
    q_term: u32,
    k_term: u32,
    k_key: u32,
    v_key: u32,
    v_column: u32,
    // Minus infinity: the score of what is not there.
    least: f32,
    // The results of a row that looks at no key, or of which a share is no number.
    unseen: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Whether neighbours in memory are neighbouring keys, not terms of one.
override KEYS_ARE_NEIGHBOURS: u32;

const LOWEST = -3.40282347e+38f;

// The threads that share the rows of a quad, which is the quads of keys.
const ACROSS = $(KEYS / 4)u;
// Quads of rows, and of columns.
const DOWN = $(ROWS / 4)u;
const COLUMNS = $(SIZE / 4)u;
// From a term of the keys to the next: one more than there are, so that threads that write one below the other do not meet in one bank.
const PITCH = $(KEYS / 4 + 1)u;

// Four rows of q for each term.
var<workgroup> queries: array<vec4<f32>, $(SIZE * ROWS / 4)>;
// Some terms of the keys, then what threads tell each other of their rows, then some of the values.
var<workgroup> part: array<vec4<f32>, $(PART)>;
// The scores of four rows for each key, then their exponentials.
var<workgroup> shares: array<vec4<f32>, $(KEYS * ROWS / 4)>;

// Four rows of q at a term, zero beyond the last one. Beyond the last row it is read again, and its results are not stored.
fn of_q(start: u32, quad: u32, term: u32) -> vec4<f32> {
    let rows = min(vec4(quad) + vec4(0u, 1u, 2u, 3u) * DOWN, vec4(params.rows - 1u));
    let at = vec4(start + min(term, params.terms - 1u) * params.q_term) + rows * params.q_row;
    return select(vec4(0.0), vec4(q[at.x], q[at.y], q[at.z], q[at.w]), term < params.terms);
}

fn of_k(start: u32, quad: u32, term: u32) -> vec4<f32> {
    let keys = min(vec4(quad) + vec4(0u, 1u, 2u, 3u) * ACROSS, vec4(params.keys - 1u));
    let at = vec4(start + min(term, params.terms - 1u) * params.k_term) + keys * params.k_key;
    return select(vec4(0.0), vec4(k[at.x], k[at.y], k[at.z], k[at.w]), term < params.terms);
}

fn of_v(start: u32, key: u32, quad: u32) -> vec4<f32> {
    let columns = min(vec4(quad) + vec4(0u, 1u, 2u, 3u) * COLUMNS, vec4(params.columns - 1u));
    let at = vec4(start + min(key, params.keys - 1u) * params.v_key) + columns * params.v_column;
    return select(vec4(0.0), vec4(v[at.x], v[at.y], v[at.z], v[at.w]), key < params.keys);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
//# each s < SUBGROUPS
    @builtin(subgroup_size) lanes: u32,
    @builtin(num_subgroups) subgroups: u32,
//# end
) {
//# each s < SUBGROUPS
    // Whether the threads that share rows are in one subgroup, none of whose lanes is empty, and can tell each other directly.
    let are_told = subgroups * lanes == 64u && lanes >= ACROSS;
//# end
    var rest = group.z;
    var q_batch = 0i;
    var k_batch = 0i;
    var v_batch = 0i;
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        q_batch += along * params.q_batch_strides[d / 4][d % 4];
        k_batch += along * params.k_batch_strides[d / 4][d % 4];
        v_batch += along * params.v_batch_strides[d / 4][d % 4];
    }
    let k_start = u32(k_batch);
    let v_start = u32(v_batch);
    let first_row = group.x * $(ROWS)u;
    for (var i = thread; i < $(SIZE * ROWS / 4)u; i += 64u) {
        let quad = i / $(SIZE)u;
        let term = i % $(SIZE)u;
        queries[term * DOWN + quad] = of_q(u32(q_batch), first_row + quad, term);
    }

    let down = thread / ACROSS;
    let across = thread % ACROSS;
    let rows = vec4(first_row + down) + vec4(0u, 1u, 2u, 3u) * DOWN;
    // Where the scores of the rows would begin, were they in memory.
    let score_rows = (vec4(group.z * params.rows) + min(rows, vec4(params.rows - 1u))) * params.keys;
    var greatest = vec4(params.least);
    var sum = vec4(0.0);
//# each c < 8
    var result_$c = vec4(0.0);
//# end
    for (var first_key = 0u; first_key < params.keys; first_key += $(KEYS)u) {
//# each c < 4
        var score_$c = vec4(0.0);
//# end
        for (var first_term = 0u; first_term < params.terms; first_term += $(TERMS)u) {
            workgroupBarrier();
            for (var i = thread; i < $(TERMS * KEYS / 4)u; i += 64u) {
                let quad = select(i / $(TERMS)u, i % ACROSS, KEYS_ARE_NEIGHBOURS != 0u);
                let term = select(i % $(TERMS)u, i / ACROSS, KEYS_ARE_NEIGHBOURS != 0u);
                part[term * PITCH + quad] = of_k(k_start, first_key + quad, first_term + term);
            }
            workgroupBarrier();
            for (var term = 0u; term < $(TERMS)u; term += 8u) {
//# each t < 8
                let q_$t = queries[(first_term + term + $(t)u) * DOWN + down];
                let k_$t = part[(term + $(t)u) * PITCH + across];
//# each c < 4
                score_$c = fma(q_$t, vec4(k_$t[$c]), score_$c);
//# end
//# end
            }
        }
//# each c < 4
        shares[(across + $(c)u * ACROSS) * DOWN + down] = score_$c;
//# end
        var most = greatest;
        // In a loop, lest what is done to scores is written out for every one of them.
        for (var c = 0u; c < 4u; c++) {
            let key = across + c * ACROSS;
            let score = shares[key * DOWN + down];
            let at = score_rows + vec4(min(first_key + key, params.keys - 1u));
            let finished = vec4(finish(score.x, at.x), finish(score.y, at.y), finish(score.z, at.z), finish(score.w, at.w));
            let of_key = select(vec4(params.least), finished, first_key + key < params.keys);
            shares[key * DOWN + down] = of_key;
            most = max(most, of_key);
        }
//# each s < SUBGROUPS
        if are_told {
            for (var apart = ACROSS / 2u; apart > 0u; apart /= 2u) {
                most = max(most, subgroupShuffleXor(most, apart));
            }
        } else {
//# end
        workgroupBarrier();
        part[thread] = most;
        workgroupBarrier();
        for (var i = 0u; i < ACROSS; i++) {
            most = max(most, part[down * ACROSS + i]);
        }
//# each s < SUBGROUPS
        }
//# end
        // Finite, so that no infinity is taken from another.
        let against = max(most, vec4(LOWEST));
        let fading = exp(max(greatest, vec4(LOWEST)) - against);
        greatest = most;
        sum *= fading;
//# each c < 8
        result_$c *= fading;
//# end
        for (var c = 0u; c < 4u; c++) {
            let key = across + c * ACROSS;
            let power = exp(shares[key * DOWN + down] - against);
            let share = select(vec4(0.0), power, first_key + key < params.keys);
            shares[key * DOWN + down] = share;
            sum += share;
        }
        for (var first = 0u; first < min($(KEYS)u, params.keys - first_key); first += $(VALUES)u) {
            workgroupBarrier();
            for (var i = thread; i < $(VALUES * SIZE / 4)u; i += 64u) {
                part[i] = of_v(v_start, first_key + first + i / COLUMNS, i % COLUMNS);
            }
            workgroupBarrier();
            for (var key = 0u; key < $(VALUES)u; key += 4u) {
//# each t < 4
                let share_$t = shares[(first + key + $(t)u) * DOWN + down];
                let v_$(t)_0 = part[(key + $(t)u) * COLUMNS + across];
                let v_$(t)_1 = part[(key + $(t)u) * COLUMNS + across + ACROSS];
//# each c < 8
                result_$c = fma(share_$t, vec4(v_$(t)_$(c / 4)[$(c % 4)]), result_$c);
//# end
//# end
            }
        }
    }

    workgroupBarrier();
    part[thread] = sum;
    workgroupBarrier();
    var total = vec4(0.0);
    for (var i = 0u; i < ACROSS; i++) {
        total += part[down * ACROSS + i];
    }
//# each r < 4
    let is_seen_$r = greatest[$r] >= LOWEST && !is_nan(total[$r]);
//# each c < 8
    store(group.z, rows[$r], across + $(c / 4)u * ACROSS + $(c % 4)u * COLUMNS, select(params.unseen, result_$c[$r] / total[$r], is_seen_$r));
//# end
//# end
}

fn store(matrix: u32, row: u32, column: u32, result: f32) {
    if row < params.rows && column < params.columns {
        y[(matrix * params.rows + row) * params.columns + column] = result;
    }
}
