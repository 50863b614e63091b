
// What reduce.wgsl does for rows whose elements are neighbours, for drivers that run a subgroup as one vector of a CPU, lane by lane where
// it loads: there four elements cost as much as one. One thread goes through a row by eights, which need not begin or end where the row
// does; a workgroup is one vector, so that a few long rows are shared by processors, too. With HAS_ROWS it is planes of rows that begin at
// whole eights, between which there may be anything.

struct Params {
    count: u32,
    // Elements of a row or plane, and how far the next one is.
    length: u32,
    step: u32,
    // Columns of a plane, and elements from one of its rows to the next.
    columns: u32,
    pitch: u32,
    // What makes no difference to a summary.
    neutral: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override HAS_ROWS: u32;

// How parts are put together: added, multiplied, or compared.
const ADDS = 0u;
const MULTIPLIES = 1u;
const TAKES_GREATEST = 2u;
const TAKES_LEAST = 3u;

fn are_nan(v: vec4<f32>) -> vec4<bool> {
    return (bitcast<vec4<u32>>(v) & vec4(0x7fffffffu)) > vec4(0x7f800000u);
}

fn combined(way: u32, left: vec4<f32>, right: vec4<f32>) -> vec4<f32> {
    switch way {
        case ADDS: { return left + right; }
        case MULTIPLIES: { return left * right; }
        default: {
            // A NaN is the result, whatever follows.
            let takes_right = select((right < left), (right > left), way == TAKES_GREATEST);
            return select(left, right, !are_nan(left) & (are_nan(right) | takes_right));
        }
    }
}

fn combined_all(way: u32, first: vec4<f32>, second: vec4<f32>) -> f32 {
    let fours = combined(way, first, second);
    let halves = combined(way, fours, fours.zwxy);
    return combined(way, halves, halves.yxwz).x;
}

// What a part is made of: an element as it is or as OP has it, or the exponential of what it exceeds `shift` by.
fn part_of(v: vec4<f32>, is_power: bool, shift: f32) -> vec4<f32> {
    if is_power { return exp(v - vec4(shift)); }
    if OP == 5u || OP == 7u { return v * v; }
    if OP == 6u { return abs(v); }
    return v;
}

// The same of the four elements at `at`, of which those before `start` and from `end` on are left out.
fn part_within(start: u32, end: u32, at: u32, neutral: f32, is_power: bool, shift: f32) -> vec4<f32> {
    let places = vec4(at) + vec4(0u, 1u, 2u, 3u);
    let are_own = (places >= vec4(start)) & (places < vec4(end));
    return select(vec4(neutral), part_of(x[at / 4u], is_power, shift), are_own);
}

// What is gone through: from `start` to before `end`, and in it, rows of `columns` elements that lie `pitch` apart.
struct Extent {
    start: u32,
    end: u32,
    columns: u32,
    pitch: u32,
}

// What becomes of the elements of an extent.
fn walk(extent: Extent, way: u32, neutral: f32, is_power: bool, shift: f32) -> f32 {
    if HAS_ROWS != 0u { return walk_rows(extent, way, neutral, is_power, shift); }
    return walk_neighbours(extent.start, extent.end, way, neutral, is_power, shift);
}

fn walk_rows(extent: Extent, way: u32, neutral: f32, is_power: bool, shift: f32) -> f32 {
    var first = vec4(neutral);
    var second = vec4(neutral);
    var row = extent.start;
    for (var at = row; at < extent.end; at += 8u) {
        row = select(row, at, at == row + extent.pitch);
        let end = row + extent.columns;
        first = combined(way, first, part_within(row, end, at, neutral, is_power, shift));
        second = combined(way, second, part_within(row, end, at + 4u, neutral, is_power, shift));
    }
    return combined_all(way, first, second);
}

// Those from `start` to before `end`. Only where a row begins and ends may there be others among those that are loaded.
fn walk_neighbours(start: u32, end: u32, way: u32, neutral: f32, is_power: bool, shift: f32) -> f32 {
    var at = start / 8u * 8u;
    var first = part_within(start, end, at, neutral, is_power, shift);
    var second = part_within(start, end, at + 4u, neutral, is_power, shift);
    for (at += 8u; at + 8u <= end; at += 8u) {
        first = combined(way, first, part_of(x[at / 4u], is_power, shift));
        second = combined(way, second, part_of(x[at / 4u + 1u], is_power, shift));
    }
    first = combined(way, first, part_within(start, end, at, neutral, is_power, shift));
    second = combined(way, second, part_within(start, end, at + 4u, neutral, is_power, shift));
    return combined_all(way, first, second);
}

fn summary(extent: Extent, neutral: f32, length: f32) -> f32 {
    switch OP {
        case 2u: { return walk(extent, TAKES_GREATEST, neutral, false, 0.0); }
        case 3u: { return walk(extent, TAKES_LEAST, neutral, false, 0.0); }
        case 4u: { return walk(extent, MULTIPLIES, neutral, false, 0.0); }
        case 9u: {
            // The greatest is taken out, so that no power can overflow.
            let greatest = walk(extent, TAKES_GREATEST, neutral, false, 0.0);
            return with_shift(log(walk(extent, ADDS, 0.0, true, shift_of(greatest))), greatest);
        }
        default: {
            let sum = walk(extent, ADDS, neutral, false, 0.0);
            switch OP {
                case 1u: { return sum / length; }
                case 7u: { return sqrt(sum); }
                case 8u: { return log(sum); }
                default: { return sum; }
            }
        }
    }
}

@compute @workgroup_size(8)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    // Parameters are read before any branch, and threads that are too many compute what the last one does, see depthwise.wgsl.
    let number = (group.y * groups.x + group.x) * 8u + thread;
    let count = params.count;
    let length = params.length;
    let columns = params.columns;
    let pitch = params.pitch;
    let neutral = params.neutral;
    let at = min(number, count - 1u);
    let start = at * params.step;
    let extent = Extent(start, start + params.step, columns, pitch);
    let result = finish(summary(extent, neutral, f32(length)), at);
    if number < count {
        y[at] = result;
    }
}
