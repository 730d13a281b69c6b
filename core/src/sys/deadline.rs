//! A point of time on the system's monotonic clock, or never.

/// When a wait gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// Nanoseconds on the monotonic clock; `u64::MAX` stands for never.
    at_ns: u64,
}

impl Deadline {
    /// A wait without end.
    pub(crate) const NEVER: Deadline = Deadline { at_ns: u64::MAX };

    /// `milliseconds` from now; `u32::MAX` is never.
    pub(crate) fn after_ms(milliseconds: u32) -> Deadline {
        if milliseconds == u32::MAX {
            return Deadline::NEVER;
        }
        Deadline { at_ns: super::now_ns().saturating_add(u64::from(milliseconds) * 1_000_000) }
    }

    /// The time on the clock, or `None` for never.
    pub(crate) fn at_ns(self) -> Option<u64> {
        (self.at_ns != u64::MAX).then_some(self.at_ns)
    }
}
