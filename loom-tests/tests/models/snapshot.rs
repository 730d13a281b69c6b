//! Looks at tasks that move, come and go.

use loom_tests::{Bound::*, World, broken, holds, spawn};
use tollgate_core::info::TASK_UNSETTLED;
use tollgate_core::levels::{SPILL_LEVELS, WORD_LEVELS, inside_levels, outside_levels};
use tollgate_core::model::Fault;
use tollgate_core::{Config, Policy, Side, TaskInfo, Totals};

/// The entry of the world's only task, if a snapshot finds it settled.
fn settled(world: &World) -> Option<TaskInfo> {
    let mut entries = [TaskInfo::EMPTY];
    let count = world.snapshot(&mut entries);
    (count == 1 && entries[0].flags & TASK_UNSETTLED == 0).then_some(entries[0])
}

/// A settled entry is a moment of its task: the target of the innermost leave is the number of that leave, and the
/// counters add up to the open levels.
fn check(entry: &TaskInfo) {
    let open = u64::from(outside_levels(entry.directions));
    assert_eq!(entry.leaves, entry.enters + open, "levels and counters of different moments");
    if let Some(target) = entry.innermost_target() {
        assert_eq!(target, entry.leaves, "the target of another leave");
    }
}

/// A task leaves, enters, leaves, each time for another target.
fn transitions() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let runs = spawn(move || {
        task.leave(1).unwrap();
        task.enter().unwrap();
        task.leave(2).unwrap();
    });
    settled(&world).as_ref().map(check);
    runs.join().unwrap();
    check(&settled(&world).expect("a task that rests is settled"));
}

#[test]
fn a_settled_entry_is_a_moment_of_its_task() {
    holds(Preemptions(3), transitions);
}

#[test]
fn broken_snapshot_without_equality() {
    broken(Preemptions(3), Fault::NoEquality, "of different moments", transitions);
}

#[test]
fn broken_snapshot_without_balance() {
    broken(Preemptions(3), Fault::NoBalance, "of different moments", transitions);
}

#[test]
fn broken_snapshot_that_looks_once() {
    broken(Preemptions(3), Fault::NoSecondLook, "the target of another leave", transitions);
}

#[test]
fn broken_snapshot_that_does_not_acquire() {
    broken(Preemptions(3), Fault::RelaxedReader, "of", transitions);
}

/// A task takes the cell of one that has left once and never come back: the counters go on, its figures start at 0.
fn reuse() {
    let world = World::new();
    let other = world.clone();
    let mut former = world.task(0, Side::Inside);
    former.leave(1).unwrap();
    former.end();
    let runs = spawn(move || drop(other.attach(0, None).unwrap()));
    if let Some(entry) = settled(&world) {
        assert_eq!((entry.id, entry.leaves, entry.reverse_enters), (2, 0, 0), "figures of two tasks");
    }
    runs.join().unwrap();
}

#[test]
fn a_settled_entry_is_of_one_task() {
    holds(Preemptions(1), reuse);
}

#[test]
fn broken_snapshot_without_generations() {
    broken(Preemptions(1), Fault::NoGeneration, "figures of two tasks", reuse);
}

/// A task with an open leave ends, and another takes its cell, while all counters are summed twice.
fn totals() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Inside);
    task.leave(1).unwrap();
    let runs = spawn(move || {
        task.end();
        other.attach(0, Some(Side::Outside)).unwrap().leave(2).unwrap();
    });
    let leaves = |totals: Totals| totals.leaves;
    let (first, second) = (leaves(world.totals()), leaves(world.totals()));
    assert!(1 <= first && first <= second && second <= 2, "totals {first}, {second}");
    runs.join().unwrap();
    assert!(world.totals().is_balanced());
    assert_eq!(leaves(world.totals()), 2, "totals");
}

#[test]
fn totals_miss_and_repeat_nothing_when_a_task_ends() {
    holds(Preemptions(2), totals);
}

#[test]
fn broken_totals_whose_counters_start_anew() {
    broken(Preemptions(2), Fault::CountersReset, "totals", totals);
}

/// Spilled levels come back, and their targets with them, without a call of their own.
fn unspill() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    task.open_levels(Side::Outside, WORD_LEVELS - 1);
    task.leave(0).unwrap();
    (0..WORD_LEVELS + 1 - SPILL_LEVELS).for_each(|_| task.enter().unwrap());
    let innermost = u64::from(WORD_LEVELS) + 1;
    task.leave(innermost as usize).unwrap();
    let runs = spawn(move || {
        task.enter().unwrap();
        task.enter().unwrap();
    });
    if let Some(entry) = settled(&world) {
        let depth = u64::from(entry.depth);
        assert_eq!(depth, entry.leaves - entry.enters + 1, "levels and counters of different moments");
        let target = if depth == u64::from(SPILL_LEVELS) + 1 { innermost } else { 0 };
        assert_eq!(entry.innermost_target(), Some(target), "the target of another leave");
    }
    runs.join().unwrap();
}

#[test]
fn a_settled_entry_is_not_in_the_middle_of_an_unspill() {
    holds(Preemptions(2), unspill);
}

#[test]
fn broken_snapshot_of_an_unspill_that_looks_once() {
    broken(Preemptions(2), Fault::NoSecondLook, "the target of another leave", unspill);
}

/// A spilled block goes and another, of other directions, takes its place between the copy and its use.
fn other_block() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    task.open_levels(Side::Outside, WORD_LEVELS);
    task.leave(0).unwrap();
    (0..WORD_LEVELS + 1 - SPILL_LEVELS).for_each(|_| task.enter().unwrap());
    let runs = spawn(move || {
        task.enter().unwrap();
        task.open_levels(Side::Inside, WORD_LEVELS + 1 - SPILL_LEVELS);
        task.reverse_enter().unwrap();
    });
    if let Some(entry) = settled(&world) {
        let inside = u64::from(inside_levels(entry.directions));
        let open = entry.reverse_enters - entry.reverse_leaves;
        assert_eq!(inside, open.min(u64::from(WORD_LEVELS)), "directions of another moment");
    }
    runs.join().unwrap();
}

#[test]
fn directions_are_of_the_same_moment_as_the_rest() {
    holds(Preemptions(1), other_block);
}

#[test]
fn broken_snapshot_that_reads_directions_last() {
    broken(Preemptions(1), Fault::DirectionsReadLast, "directions of another moment", other_block);
}

/// Under observe a call that does not fit closes the levels above the one that it means, spilled ones too.
fn closing() {
    let world = World::with(Config { policy: Policy::Observe, ..Config::DEFAULT });
    let mut task = world.task(0, Side::Outside);
    task.leave(1).unwrap();
    task.open_levels(Side::Inside, WORD_LEVELS - 1);
    // The leave and its neighbours are spilled.
    task.reverse_enter().unwrap();
    let figures = |entry: TaskInfo| (entry.depth, entry.enters, entry.closed_inside, entry.irregularities);
    let closed = (0, 1, u64::from(WORD_LEVELS), 1);
    let runs = spawn(move || task.enter().unwrap());
    if let Some(entry) = settled(&world) {
        // The irregularity is counted before the call.
        let (depth, enters, closed_inside, _) = figures(entry);
        let of_one = [(WORD_LEVELS + 1, 0, 0), (0, 1, u64::from(WORD_LEVELS))];
        assert!(of_one.contains(&(depth, enters, closed_inside)), "levels and counters of different moments");
    }
    runs.join().unwrap();
    assert_eq!(settled(&world).map(figures), Some(closed));
}

#[test]
fn levels_that_are_closed_under_observe_are_seen_open_or_closed() {
    holds(Preemptions(2), closing);
}

#[test]
fn broken_snapshot_of_closed_levels_without_balance() {
    broken(Preemptions(2), Fault::NoBalance, "of different moments", closing);
}
