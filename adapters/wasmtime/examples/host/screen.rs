//! Standard output: lines for everybody, a table redrawn in place for a terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the example writes. When the reader goes away, the run is asked to end and nothing more is written.
pub(crate) struct Screen<'a> {
    stop: &'a AtomicBool,
    open: bool,
    redraws: bool,
    /// Lines of the table that the next drawing overwrites.
    drawn: usize,
}

impl<'a> Screen<'a> {
    pub(crate) fn new(plain: bool, stop: &'a AtomicBool) -> Screen<'a> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Screen { stop, open: true, redraws: !plain && !dumb && stdout().is_terminal(), drawn: 0 }
    }

    /// Whether tables are redrawn in place, and so may come often.
    pub(crate) fn redraws(&self) -> bool {
        self.redraws
    }

    /// Prints a line below whatever is there.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.drawn = 0;
        self.write(&format!("{}\n", line.as_ref()));
    }

    /// Draws a table, over the one drawn before where that is possible.
    pub(crate) fn table(&mut self, lines: &[String]) {
        let mut text = String::new();
        if self.redraws {
            // Without line wrap, so that the way back up is one row per line however narrow the window.
            text.push_str("\x1b[?7l");
            if self.drawn > 0 {
                let _ = write!(text, "\x1b[{}A", self.drawn);
            }
            for line in lines {
                let _ = write!(text, "\r\x1b[2K{line}\n");
            }
            text.push_str("\x1b[J\x1b[?7h");
            self.drawn = lines.len();
        } else {
            for line in lines {
                let _ = writeln!(text, "{line}");
            }
        }
        self.write(&text);
    }

    fn write(&mut self, text: &str) {
        if !self.open {
            return;
        }
        let mut out = stdout().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            // Nobody reads any more (a closed pipe, usually): end, quietly; the exit status still tells.
            self.open = false;
            // Ordering: a flag on its own; nothing is published with it.
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}
