//! How a manager is made.

/// Who decides what a transition returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Policy {
    /// The documented contract is live: the gate can hold inward calls, and every refusal has its cause.
    #[default]
    Govern,
    /// For runtimes that tolerate nothing but success: every transition succeeds at once, irregularities are counted.
    Observe,
}

/// The settings of a manager; fixed at its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// See [`Policy`].
    pub policy: Policy,
    /// Inward calls are refused until [`set_available`](crate::Manager::set_available); govern only.
    pub start_unavailable: bool,
    /// Leave while outside and reverse_enter while inside are refused, every transition takes the slow path; govern only.
    pub strict: bool,
    /// Full fences in every transition instead of the process-wide barrier, as on systems that have none.
    pub full_fences: bool,
    /// The most tasks at a time; 0 for as many as memory holds (about two million).
    pub max_tasks: u32,
    /// How long an inward call is held at a closed gate before it fails, in milliseconds; 0 for no limit.
    pub gate_timeout_ms: u32,
}

impl Config {
    /// Govern, available, no limits.
    pub const DEFAULT: Config = Config {
        policy: Policy::Govern,
        start_unavailable: false,
        strict: false,
        full_fences: false,
        max_tasks: 0,
        gate_timeout_ms: 0,
    };

    /// False for settings that contradict each other: observe refuses nothing.
    pub const fn is_consistent(&self) -> bool {
        matches!(self.policy, Policy::Govern) || !(self.start_unavailable || self.strict)
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::DEFAULT
    }
}
