//! Names of result codes, and the error that a refused crossing becomes.

use std::fmt;

use tollgate_capi::HRESULT;

use crate::transition::Transition;

/// Every code of the hosting contract: value, name, meaning.
const CODES: [(u32, &str, &str); 25] = [
    (0x0000_0000, "S_OK", "done"),
    (0x0000_0001, "S_FALSE", "done, with nothing to show for it"),
    (0x8013_1020, "HOST_E_DEADLOCK", "the wait would never end"),
    (0x8013_1021, "HOST_E_INTERRUPTED", "the wait was ended by Alert"),
    (0x8013_1022, "HOST_E_INVALIDOPERATION", "not possible in this state"),
    (
        0x8013_1023,
        "HOST_E_CLRNOTAVAILABLE",
        "the host lets no task in: not yet available, shut down, or failed",
    ),
    (0x8013_1024, "HOST_E_TIMEOUT", "held at the closed gate longer than the host allows"),
    (0x8013_1025, "HOST_E_NOT_OWNER", "the call closes a level that the task does not have open"),
    (0x8013_1026, "HOST_E_ABANDONED", "held at the gate while the host shut down"),
    (0x8013_1027, "HOST_E_EXITPROCESS_THREADABORT", "the process ends: thread abort"),
    (0x8013_1028, "HOST_E_EXITPROCESS_ADUNLOAD", "the process ends: domain unload"),
    (0x8013_1029, "HOST_E_EXITPROCESS_TIMEOUT", "the process ends: timeout"),
    (0x8013_102a, "HOST_E_EXITPROCESS_OUTOFMEMORY", "the process ends: out of memory"),
    (0x8013_102b, "HOST_E_EXITPROCESS_STACKOVERFLOW", "the process ends: stack overflow"),
    (0x8000_4001, "E_NOTIMPL", "not implemented"),
    (0x8000_4002, "E_NOINTERFACE", "no such interface"),
    (0x8000_4003, "E_POINTER", "a pointer is NULL that must not be"),
    (0x8000_4004, "E_ABORT", "aborted"),
    (0x8000_4005, "E_FAIL", "the host has failed; no further call will be answered"),
    (0x8000_ffff, "E_UNEXPECTED", "a call without its partner"),
    (0x8007_0005, "E_ACCESSDENIED", "access denied"),
    (0x8007_0006, "E_HANDLE", "not a valid handle"),
    (0x8007_000e, "E_OUTOFMEMORY", "no room for another task, or too many levels open"),
    (0x8007_0057, "E_INVALIDARG", "an argument has a value that is not allowed"),
    (0x8007_03e9, "COR_E_STACKOVERFLOW", "the stack is used up"),
];

/// The name of a result code, or `None` for one that the contract does not know.
pub fn hresult_name(hresult: HRESULT) -> Option<&'static str> {
    entry(hresult).map(|(_, name, _)| *name)
}

fn entry(hresult: HRESULT) -> Option<&'static (u32, &'static str, &'static str)> {
    CODES.iter().find(|(value, ..)| *value == hresult as u32)
}

/// Shows a result code as people look it up: name, then the eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named(pub HRESULT);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = hresult_name(self.0).unwrap_or("unknown HRESULT");
        write!(f, "{name} (0x{:08X})", self.0 as u32)
    }
}

/// The manager did not let a crossing happen; reaches the embedder as the trap that ended the guest's call.
///
/// Found again with `error.downcast_ref::<Refused>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The call that failed.
    pub transition: Transition,
    /// What the manager answered.
    pub hresult: HRESULT,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host's {} returned {}", self.transition, Named(self.hresult))?;
        match entry(self.hresult) {
            Some((_, _, meaning)) => write!(f, ": {meaning}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_capi_has_its_name() {
        use tollgate_capi as h;
        let expected = [
            (h::S_OK, "S_OK"),
            (h::S_FALSE, "S_FALSE"),
            (h::HOST_E_DEADLOCK, "HOST_E_DEADLOCK"),
            (h::HOST_E_INTERRUPTED, "HOST_E_INTERRUPTED"),
            (h::HOST_E_INVALIDOPERATION, "HOST_E_INVALIDOPERATION"),
            (h::HOST_E_CLRNOTAVAILABLE, "HOST_E_CLRNOTAVAILABLE"),
            (h::HOST_E_TIMEOUT, "HOST_E_TIMEOUT"),
            (h::HOST_E_NOT_OWNER, "HOST_E_NOT_OWNER"),
            (h::HOST_E_ABANDONED, "HOST_E_ABANDONED"),
            (h::E_NOTIMPL, "E_NOTIMPL"),
            (h::E_NOINTERFACE, "E_NOINTERFACE"),
            (h::E_POINTER, "E_POINTER"),
            (h::E_FAIL, "E_FAIL"),
            (h::E_UNEXPECTED, "E_UNEXPECTED"),
            (h::E_OUTOFMEMORY, "E_OUTOFMEMORY"),
            (h::E_INVALIDARG, "E_INVALIDARG"),
        ];
        for (value, name) in expected {
            assert_eq!(hresult_name(value), Some(name));
        }
        assert_eq!(hresult_name(0x7654_3210), None);
    }

    #[test]
    fn a_refusal_says_which_call_which_code_and_why() {
        let refused = Refused { transition: Transition::ReverseEnter, hresult: 0x8013_1023_u32 as i32 };
        assert_eq!(
            refused.to_string(),
            "the host's ReverseEnterRuntime returned HOST_E_CLRNOTAVAILABLE (0x80131023): \
             the host lets no task in: not yet available, shut down, or failed"
        );
        let unknown = Refused { transition: Transition::Leave, hresult: 0x8888_0001_u32 as i32 };
        assert_eq!(unknown.to_string(), "the host's LeaveRuntime returned unknown HRESULT (0x88880001)");
    }
}
