// Multiplies and adds in registers: 16 independent vectors of four a round, which is 128 operations a thread.

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

const ROUNDS = 1024u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Read from memory, so that no compiler knows the result.
    let factor = x[0];
    let term = x[1];
    var a = x[2]; var b = x[3]; var c = x[4]; var d = x[5];
    var e = x[6]; var f = x[7]; var g = x[8]; var h = x[9];
    var i = x[10]; var j = x[11]; var k = x[12]; var l = x[13];
    var m = x[14]; var n = x[15]; var o = x[16]; var p = x[17];
    for (var round = 0u; round < ROUNDS; round++) {
        a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
        e = fma(e, factor, term); f = fma(f, factor, term); g = fma(g, factor, term); h = fma(h, factor, term);
        i = fma(i, factor, term); j = fma(j, factor, term); k = fma(k, factor, term); l = fma(l, factor, term);
        m = fma(m, factor, term); n = fma(n, factor, term); o = fma(o, factor, term); p = fma(p, factor, term);
    }
    y[id.x] = a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
}
