//! Alert, sleep and join.

use super::{Task, TaskState};
use crate::bell::Bell;
use crate::error::Error;
use crate::fault::Fault;
use crate::fence;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys::{self, Deadline};

/// How a task waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitOptions {
    /// An alert ends the wait with `Interrupted`.
    pub alertable: bool,
    /// The wait must not fail with `Deadlock`, even if it never ends.
    pub not_in_deadlock: bool,
}

impl Task {
    /// Ends the task's alertable wait, or its next one.
    ///
    /// **Thread:** any. **Progress:** wait-free; a system call if the task waits.
    pub fn alert(&self) {
        let _errno = sys::PreserveErrno::new();
        self.alerted.store(1, Ordering::Release);
        // Ordering: full fence, pairs with the one in `wait` (Dekker on alerted and waits_at).
        fence::full(Fault::NoAlertFences);
        let bell = self.waits_at.load(Ordering::Acquire);
        // SAFETY: null, or a bell in a record of the same slab; records are never freed, so a late ring is only spurious.
        if let Some(bell) = unsafe { bell.as_ref() } {
            bell.ring();
        }
    }

    /// Blocks the caller, whose own record is `caller` if it has one, until this task has ended; `u32::MAX` milliseconds
    /// wait for ever.
    ///
    /// **Thread:** any that holds a reference. **Progress:** blocks. **Errors:** `Timeout`; `Interrupted` if alertable;
    /// `Abandoned` if the task's thread did not finish its start routine; `Deadlock` for joining oneself.
    pub fn join(&self, caller: Option<&Task>, timeout_ms: u32, options: WaitOptions) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        if caller.is_some_and(|caller| core::ptr::eq(caller, self)) && !options.not_in_deadlock {
            return Err(Error::Deadlock);
        }
        let alertable = caller.filter(|_| options.alertable);
        wait(&self.bell, alertable, Deadline::after_ms(timeout_ms), || match self.state() {
            TaskState::Ended => Some(Ok(())),
            TaskState::Abandoned => Some(Err(Error::Abandoned)),
            TaskState::Suspended | TaskState::Running => None,
        })
        .unwrap_or(Err(Error::Timeout))
    }

    /// Waits for an alert and nothing else; for models, which have no clock.
    #[cfg(loom)]
    pub fn wait_for_alert(&self) -> Result<(), Error> {
        wait(&self.bell, Some(self), Deadline::NEVER, || None).unwrap_or(Ok(()))
    }

    /// True if an alert was waiting; it is taken.
    fn take_alert(&self) -> bool {
        self.alerted.load(Ordering::Acquire) != 0 && self.alerted.swap(0, Ordering::AcqRel) != 0
    }
}

/// Waits at `bell`, which others ring, for `look` or for an alert of `alertable`.
fn wait(
    bell: &Bell,
    alertable: Option<&Task>,
    deadline: Deadline,
    mut look: impl FnMut() -> Option<Result<(), Error>>,
) -> Option<Result<(), Error>> {
    let Some(own) = alertable else { return bell.wait_until(deadline, look) };
    own.waits_at.store(core::ptr::from_ref(bell).cast_mut(), Ordering::Release);
    // Ordering: full fence, pairs with the one in `alert`: either it finds the bell, or the look below finds the alert.
    fence::full(Fault::NoAlertFences);
    let ended = bell.wait_until(deadline, || {
        // What was waited for goes first: an alert that came with it is kept for the next wait.
        look().or_else(|| own.take_alert().then_some(Err(Error::Interrupted)))
    });
    own.waits_at.store(core::ptr::null_mut(), Ordering::Release);
    ended
}

impl Manager {
    /// Blocks the calling thread for about `milliseconds`; `u32::MAX` is for ever, 0 only yields.
    ///
    /// **Thread:** any. **Progress:** blocks. **Errors:** `Interrupted` if alertable and the task was or is alerted.
    #[cfg(not(loom))]
    pub fn sleep(&'static self, milliseconds: u32, alertable: bool) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        // A thread that can have no task sleeps all the same; nobody can alert it.
        let cell = crate::thread::cell_or_attach(self).ok();
        // Without a record nobody holds a reference through which to alert.
        let own = cell.and_then(|cell| {
            // SAFETY: null, or a record kept alive by the reference of the task itself, which this thread is.
            unsafe { cell.task.load(Ordering::Relaxed).as_ref() }
        });
        let own = own.filter(|_| alertable);
        if milliseconds == 0 {
            if own.is_some_and(Task::take_alert) {
                return Err(Error::Interrupted);
            }
            sys::yield_now();
            return Ok(());
        }
        let deadline = Deadline::after_ms(milliseconds);
        let ended = match own {
            Some(own) => wait(&own.bell, Some(own), deadline, || None),
            None => Bell::new().wait_until(deadline, || None),
        };
        ended.unwrap_or(Ok(()))
    }
}
