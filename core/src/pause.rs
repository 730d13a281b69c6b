//! The host's side of the gate: pause, resume, shutdown.

use crate::armed;
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::gate::Refusal;
use crate::histogram::{self, Histogram};
use crate::info::{Laggard, PauseReport, REPORT_LAGGARDS, TaskInfo};
use crate::manager::Manager;
use crate::snapshot::{self, Reach};
use crate::sync::Ordering;
use crate::sys::{self, Deadline};
use crate::trace::{
    TRACE_PAUSE_BEGINS, TRACE_PAUSE_FAILS, TRACE_PAUSE_HOLDS, TRACE_RESUMED, TRACE_SHUT_DOWN, number_of,
};

/// A pause that did not come about, and how far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseError {
    /// Why.
    pub error: Error,
    /// On `Timeout`, the laggards are in it.
    pub report: PauseReport,
}

impl core::fmt::Display for PauseError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.error)?;
        for laggard in self.report.named_laggards() {
            write!(
                f,
                "; task {} (thread {}) is inside, depth {}, called {:#x}, for at least {} us",
                laggard.id,
                laggard.os_thread,
                laggard.depth,
                laggard.target,
                laggard.inside_ns / 1000
            )?;
        }
        Ok(())
    }
}

impl core::error::Error for PauseError {}

/// No task is inside, and none goes in, until this is dropped.
#[must_use = "dropping the guard resumes at once"]
pub struct Pause<'m> {
    manager: &'m Manager,
    report: PauseReport,
}

impl Pause<'_> {
    /// How the pause came about.
    pub fn report(&self) -> &PauseReport {
        &self.report
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        // Fails only if somebody else resumed once too often; there is nothing left to undo then.
        let _ = self.manager.resume();
    }
}

impl Manager {
    /// Closes the gate and waits until no task is inside; the guard opens it again.
    ///
    /// Pauses nest, from one thread or several: the gate opens with the last resume. `u32::MAX` milliseconds wait for
    /// ever. Tasks outside never delay a pause. After an error the gate is as it was.
    ///
    /// **Thread:** any that is not inside. **Progress:** blocks; a system call or two when nobody is inside.
    /// **Ordering:** what tasks did inside happens before the return; what the caller then does happens before any task
    /// goes in. **Errors:** `Timeout`, with the laggards in the report; `Deadlock` on a thread that is inside;
    /// `InvalidOperation` under observe, or at 255 pauses; `Unavailable` after a shutdown or a failure.
    #[expect(clippy::result_large_err, reason = "a box would be an allocation, and pauses are rare")]
    pub fn pause(&self, timeout_ms: u32) -> Result<Pause<'_>, PauseError> {
        let mut report = PauseReport::default();
        match self.pause_into(timeout_ms, &mut report) {
            Ok(()) => Ok(Pause { manager: self, report }),
            Err(error) => Err(PauseError { error, report }),
        }
    }

    /// [`pause`](Manager::pause) without a guard: every success needs one [`resume`](Manager::resume).
    pub fn pause_into(&self, timeout_ms: u32, report: &mut PauseReport) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let (start, deadline) = (sys::now_ns(), Deadline::after_ms(timeout_ms));
        *report = PauseReport::default();
        self.check_may_wait()?;
        self.trace_manager(TRACE_PAUSE_BEGINS, 0);
        if let Err(error) = self.close_and_arm(deadline) {
            self.trace_manager(TRACE_PAUSE_FAILS, number_of(error));
            // One that waited for admitted tasks in vain was a pause; one that was refused never began.
            if error == Error::Timeout {
                self.finish(start, report);
            }
            return Err(error);
        }
        let quiet = self.wait_for_quiescence(deadline, report);
        report.tasks_held = u64::from(self.gate().load().held());
        if quiet {
            self.trace_manager(TRACE_PAUSE_HOLDS, report.waited_ns);
        } else {
            self.trace_manager(TRACE_PAUSE_FAILS, number_of(Error::Timeout));
            let _ = self.resume();
        }
        self.finish(start, report);
        if quiet { Ok(()) } else { Err(Error::Timeout) }
    }

    /// The first half of a pause: nobody goes in any more.
    pub(crate) fn close_and_arm(&self, deadline: Deadline) -> Result<(), Error> {
        let closed = self.pausers.wait_until(deadline, || match self.gate().close() {
            Ok(before) => Some(Ok(before)),
            Err(gate) if gate.has_ended() => Some(Err(Error::Unavailable)),
            // Tasks that an earlier resume admitted go in first.
            Err(gate) if gate.admitted() != 0 => None,
            Err(_) => Some(Err(Error::InvalidOperation)),
        });
        let before = closed.unwrap_or(Err(Error::Timeout))?;
        // Whatever the count was: who closed the gate first may not have armed all cells yet.
        if before.pauses() == 0 || !fault(Fault::NestedPauseDoesNotArm) {
            self.arm_all(armed::GATE);
        }
        Ok(())
    }

    /// Takes one pause back; the last one opens the gate and lets held tasks in. Answers how many those are.
    ///
    /// **Thread:** any. **Progress:** lock-free; a system call if tasks are held. **Errors:** `NotOwner` without a pause.
    pub fn resume(&self) -> Result<u32, Error> {
        let _errno = sys::PreserveErrno::new();
        let before = self.gate().open().map_err(|_| Error::NotOwner)?;
        if fault(Fault::ResumeDisarms) && before.pauses() == 1 {
            for cell in self.cells.iter() {
                cell.armed.fetch_and(!armed::GATE, Ordering::AcqRel);
            }
        }
        let admitted = if before.pauses() > 1 { 0 } else { before.held() };
        self.trace_manager(TRACE_RESUMED, u64::from(admitted));
        if admitted == 0 {
            return Ok(0);
        }
        self.held.ring();
        Ok(admitted)
    }

    /// Ends the manager: inward calls fail from now on, held ones with `Abandoned`; waits until no task is inside.
    ///
    /// Outward calls still succeed, so that tasks can drain. The end stands even if the wait fails; a repeated call waits
    /// again. **Thread:** any that is not inside. **Progress:** blocks. **Errors:** `Timeout`, with the laggards in
    /// `report`; `Deadlock` on a thread that is inside (nothing has ended then); `InvalidOperation` under observe.
    pub fn shutdown(&self, timeout_ms: u32, report: &mut PauseReport) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let (start, deadline) = (sys::now_ns(), Deadline::after_ms(timeout_ms));
        *report = PauseReport::default();
        self.check_may_wait()?;
        self.gate().refuse(Refusal::ShutDown);
        self.trace_manager(TRACE_SHUT_DOWN, 0);
        self.arm_all(armed::GATE);
        self.wake_all();
        let quiet = self.wait_for_quiescence(deadline, report);
        self.finish(start, report);
        if quiet { Ok(()) } else { Err(Error::Timeout) }
    }

    /// Tasks held at the gate right now.
    pub fn tasks_held(&self) -> u32 {
        self.gate().load().held()
    }

    /// The durations of all pauses and shutdowns so far, by bucket; see [`bucket_start_ns`](crate::bucket_start_ns).
    pub fn pause_durations(&self) -> [u64; histogram::BUCKETS] {
        self.figures().pause_durations.read()
    }

    /// How long pauses and shutdowns waited for tasks that were inside, by bucket.
    pub fn laggard_waits(&self) -> [u64; histogram::BUCKETS] {
        self.figures().laggard_waits.read()
    }

    fn check_may_wait(&self) -> Result<(), Error> {
        self.check_governs()?;
        #[cfg(not(loom))]
        if crate::thread::is_inside(self) {
            return Err(Error::Deadlock);
        }
        Ok(())
    }

    fn finish(&self, start_ns: u64, report: &mut PauseReport) {
        report.duration_ns = sys::now_ns().saturating_sub(start_ns);
        Histogram::record(&self.figures().pause_durations, report.duration_ns);
        Histogram::record(&self.figures().laggard_waits, report.waited_ns);
    }

    /// Waits until every task is outside; false, with the laggards in the report, if the deadline passes first.
    ///
    /// The gate is closed and every cell armed: a task seen outside stays there, so each is passed once.
    fn wait_for_quiescence(&self, deadline: Deadline, report: &mut PauseReport) -> bool {
        let mut next = 0;
        let mut all_outside = || {
            loop {
                let high = self.cells.high();
                if next >= high {
                    return Some(());
                }
                match self.cells.iter_from(next).position(|cell| cell.may_be_inside()) {
                    Some(outside) => {
                        next += outside as u32;
                        return None;
                    }
                    None => next = high,
                }
            }
        };
        if all_outside().is_some() {
            return true;
        }
        let start = sys::now_ns();
        // Without a deadline nobody will be named.
        let first_look = deadline.at_ns().map(|_| Inside::look(self));
        let quiet = self.pausers.wait_until(deadline, all_outside).is_some();
        report.waited_ns = sys::now_ns().saturating_sub(start);
        if let (false, Some(first_look)) = (quiet, first_look) {
            self.name_laggards(&first_look, start, report);
        }
        quiet
    }

    fn name_laggards(&self, first_look: &Inside, start_ns: u64, report: &mut PauseReport) {
        for cell in self.cells.iter().filter(|cell| cell.may_be_inside()) {
            let mut task = TaskInfo::EMPTY;
            if !snapshot::read(cell, &mut task, Reach::Process) {
                continue;
            }
            if let Some(laggard) = report.laggards.get_mut(report.laggard_count as usize) {
                let unmoved = first_look.has(cell.index.load(Ordering::Relaxed), &task);
                *laggard = Laggard {
                    id: task.id,
                    os_thread: task.os_thread,
                    target: task.innermost_target().unwrap_or(0),
                    inside_ns: if unmoved { sys::now_ns().saturating_sub(start_ns) } else { 0 },
                    depth: task.depth,
                    reserved: 0,
                };
            }
            report.laggard_count += 1;
        }
    }
}

/// The first tasks found inside when the wait began, so that its end can tell who never moved.
struct Inside([(u32, u64, u64); REPORT_LAGGARDS]);

impl Inside {
    fn look(manager: &Manager) -> Inside {
        let mut seen = [(u32::MAX, 0, 0); REPORT_LAGGARDS];
        let inside = manager.cells.iter().filter(|cell| cell.may_be_inside());
        for (seen, cell) in seen.iter_mut().zip(inside) {
            let mut task = TaskInfo::EMPTY;
            if snapshot::read(cell, &mut task, Reach::Process) {
                *seen = (cell.index.load(Ordering::Relaxed), task.id, moves(&task));
            }
        }
        Inside(seen)
    }

    fn has(&self, index: u32, task: &TaskInfo) -> bool {
        self.0.contains(&(index, task.id, moves(task)))
    }
}

/// The transitions of a task so far: the same number twice means that it has not moved.
fn moves(task: &TaskInfo) -> u64 {
    task.leaves + task.enters + task.reverse_enters + task.reverse_leaves
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_pause_that_gives_up_behind_an_admitted_task_is_reported_as_one() {
        let manager = Manager::create(&Config::DEFAULT).unwrap();
        // A task that was held, and that a resume let through, and that has not gone in yet.
        assert!(
            manager.gate().close().is_ok() && manager.gate().hold().is_ok() && manager.gate().open().is_ok()
        );
        let mut report = PauseReport { tasks_held: 77, ..PauseReport::default() };
        assert_eq!(manager.pause_into(0, &mut report), Err(Error::Timeout));
        assert_eq!((report.tasks_held, report.named_laggards().len()), (0, 0), "nobody is inside");
        assert_eq!(manager.pause_durations().iter().sum::<u64>(), 1, "it was a pause");
        assert_eq!(manager.gate().load().pauses(), 0, "and is over");
        assert_eq!(manager.consume_admission(), Ok(()));
        assert_eq!(manager.pause_into(0, &mut report), Ok(()));
        assert_eq!(manager.resume(), Ok(0));
    }
}
