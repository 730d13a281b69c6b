//! The final account.

use tollgate_core::Manager;

use crate::args::Args;
use crate::guest::crossings_per_round;
use crate::screen::Screen;
use crate::work::Done;

/// Crossings of each kind that the documented sequence makes.
const SEQUENCE: u64 = 2;

/// Shows the manager's totals beside what the guests are known to have done; true if all agree.
pub(crate) fn show(screen: &mut Screen, args: &Args, manager: &Manager, done: &Done) -> bool {
    let totals = manager.totals();
    let (leaves, reverse_enters) = crossings_per_round(args.depth);
    // Each guest thread leaves once, for the native code that it was started for.
    let leaves = leaves * done.rounds + args.threads as u64 + SEQUENCE + done.laggard.leaves;
    let reverse_enters = reverse_enters * done.rounds + SEQUENCE + done.laggard.reverse_enters;
    let rows = [
        ("LeaveRuntime", totals.leaves, leaves),
        ("EnterRuntime", totals.enters, leaves),
        ("ReverseEnterRuntime", totals.reverse_enters, reverse_enters),
        ("ReverseLeaveRuntime", totals.reverse_leaves, reverse_enters),
        ("levels still open", totals.open_outside + totals.open_inside, 0),
        ("levels closed without their call", totals.closed_outside + totals.closed_inside, 0),
        ("calls that did not fit", totals.irregularities, 0),
        ("calls without a task", totals.unattributed, 0),
    ];
    screen.line("");
    screen.line(format!(
        "Totals of {} tasks, {} of them ended, after {} rounds:",
        totals.tasks_attached,
        totals.tasks_attached - totals.tasks_live,
        grouped(done.rounds)
    ));
    screen.line("");
    screen.line(format!("  {:<32}  {:>18}  {:>18}", "", "counted", "expected"));
    // A guest that failed did part of a round: what it should have counted is not known then, only that it must balance.
    let exact = done.guests_failed == 0;
    for (what, counted, expected) in rows {
        let differs = if counted == expected || !exact { "" } else { "  differs" };
        screen.line(format!("  {what:<32}  {:>18}  {:>18}{differs}", grouped(counted), grouped(expected)));
    }
    let crossings = totals.leaves + totals.enters + totals.reverse_enters + totals.reverse_leaves;
    let seconds = done.elapsed.as_secs_f64();
    screen.line("");
    screen.line(format!(
        "{} crossings in {seconds:.1} s, {} per second.",
        grouped(crossings),
        grouped((crossings as f64 / seconds.max(0.001)) as u64)
    ));
    let nothing_left = rows[4..].iter().all(|(_, counted, expected)| counted == expected);
    let as_expected = rows.iter().all(|(_, counted, expected)| counted == expected);
    totals.is_balanced() && if exact { as_expected } else { nothing_left }
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
