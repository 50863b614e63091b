//! Kernels whose loops are written out before a driver sees them: one template for every size of tile.
//!
//! A template is WGSL with two additions. What stands between the lines `//# each r < ROWS` and `//# end` is repeated for r = 0 to
//! ROWS - 1, and such blocks nest. `$r` and `$(ROWS)` are replaced by their numbers wherever they stand, and `$(2 * r + h)` by its value,
//! reckoned from left to right; there are `+`, `*`, `/` and `%`, between spaces.
//!
//! Sums that must stay in registers need this: drivers keep an array in memory when they see a loop over it.

/// Names and their numbers, the innermost last.
type Scope<'a> = Vec<(&'a str, u32)>;

/// Writes out a template for the given constants. Panics if the template is malformed, which its kernel's tests would show.
pub fn expand(template: &str, constants: &[(&'static str, u32)]) -> String {
    let lines: Vec<&str> = template.lines().collect();
    let mut expanded = String::with_capacity(2 * template.len());
    block(&lines, &mut constants.to_vec(), &mut expanded);
    expanded
}

fn block<'a>(lines: &[&'a str], scope: &mut Scope<'a>, expanded: &mut String) {
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let Some(head) = line.trim().strip_prefix("//# each ") else {
            substitute(line, scope, expanded);
            expanded.push('\n');
            at += 1;
            continue;
        };
        let (name, count) = head.split_once(" < ").expect("`//# each NAME < COUNT`");
        let length = body(&lines[at + 1..]);
        for number in 0..value(count, scope) {
            scope.push((name, number));
            block(&lines[at + 1..][..length], scope, expanded);
            scope.pop();
        }
        at += length + 2;
    }
}

/// Lines before the `//# end` that belongs to a block.
fn body(lines: &[&str]) -> usize {
    let mut depth = 1;
    for (at, line) in lines.iter().enumerate() {
        match line.trim() {
            "//# end" => depth -= 1,
            line if line.starts_with("//# each ") => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("`//# end` is missing")
}

fn substitute(line: &str, scope: &Scope, expanded: &mut String) {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (number, after) = match after.strip_prefix('(') {
            Some(inner) => {
                let (inner, after) = inner.split_once(')').expect("`$(` is closed");
                (operation(inner, scope), after)
            }
            None => {
                let end = after.find(|letter: char| !is_of_name(letter)).unwrap_or(after.len());
                (value(&after[..end], scope), &after[end..])
            }
        };
        expanded.push_str(&number.to_string());
        rest = after;
    }
    expanded.push_str(rest);
}

fn is_of_name(letter: char) -> bool {
    // No underscore, so that `sum_$r_$c` reads as two names.
    letter.is_ascii_alphanumeric()
}

fn operation(text: &str, scope: &Scope) -> u32 {
    let mut parts = text.split_whitespace();
    let mut result = value(parts.next().unwrap_or_default(), scope);
    while let (Some(operator), Some(right)) = (parts.next(), parts.next()) {
        let right = value(right, scope);
        result = match operator {
            "+" => result + right,
            "*" => result * right,
            "/" => result / right,
            "%" => result % right,
            _ => panic!("`{operator}` in `$({text})`"),
        };
    }
    result
}

fn value(name: &str, scope: &Scope) -> u32 {
    let named = scope
        .iter()
        .rev()
        .find(|(known, _)| *known == name)
        .map(|&(_, number)| number);
    named
        .or_else(|| name.parse().ok())
        .unwrap_or_else(|| panic!("`{name}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_repeat_and_nest() {
        let template = "a\n//# each r < ROWS\n//# each c < 2\nsum_$r_$(c + 1) = $(ROWS)u;\n//# end\n//# end\nb";
        let expected = "a\nsum_0_1 = 2u;\nsum_0_2 = 2u;\nsum_1_1 = 2u;\nsum_1_2 = 2u;\nb\n";
        assert_eq!(expand(template, &[("ROWS", 2)]), expected);
    }

    #[test]
    fn a_line_may_hold_several_places() {
        assert_eq!(
            expand("x$(9 % LANES)[$(9 / LANES * 2 + 1)u]", &[("LANES", 8)]),
            "x1[3u]\n"
        );
    }
}
