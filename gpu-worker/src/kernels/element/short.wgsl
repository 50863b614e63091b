// The functions that short epilogues consist of, apart from all others: a kernel that writes them out for each of its results is long
// for a driver until it has thrown the others away.

// As in functions.wgsl of the unary kernel.
fn element_relu(word: u32) -> u32 {
    let v = bitcast<f32>(word);
    return bitcast<u32>(select(max(v, 0.0), v, is_nan(v)));
}

fn element_clip(word: u32, a: f32, b: f32) -> u32 {
    let v = bitcast<f32>(word);
    return bitcast<u32>(select(min(max(v, a), b), v, is_nan(v)));
}
