//! The task's side of a closed gate: parked until a resume admits it.

use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::gate::{GateState, Refusal};
use crate::manager::Manager;
use crate::sys::Deadline;

impl Manager {
    /// When a call that is held from now on gives up.
    pub(crate) fn gate_deadline(&self) -> Deadline {
        match self.config.gate_timeout_ms {
            0 => Deadline::NEVER,
            limit => Deadline::after_ms(limit),
        }
    }

    /// Parks the caller, whose task shows outside, until the gate opens; true if it was admitted and must now go in and
    /// [`consume`](Manager::consume_admission) that, false if the gate is not paused, or never opens again.
    ///
    /// **Progress:** blocks. **Errors:** `Timeout`; `Abandoned` after a shutdown, `Failed` after a failure.
    pub(crate) fn hold(&self, deadline: Deadline) -> Result<bool, Error> {
        // Registered in the same step that finds the gate closed: a resume either comes before, and is seen, or counts
        // this task among the admitted.
        let Ok(since) = self.gate().hold() else { return Ok(false) };
        let ended = self.held.wait_until(deadline, || {
            let gate = self.gate().load();
            if let Some(error) = ended(gate) {
                return Some(Err(error));
            }
            (!gate.same_epoch(since)).then_some(Ok(()))
        });
        let error = match ended {
            Some(Ok(())) => return Ok(!fault(Fault::NoTurnstile)),
            Some(Err(error)) => error,
            None => Error::Timeout,
        };
        // Declined: a resume has admitted this task meanwhile.
        if self.gate().give_up(since).is_err() && !fault(Fault::KeepsAdmission) {
            if error == Error::Timeout {
                return Ok(true);
            }
            let _ = self.consume_admission();
        }
        Err(error)
    }

    /// Gives an admission back once the task shows inside; an error if it may not stay.
    ///
    /// Ordering: the read-modify-write follows the store that shows the task inside. A shutdown whose own comes first is
    /// seen here; one that comes later sees the task.
    pub(crate) fn consume_admission(&self) -> Result<(), Error> {
        let before = self.gate().consume_admission();
        if before.admitted() == 1 {
            // The next pause may be waiting for the last admitted task.
            self.pausers.ring();
        }
        match ended(before) {
            Some(error) => Err(error),
            None if before.has(Refusal::Unavailable) => Err(Error::Unavailable),
            None => Ok(()),
        }
    }
}

/// What a held call fails with in a state that never opens again.
fn ended(gate: GateState) -> Option<Error> {
    if gate.has(Refusal::Failed) {
        Some(Error::Failed)
    } else if gate.has(Refusal::ShutDown) {
        Some(Error::Abandoned)
    } else {
        None
    }
}
