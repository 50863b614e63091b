// How the kernels with tiles bring terms of their rows and columns, four at a time.

// Whether neighbours in memory are neighbouring rows of a, or neighbouring rows of b: then neighbouring threads read those.
override A_IN_COLUMNS: u32;
override B_IN_COLUMNS: u32;

struct Place {
    quad: u32,
    term: u32,
}

fn place(i: u32, quads: u32, in_columns: bool) -> Place {
    if in_columns {
        return Place(i % quads, i / quads);
    }
    return Place(i / $(K)u, i % $(K)u);
}

// Four rows of a at one term, zero beyond the last term. Beyond the last row it is read again, and its sums are not stored.
fn of_a(start: u32, row: u32, term: u32) -> vec4<f32> {
    let at = vec4(start + min(term, params.terms - 1u) * params.a_column)
        + min(vec4(row) + vec4(0u, 1u, 2u, 3u), vec4(params.m - 1u)) * params.a_row;
    return select(vec4(0.0), vec4(number_of_a(at.x), number_of_a(at.y), number_of_a(at.z), number_of_a(at.w)), term < params.terms);
}

fn of_b(start: u32, column: u32, term: u32) -> vec4<f32> {
    let at = vec4(start + min(term, params.terms - 1u) * params.b_row)
        + min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(params.n - 1u)) * params.b_column;
    return select(vec4(0.0), vec4(number_of_b(at.x), number_of_b(at.y), number_of_b(at.z), number_of_b(at.w)), term < params.terms);
}

