//! Short strings that are written beside their readers: words of eight bytes, filled up with zeroes.

use crate::sync::{AtomicU64, Ordering};

/// Bytes of the longest text of a page.
const LONGEST: usize = 112;

/// A copy of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Text {
    /// No name.
    pub const EMPTY: Text = Text { bytes: [0; LONGEST], length: 0 };

    /// The name, as far as it is UTF-8.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or(&[]);
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                bytes.get(..error.valid_up_to()).and_then(|b| core::str::from_utf8(b).ok()).unwrap_or("")
            }
        }
    }

    /// True if there is no name.
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// `text` as a page keeps it.
    pub(crate) fn of(text: &str) -> Text {
        let mut kept = Text::EMPTY;
        let text = up_to(text, LONGEST);
        for (to, from) in kept.bytes.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        kept.length = text.len();
        kept
    }

    /// What `words` spell.
    ///
    /// Ordering: Acquire loads, so that the check of an entry which the caller makes afterwards stays after them.
    pub(crate) fn load(words: &[AtomicU64]) -> Text {
        let mut text = Text::EMPTY;
        for (bytes, word) in text.bytes.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.load(Ordering::Acquire).to_ne_bytes());
        }
        text.length = text.bytes.iter().position(|byte| *byte == 0).unwrap_or(LONGEST);
        text
    }
}

/// Spells `text` in `words`, as much as fits without cutting a character in two.
///
/// Ordering: Release stores, so that a reader who sees one of them also sees what the caller stored before.
pub(crate) fn store(text: &str, words: &[AtomicU64]) {
    let text = up_to(text, words.len() * 8);
    let mut left = text.as_bytes();
    for word in words {
        let mut bytes = [0; 8];
        let (now, later) = left.split_at_checked(8).unwrap_or((left, &[]));
        for (to, from) in bytes.iter_mut().zip(now) {
            *to = *from;
        }
        word.store(u64::from_ne_bytes(bytes), Ordering::Release);
        left = later;
    }
}

/// The beginning of `text`, at most so many bytes, no half character, and nothing after a zero.
fn up_to(text: &str, most: usize) -> &str {
    let text = text.split('\0').next().unwrap_or("");
    let most = most.min(text.len());
    (0..=most).rev().find_map(|end| text.get(..end)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn texts_come_back_or_are_cut_between_characters() {
        let words: [AtomicU64; 14] = core::array::from_fn(|_| AtomicU64::new(u64::MAX));
        let long = "\u{e4}".repeat(70);
        for (text, expected) in [
            ("", ""),
            ("env.log", "env.log"),
            ("a name of 16 byt", "a name of 16 byt"),
            (&long, &long[..112]),
            (&long.replacen('\u{e4}', "x", 1), &format!("x{}", &long[..110])),
        ] {
            store(text, &words);
            assert_eq!(Text::load(&words).as_str(), expected);
            assert_eq!(Text::of(text).as_str(), expected);
        }
    }

    #[test]
    fn bytes_that_are_no_text_end_it() {
        let words = [AtomicU64::new(u64::from_ne_bytes(*b"ok\xff\xfeabcd"))];
        assert_eq!(Text::load(&words).as_str(), "ok");
    }
}
