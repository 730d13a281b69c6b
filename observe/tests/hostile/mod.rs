//! Recordings as no well-behaved program writes them, out of plain bytes: for the tests and for the fuzzer.
//!
//! | module | what it makes |
//! |---|---|
//! | `text` | files: made-up events with wild values, a true recording with damage, or the bytes as they are |
//! | `heard` | what a hostile page and its rings would have had recorded |
//!
//! A file is answered with a page or with a reason. A page is whole, whatever was in the file, and nothing in it means
//! anything to a browser that did not come from the report itself; a reason can be shown on a terminal.

mod heard;
mod text;

use std::collections::HashMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use arbitrary::{Result, Unstructured};
use tollgate_observe::chrome::{Ending, Event, Header, Phase, Visit, read};
use tollgate_observe::report::report_of;

/// Names that want to be something else: commands to a browser, to a terminal, or text in another direction.
pub(crate) const NAMES: [&str; 6] = [
    "read",
    "</title><script>alert(1)</script>",
    "\" onload=\"x' <b>&",
    "\u{1b}[2J\u{9b}31m\n",
    "\u{202e}txt.exe\u{2066}",
    "",
];

/// Makes a recording as the bytes say and has it reported; true if there was a page about it.
pub(crate) fn run(bytes: &[u8]) -> bool {
    let mut bytes = Unstructured::new(bytes);
    match made(&mut bytes) {
        Ok(Made::Files(first, second)) => {
            answered(Replaced { readings: [first, second].map(Cursor::new), now: 0 })
        }
        Ok(Made::Trace(trace)) => {
            check_trace(&trace);
            assert!(answered(Cursor::new(trace)), "a trace of ours is reported");
            true
        }
        Err(_) => false,
    }
}

enum Made {
    /// A file, and what it is when the report reads it again.
    Files(Vec<u8>, Vec<u8>),
    /// A trace that the recorder wrote.
    Trace(Vec<u8>),
}

fn made(bytes: &mut Unstructured) -> Result<Made> {
    let make: fn(&mut Unstructured) -> Result<Vec<u8>> = match bytes.int_in_range(0..=3_u8)? {
        0 => |bytes| Ok(bytes.bytes(bytes.len())?.to_vec()),
        1 => text::damaged,
        2 => text::made_up,
        _ => return heard::trace(bytes).map(Made::Trace),
    };
    let is_replaced = bytes.ratio(1, 8)?;
    let first = make(bytes)?;
    let second = if is_replaced { text::made_up(bytes)? } else { first.clone() };
    Ok(Made::Files(first, second))
}

/// A file that is another one after it was rewound.
struct Replaced {
    readings: [Cursor<Vec<u8>>; 2],
    now: usize,
}

impl Read for Replaced {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.readings[self.now].read(into)
    }
}

impl Seek for Replaced {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.now = 1;
        self.readings[1].seek(to)
    }
}

/// Has a file reported, and checks the answer; true if it is a page.
fn answered(file: impl Read + Seek) -> bool {
    match report_of(file) {
        Ok(page) => {
            check_page(&page);
            true
        }
        Err(error) => {
            assert!(!error.message.is_empty() && is_harmless(&error.message), "{:?}", error.message);
            false
        }
    }
}

/// True for text that commands no terminal and turns no text around it.
fn is_harmless(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| c.is_control() && c != '\n' || turns(c))
}

fn check_page(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "a whole page");
    assert!(is_harmless(page), "names are cleaned");
    for never in ["<script", "onload=\"", "NaN", "inf"] {
        assert!(!page.contains(never), "`{never}` in {page}");
    }
    for element in ["title", "div", "section", "table", "tr", "td", "span", "svg", "i"] {
        let opened =
            page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "<{element}> in {page}");
    }
}

/// The levels open on each track, and its last time.
#[derive(Default)]
struct Nesting(HashMap<u64, (u64, u64)>);

impl Visit for Nesting {
    fn header(&mut self, header: Header) {
        assert_eq!(header.pid, heard::PID);
    }

    fn event(&mut self, event: Event) {
        if !matches!(event.phase, Phase::Begin | Phase::End) {
            return;
        }
        let (open, last_ns) = self.0.entry(event.track).or_default();
        assert!(event.at_ns() >= *last_ns, "a track goes back in time: {event:?}");
        *last_ns = event.at_ns();
        match event.phase {
            Phase::Begin => *open += 1,
            _ => *open = open.checked_sub(1).expect("an end has a begin"),
        }
    }
}

/// Whatever was heard, what is written is a trace.
fn check_trace(trace: &[u8]) {
    let mut nesting = Nesting::default();
    assert_eq!(read(trace, &mut nesting), Ok(Ending::Complete));
    assert!(nesting.0.values().all(|(open, _)| *open == 0), "something is left open: {:?}", nesting.0);
}
