
// What the kernels of softmax and its logarithm share.

struct Params {
    rows: u32,
    // Elements of a row, which lie `inner` apart.
    length: u32,
    inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// 1: the logarithm.
override LOG: u32;
