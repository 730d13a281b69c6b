//! Looks at all tasks and at the totals, all the time.

use std::sync::atomic::Ordering;

use tollgate_core::info::TASK_UNSETTLED;
use tollgate_core::{Manager, TaskInfo, Totals};

use super::Round;

/// Entries of a look.
const MOST: usize = 256;

/// Looks until the round is over.
pub(crate) fn look(round: &Round) {
    let mut entries = vec![TaskInfo::EMPTY; MOST];
    let mut last = vec![Totals::default(); round.sites.len()];
    while !round.is_over() {
        for (site, last) in round.sites.iter().zip(&mut last) {
            let live = check(site.manager, &mut entries);
            if site.config.max_tasks != 0 {
                assert!(live <= site.config.max_tasks as usize, "{live} tasks");
            }
            let totals = site.manager.totals();
            assert_eq!(went_back(last, &totals), None, "{last:?} then {totals:?}");
            *last = totals;
            round.looks.fetch_add(1, Ordering::Relaxed);
        }
        std::thread::yield_now();
    }
}

/// One look: every settled entry is of one moment. Also made by signal handlers: nothing is allocated unless it fails.
pub(crate) fn check(manager: &Manager, entries: &mut [TaskInfo]) -> usize {
    let live = manager.snapshot(entries);
    for task in entries.iter().take(live).filter(|task| task.flags & TASK_UNSETTLED == 0) {
        let open = task.leaves + task.reverse_enters
            - (task.enters + task.closed_outside)
            - (task.reverse_leaves + task.closed_inside);
        assert_eq!(open, u64::from(task.depth), "{task:?}");
        let shown = task.depth.min(62);
        assert_eq!(task.directions >> shown, 1, "the marker stands above the levels shown: {task:?}");
        if shown > 0 {
            assert_eq!(task.directions & 1, u64::from(task.side), "{task:?}");
        }
    }
    live
}

/// The first figure that is lower than before.
fn went_back(before: &Totals, after: &Totals) -> Option<&'static str> {
    [
        ("tasks_attached", before.tasks_attached, after.tasks_attached),
        ("leaves", before.leaves, after.leaves),
        ("enters", before.enters, after.enters),
        ("reverse_enters", before.reverse_enters, after.reverse_enters),
        ("reverse_leaves", before.reverse_leaves, after.reverse_leaves),
        ("closed_outside", before.closed_outside, after.closed_outside),
        ("closed_inside", before.closed_inside, after.closed_inside),
        ("irregularities", before.irregularities, after.irregularities),
    ]
    .iter()
    .find(|(_, before, after)| after < before)
    .map(|(name, _, _)| *name)
}
