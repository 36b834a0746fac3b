//! Texts as files can hold them.

/// Longest keyword of IPTC, in bytes (IPTC-IIM 2:25).
pub(crate) const IPTC_KEYWORD_BYTES: usize = 64;
/// Longest caption of IPTC, in bytes (IPTC-IIM 2:120).
pub(crate) const IPTC_CAPTION_BYTES: usize = 2_000;

/// A name on one line: without what XML cannot hold, without spaces around it.
pub(crate) fn line(text: &str) -> String {
    let one = |c: char| if c.is_whitespace() { ' ' } else { c };
    text.chars().map(one).filter(|c| is_allowed(*c)).collect::<String>().trim().to_owned()
}

/// A caption: lines end alike, what XML cannot hold is left out, and so is what is over so many characters.
pub(crate) fn caption(text: &str, most_chars: usize) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| is_allowed(*c)).collect();
    text.trim().chars().take(most_chars).collect::<String>().trim_end().to_owned()
}

/// As much of a text as fits into so many bytes, never a part of a character.
pub(crate) fn within(text: &str, most_bytes: usize) -> &str {
    if text.len() <= most_bytes { text } else { text[..text.floor_char_boundary(most_bytes)].trim_end() }
}

/// What XML 1.0 can hold (section 2.2), without the marks that only separate bytes.
fn is_allowed(c: char) -> bool {
    (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(within("straße", 5), "stra");
        assert_eq!(within("straße", 6), "straß");
        assert_eq!(within("a b", 2), "a");
        assert_eq!(caption("  zwei\r\nZeilen\0 \n", 100), "zwei\nZeilen");
        assert_eq!(caption("ab 😀😀", 4), "ab 😀");
        assert_eq!(line(" Ada\nLovelace\u{7} "), "Ada Lovelace");
    }

    proptest! {
        #[test]
        fn what_is_cut_is_a_beginning(text in "\\PC{0,80}", most in 0_usize..100) {
            let cut = within(&text, most);
            prop_assert!(cut.len() <= most && text.starts_with(cut));
            prop_assert!(caption(&text, most).chars().count() <= most);
        }
    }
}
