// Each output element summarises the input elements along the reduced dimensions, which are walked in one step. A workgroup computes one.

// Not used: the same launch may run reduce.wgsl.
override NESTS: u32;

// What is done to two parts: 0 they are added, 1 and 2 the greatest and least is taken, 3 they are multiplied.
var<private> way: u32;

fn combined(left: f32, right: f32) -> f32 {
    switch way {
        case 0u: { return left + right; }
        case 3u: { return left * right; }
        default: {
            // A NaN is the result, whatever follows.
            let takes_right = (way == 1u && right > left) || (way == 2u && right < left);
            return select(left, right, !is_nan(left) && (is_nan(right) || takes_right));
        }
    }
}

fn element(start: i32, i: u32) -> f32 {
    return x[start + i32(i) * params.reduced_strides[0][0]];
}

fn summary(thread: u32, start: i32) -> f32 {
    var part = select(0.0, element(start, 0u), way == 1u || way == 2u);
    if way == 3u { part = 1.0; }
    for (var i = thread; i < params.length; i += 64u) {
        var v = element(start, i);
        if OP == 5u || OP == 7u { v = v * v; }
        if OP == 6u { v = abs(v); }
        part = combined(part, v);
    }
    return of_all(thread, part);
}

// log(sum(exp(x))) with the greatest taken out, so that it cannot overflow.
fn log_sum_exp(thread: u32, start: i32) -> f32 {
    way = 1u;
    let greatest = summary(thread, start);
    let shift = shift_of(greatest);
    way = 0u;
    var part = 0.0;
    for (var i = thread; i < params.length; i += 64u) {
        part += exp(element(start, i) - shift);
    }
    return with_shift(log(of_all(thread, part)), greatest);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group_number(group, groups);
    if i >= params.count { return; }
    var rest = i;
    var start = 0i;
    for (var d = i32(params.kept_rank) - 1; d >= 0; d--) {
        let dim = params.kept_dims[d / 4][d % 4];
        start += i32(rest % dim) * params.kept_strides[d / 4][d % 4];
        rest /= dim;
    }
    var result: f32;
    if OP == 9u {
        result = log_sum_exp(thread, start);
    } else {
        switch OP {
            case 2u: { way = 1u; }
            case 3u: { way = 2u; }
            case 4u: { way = 3u; }
            default: { way = 0u; }
        }
        result = summary(thread, start);
    }
    switch OP {
        case 1u: { result /= f32(params.length); }
        case 7u: { result = sqrt(result); }
        case 8u: { result = log(result); }
        default: {}
    }
    if thread == 0u {
        y[i] = finish(result, i);
    }
}
