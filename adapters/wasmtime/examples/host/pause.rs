//! The world stopped while guests run.

use std::thread;
use std::time::{Duration, Instant};

use tollgate_core::{Manager, PauseReport, Totals};

use crate::screen::Screen;
use crate::totals::grouped;

/// How long the world stays stopped, for a person to believe it.
const STOPPED: Duration = Duration::from_millis(300);
/// How long to wait for the guests of the work: each of them comes out within microseconds of processor time.
const PATIENCE_MS: u32 = 60_000;

/// Stops every guest, looks twice, and lets them go on; false if something moved meanwhile.
pub(crate) fn show(screen: &mut Screen, manager: &Manager) -> bool {
    screen.line("");
    let pause = match manager.pause(PATIENCE_MS) {
        Ok(pause) => pause,
        Err(error) => {
            screen.line(format!("The pause failed: {error}"));
            return false;
        }
    };
    screen.line(format!("Paused: {}.", report(pause.report())));
    let before = settled_totals(manager);
    thread::sleep(STOPPED);
    let (after, held) = (manager.totals(), manager.tasks_held());
    drop(pause);
    let still = before == after;
    let crossings = before.leaves + before.enters + before.reverse_enters + before.reverse_leaves;
    screen.line(format!(
        "After {} ms: {} crossings before, {} now, {held} tasks held at the gate. Resumed.",
        STOPPED.as_millis(),
        grouped(crossings),
        if still { "the same".to_owned() } else { "MORE".to_owned() },
    ));
    screen.line("");
    still
}

/// The totals once the last task on its way out has counted that: it is outside first and counted a moment later.
fn settled_totals(manager: &Manager) -> Totals {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let totals = manager.totals();
        if totals.is_balanced() || Instant::now() > give_up {
            return totals;
        }
        thread::yield_now();
    }
}

/// A report in words.
pub(crate) fn report(report: &PauseReport) -> String {
    format!(
        "no task is inside, after {:.1} us, of which {:.1} us waiting for tasks that were",
        report.duration_ns as f64 / 1e3,
        report.waited_ns as f64 / 1e3
    )
}
