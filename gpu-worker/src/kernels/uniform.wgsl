
// Numbers that all lanes agree on, so that the compiler of a driver knows it. Where llvmpipe of Mesa 22.3 knows that a place is the same for all
// lanes, it stores there by straight code, and elsewhere by a loop over lanes that takes three times as long. To it only constants and push
// constants are such numbers, and what is computed of them; so any other one goes through a table of its digits that lies there.
var<immediate> digits: array<u32, 32>;

// Whether to store so.
override STORES_STRAIGHT: u32;

fn stores_straight() -> bool {
    return STORES_STRAIGHT != 0u;
}

// A number below 32.
fn uniform_5(number: u32) -> u32 {
    return digits[number & 31u];
}

// A number below 1,024.
fn uniform_10(number: u32) -> u32 {
    return digits[number & 31u] | (digits[(number >> 5u) & 31u] << 5u);
}

// Any number.
fn uniform_32(number: u32) -> u32 {
    let low = uniform_10(number) | (uniform_10(number >> 10u) << 10u);
    return low | (uniform_10(number >> 20u) << 20u) | (digits[number >> 30u] << 30u);
}
