// The functions that most epilogues consist of, apart from all others: a kernel is long for a driver until it has thrown the others away,
// the more so where it writes an epilogue out for each of its results.

// As in functions.wgsl of the unary kernel.
fn element_relu(word: u32) -> u32 {
    let v = bitcast<f32>(word);
    return bitcast<u32>(select(max(v, 0.0), v, is_nan(v)));
}

fn element_clip(word: u32, a: f32, b: f32) -> u32 {
    let v = bitcast<f32>(word);
    return bitcast<u32>(select(min(max(v, a), b), v, is_nan(v)));
}
