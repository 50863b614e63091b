// Where in a texture a texel lies.
fn place(texel: u32) -> vec2<u32> {
    return vec2(texel % TEXELS_OF_A_ROW, texel / TEXELS_OF_A_ROW);
}

