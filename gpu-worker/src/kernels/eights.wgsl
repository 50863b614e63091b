// Eight neighbouring floats as four 64-bit words. Drivers that go lane by lane take as long for these as for four floats.

fn eight_of(first: vec4<f32>, second: vec4<f32>) -> vec4<u64> {
    let even = bitcast<vec4<u32>>(vec4(first.xz, second.xz));
    let odd = bitcast<vec4<u32>>(vec4(first.yw, second.yw));
    return vec4<u64>(even) | (vec4<u64>(odd) << vec4(32u));
}

// The even and the odd elements of eight.
fn low(eight: vec4<u64>) -> vec4<f32> { return bitcast<vec4<f32>>(vec4<u32>(eight)); }
fn high(eight: vec4<u64>) -> vec4<f32> { return bitcast<vec4<f32>>(vec4<u32>(eight >> vec4(32u))); }
