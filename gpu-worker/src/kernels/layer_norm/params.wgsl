
// What the kernels of normalisation share.

struct Params {
    rows: u32,
    length: u32,
    epsilon: f32,
    // Rows whose scales differ, the scales of each, and the elements that share one.
    distinct: u32,
    scales: u32,
    sharing: u32,
}

@group(0) @binding(0) var<uniform> params: Params;

// Whether there is a bias to add.
override ADDS_BIAS: u32;
// Whether the mean is taken out.
override CENTRES: u32;
