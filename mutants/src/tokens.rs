//! What is looked for in the core, and whether the bare tokens have more of it than the syntax tree shows.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Calls whose result is nothing: each can be left out wherever it stands alone.
pub(crate) const DROPPED: [&str; 28] = [
    "announce",
    "apply_priority_at_start",
    "arm_all",
    "begin",
    "choose_fences",
    "compiler_fence",
    "count",
    "end_runtime_half",
    "end_task",
    "fence",
    "forget",
    "forget_users",
    "full",
    "give",
    "heavy",
    "leave_runtime_half",
    "light",
    "look_up_from_now_on",
    "move_targets",
    "rebuild",
    "reset",
    "retire",
    "set_base",
    "set_counts",
    "set_standing",
    "store",
    "take_back",
    "wake_all",
];

/// Calls that answer something, and can be left out where the answer is not used.
pub(crate) const DROPPED_UNUSED: [&str; 11] = [
    "consume_admission",
    "end",
    "fetch_add",
    "fetch_and",
    "fetch_or",
    "fetch_sub",
    "rearm",
    "resume",
    "ring",
    "swap",
    "wait_for_users",
];

/// Orderings that can be weakened.
pub(crate) const STRONG: [&str; 4] = ["Acquire", "Release", "AcqRel", "SeqCst"];

/// What the tree showed of a file.
pub(crate) struct Seen<'s> {
    /// The file's name.
    pub(crate) file: &'s str,
    /// Starts of the idents that were understood: orderings and names of calls.
    pub(crate) understood: Vec<usize>,
    /// Parts that are not in the library.
    pub(crate) skipped: Vec<Range<usize>>,
}

impl Seen<'_> {
    /// Every strong ordering and every call of the lists, by its bare tokens, was understood or stands in a skipped part.
    pub(crate) fn hold_against(&self, tokens: TokenStream) -> Result<(), String> {
        let mut previous: Vec<TokenTree> = Vec::new();
        for token in tokens {
            match &token {
                TokenTree::Group(group) => {
                    let call = previous.last().filter(|_| group.delimiter() == Delimiter::Parenthesis);
                    if let Some(TokenTree::Ident(ident)) = call {
                        let name = ident.to_string();
                        let listed =
                            DROPPED.contains(&name.as_str()) || DROPPED_UNUSED.contains(&name.as_str());
                        let defined =
                            matches!(previous.iter().rev().nth(1), Some(TokenTree::Ident(k)) if k == "fn");
                        if listed && !defined {
                            self.check(ident.span(), &name)?;
                        }
                    }
                    self.hold_against(group.stream())?;
                }
                TokenTree::Ident(ident) if STRONG.contains(&ident.to_string().as_str()) => {
                    self.check(ident.span(), &ident.to_string())?;
                }
                _ => {}
            }
            previous.push(token);
        }
        Ok(())
    }

    fn check(&self, span: Span, what: &str) -> Result<(), String> {
        let start = span.byte_range().start;
        let is_known =
            self.understood.contains(&start) || self.skipped.iter().any(|range| range.contains(&start));
        if is_known {
            return Ok(());
        }
        Err(format!(
            "core/src/{}:{}: `{what}` stands where it is not found as a site: write it outside a macro, or teach \
             mutants/src/sites.rs about it",
            self.file,
            span.start().line
        ))
    }
}
