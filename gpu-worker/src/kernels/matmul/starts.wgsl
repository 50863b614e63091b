// Where the operands of a product of the batch start.
fn starts(product: u32) -> vec2<u32> {
    var rest = product;
    var a_start = i32(params.a_start);
    var b_start = i32(params.b_start);
    for (var d = i32(params.batch_rank) - 1; d >= 0; d--) {
        let dim = params.batch_dims[d / 4][d % 4];
        let along = i32(rest % dim);
        rest /= dim;
        a_start += along * params.a_batch_strides[d / 4][d % 4];
        b_start += along * params.b_batch_strides[d / 4][d % 4];
    }
    return vec2(u32(a_start), u32(b_start));
}

