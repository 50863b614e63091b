// How the operands lie: 0 as a word each, 1 as pairs of float16, 2 as pairs of bfloat16.
override A_PAIRS: u32 = 0u;
override B_PAIRS: u32 = 0u;

fn number_of_a(at: u32) -> f32 {
    if A_PAIRS == 0u {
        return bitcast<f32>(a[at]);
    }
    return half_of(a[at / 2u], at % 2u == 1u, A_PAIRS);
}

fn number_of_b(at: u32) -> f32 {
    if B_PAIRS == 0u {
        return bitcast<f32>(b[at]);
    }
    return half_of(b[at / 2u], at % 2u == 1u, B_PAIRS);
}

fn half_of(pair: u32, is_second: bool, kind: u32) -> f32 {
    if kind == 1u {
        let numbers = unpack2x16float(pair);
        return select(numbers.x, numbers.y, is_second);
    }
    return bitcast<f32>(select(pair << 16u, pair & 0xffff0000u, is_second));
}

