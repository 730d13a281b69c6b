//! Names come from programs that are only watched: what goes to a terminal must not command it.

/// Characters of the longest name that is shown.
const LONGEST: usize = 160;

/// The name without control characters and marks that change the direction of the text around it, cut to a length that
/// can be shown.
pub fn clean(name: &str) -> String {
    let harmless = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns { char::REPLACEMENT_CHARACTER } else { c }
    };
    let mut cleaned: String = name.chars().take(LONGEST).map(harmless).collect();
    if name.chars().nth(LONGEST).is_some() {
        cleaned.push('…');
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_to_a_terminal_become_marks() {
        assert_eq!(clean("read"), "read");
        assert_eq!(clean("\x1b[2J\u{202e}x\n\u{9b}31m"), "\u{fffd}[2J\u{fffd}x\u{fffd}\u{fffd}31m");
        assert_eq!(clean("größe 東京"), "größe 東京");
        assert_eq!(clean(&"x".repeat(161)), "x".repeat(160) + "…");
        assert_eq!(clean(&"é".repeat(160)), "é".repeat(160));
    }
}
