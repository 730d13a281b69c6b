//! The four transitions as a value, and what an observer is told about each call.

use std::fmt;

use tollgate_capi::HRESULT;

/// One of the four calls by which a runtime reports a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// `LeaveRuntime`: the guest calls a host function.
    Leave,
    /// `EnterRuntime`: that host function has returned.
    Enter,
    /// `ReverseEnterRuntime`: the host calls into a guest.
    ReverseEnter,
    /// `ReverseLeaveRuntime`: that call has returned.
    ReverseLeave,
}

impl Transition {
    /// The method of `IHostTaskManager` that makes this transition.
    pub const fn method(self) -> &'static str {
        match self {
            Transition::Leave => "LeaveRuntime",
            Transition::Enter => "EnterRuntime",
            Transition::ReverseEnter => "ReverseEnterRuntime",
            Transition::ReverseLeave => "ReverseLeaveRuntime",
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method())
    }
}

/// One call that was made on the manager, as an observer sees it right afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which transition was asked for.
    pub transition: Transition,
    /// What `LeaveRuntime` was given; 0 for the others. [`crate::target_name`] knows its name.
    pub target: usize,
    /// What the manager answered; on failure nothing has changed.
    pub hresult: HRESULT,
    /// Whether the call closes a level that Wasmtime itself did not report as closed.
    pub repair: bool,
}

/// Called on the crossing thread after each call on the manager.
///
/// It must not panic and must not cross between host and guest itself.
pub type Observer = Box<dyn Fn(&Step) + Send + Sync>;
