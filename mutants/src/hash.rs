//! Hashes of sources, to know results of an earlier run again: of their tokens, as comments and blanks break nothing and mend
//! nothing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::Source;

/// FNV-1a, which is the same in every version of the compiler.
#[derive(Clone, Copy)]
pub struct Hash(u64);

impl Hash {
    /// Of nothing.
    pub fn new() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    /// Goes on with `text`, and an end that no text has.
    pub fn with(self, text: &str) -> Hash {
        let bytes = text.bytes().chain([0xff]);
        Hash(bytes.fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)))
    }

    /// Goes on with the tokens of `code`; with the text itself if that has none.
    pub fn with_tokens(self, code: &str) -> Hash {
        match code.parse::<TokenStream>() {
            Ok(tokens) => plain(tokens).iter().fold(self, |hash, token| hash.with(token)),
            Err(_) => self.with(code),
        }
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }
}

impl Default for Hash {
    fn default() -> Hash {
        Hash::new()
    }
}

/// Of one file of the core without its tests, which stand at its end.
pub fn of_file(source: &Source) -> u64 {
    let code = source.text.split("\nmod tests {").next().unwrap_or_default();
    Hash::new().with_tokens(code).value()
}

/// The tokens as texts, without documentation, which is an attribute here.
pub(crate) fn plain(tokens: TokenStream) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let is_attribute = matches!(all.last().map(String::as_str), Some("#" | "!"));
                let is_doc = group.delimiter() == Delimiter::Bracket
                    && group.stream().into_iter().next().is_some_and(|first| first.to_string() == "doc");
                if is_attribute && is_doc {
                    while all.last().is_some_and(|last| last == "!") {
                        all.pop();
                    }
                    all.pop();
                    continue;
                }
                all.push(format!("{:?}", group.delimiter()));
                all.extend(plain(group.stream()));
                all.push("end".to_owned());
            }
            other => all.push(other.to_string()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::Hash;

    fn hash(code: &str) -> u64 {
        Hash::new().with_tokens(code).value()
    }

    #[test]
    fn comments_and_blanks_count_for_nothing() {
        let bare = hash("fn f() { g(1); }");
        assert_eq!(bare, hash("//! A.\n/// B.\nfn f() {\n    // C.\n    g(1); /* D */\n}\n"));
        assert_eq!(bare, hash("#[doc = \"E\"] fn f(){g( 1 );}"));
    }

    #[test]
    fn everything_else_counts() {
        let bare = hash("fn f() { g(1); }");
        for other in
            ["fn f() { g(2); }", "fn f() { g(1) }", "#[test] fn f() { g(1); }", "fn f() { { g(1); } }"]
        {
            assert_ne!(bare, hash(other), "{other}");
        }
        assert_ne!(hash("f(\"a b\")"), hash("f(\"a  b\")"));
        assert_ne!(hash("f(a, b)"), hash("f(ab)"));
    }
}
