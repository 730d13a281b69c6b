//! The live table of all tasks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_core::Manager;
use tollgate_core::info::TASK_UNSETTLED;
use tollgate_wasmtime::target_name;

use crate::screen::Screen;

/// Shows the table until `until` after `start`; false if `stop` was set before.
pub(crate) fn watch(
    screen: &mut Screen,
    run_time: Duration,
    start: Instant,
    until: Duration,
    manager: &Manager,
    stop: &AtomicBool,
) -> bool {
    let between = Duration::from_millis(if screen.redraws() { 100 } else { 1000 });
    let mut next = Instant::now();
    // Ordering: a flag on its own.
    while start.elapsed() < until && !stop.load(Ordering::Relaxed) {
        if Instant::now() >= next {
            screen.table(&draw(manager, start.elapsed(), run_time));
            next += between;
        }
        thread::sleep(Duration::from_millis(20));
    }
    screen.table(&draw(manager, start.elapsed(), run_time));
    !stop.load(Ordering::Relaxed)
}

/// One line per live task, with a heading that says how far the run is.
fn draw(manager: &Manager, elapsed: Duration, run_time: Duration) -> Vec<String> {
    let mut lines = vec![
        format!("All tasks after {:.1} s of {} s:", elapsed.as_secs_f64(), run_time.as_secs()),
        "  task side    depth  innermost native       leave       enter  rev.enter  rev.leave".to_owned(),
    ];
    manager.for_each_task(|task| {
        let side = if task.side == 1 { "inside" } else { "outside" };
        let function = match task.innermost_target() {
            Some(target) => target_name(target as usize).unwrap_or("(unnamed)"),
            None => "-",
        };
        // A task may be too quick to be caught standing still; its figures are then of slightly different moments.
        let moving = if task.flags & TASK_UNSETTLED != 0 { '~' } else { ' ' };
        lines.push(format!(
            "{moving} {:>4} {side:<7} {:>5}  {function:<16} {:>11} {:>11} {:>10} {:>10}",
            task.id, task.depth, task.leaves, task.enters, task.reverse_enters, task.reverse_leaves,
        ));
    });
    lines
}
