// Each output element summarises the input elements along the reduced dimensions.

// Whether the reduced dimensions cannot be walked in one step. A constant, because Mesa's software driver goes through a loop once even
// where no thread takes it, and counts that, see MAX_ROUNDS.
override NESTS: u32;

fn element(start: i32, i: u32) -> f32 {
    var at = start + i32(i) * params.reduced_strides[0][0];
    if NESTS != 0u {
        at = start;
        var rest = i;
        for (var d = i32(params.reduced_rank) - 1; d >= 0; d--) {
            let dim = params.reduced_dims[d / 4][d % 4];
            at += i32(rest % dim) * params.reduced_strides[d / 4][d % 4];
            rest /= dim;
        }
    }
    return x[at];
}

fn extreme(start: i32, wants_greatest: bool) -> f32 {
    var best = element(start, 0u);
    for (var i = 1u; i < params.length; i++) {
        let v = element(start, i);
        // A NaN is the result, whatever follows.
        if is_nan(v) || (wants_greatest && v > best) || (!wants_greatest && best > v) { best = v; }
    }
    return best;
}

fn sum(start: i32) -> f32 {
    let squares = OP == 5u || OP == 7u;
    let magnitudes = OP == 6u;
    var total = 0.0;
    for (var i = 0u; i < params.length; i++) {
        let v = element(start, i);
        total += select(select(v, abs(v), magnitudes), v * v, squares);
    }
    return total;
}

// log(sum(exp(x))) with the greatest taken out, so that it cannot overflow.
fn log_sum_exp(start: i32) -> f32 {
    let greatest = extreme(start, true);
    let shift = shift_of(greatest);
    var total = 0.0;
    for (var i = 0u; i < params.length; i++) {
        total += exp(element(start, i) - shift);
    }
    return with_shift(log(total), greatest);
}

fn product(start: i32) -> f32 {
    var total = 1.0;
    for (var i = 0u; i < params.length; i++) {
        total *= element(start, i);
    }
    return total;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = thread_number(id, groups);
    if i >= params.count { return; }
    var rest = i;
    var start = 0i;
    for (var d = i32(params.kept_rank) - 1; d >= 0; d--) {
        let dim = params.kept_dims[d / 4][d % 4];
        start += i32(rest % dim) * params.kept_strides[d / 4][d % 4];
        rest /= dim;
    }
    switch OP {
        case 1u: { y[i] = finish(sum(start) / f32(params.length), i); }
        case 2u: { y[i] = finish(extreme(start, true), i); }
        case 3u: { y[i] = finish(extreme(start, false), i); }
        case 4u: { y[i] = finish(product(start), i); }
        case 7u: { y[i] = finish(sqrt(sum(start)), i); }
        case 8u: { y[i] = finish(log(sum(start)), i); }
        case 9u: { y[i] = finish(log_sum_exp(start), i); }
        default: { y[i] = finish(sum(start), i); }
    }
}
