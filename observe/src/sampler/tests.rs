use std::sync::{Arc, Mutex};

use tollgate_core::info::TASK_UNSETTLED;

use super::*;
use crate::look::Level;

const MS: u64 = 1_000_000;

/// A task with these open levels, outermost first, and `leaves` that tell one stay from another.
fn task(id: u64, base_inside: bool, levels: &[Level], leaves: u64) -> TaskInfo {
    let mut info =
        TaskInfo { id, os_thread: 100 + id, leaves, depth: levels.len() as u32, ..TaskInfo::EMPTY };
    info.directions = levels.iter().fold(1, |word, level| word << 1 | u64::from(level.inside));
    info.side = u32::from(levels.last().map_or(base_inside, |level| level.inside));
    for (slot, level) in info.targets.iter_mut().zip(levels.iter().rev()) {
        *slot = level.target;
    }
    info
}

fn outside(target: u64) -> Level {
    Level { inside: false, target }
}

const INSIDE: Level = Level { inside: true, target: 0 };

fn look(at_ms: u64, tasks: &[TaskInfo]) -> Look {
    let mut look = Look::empty(at_ms * MS);
    look.tasks = tasks.to_vec();
    for task in tasks {
        look.totals.leaves += task.leaves;
    }
    look
}

#[test]
fn a_task_that_stays_has_an_exact_age_and_all_of_the_time() {
    let mut sampler = Sampler::new();
    let there = task(1, true, &[outside(0xa), INSIDE, outside(0xc)], 2);
    let first = sampler.observe(&look(0, &[there]));
    assert_eq!((first.tasks[0].age_ns, first.tasks[0].crossings_per_second), (0, None));
    assert_eq!((first.tasks[0].share_inside(), first.crossings_per_second), (None, None));
    for at in [10, 30, 100] {
        let figures = sampler.observe(&look(at, &[there]));
        let task = &figures.tasks[0];
        assert_eq!((task.age_ns, task.outside_ns, task.inside_ns), (at * MS, at * MS, 0));
        assert_eq!((task.crossings_per_second, figures.crossings_per_second), (Some(0.0), Some(0.0)));
        assert_eq!(task.share_inside(), Some(0.0));
    }
    let time = |target, own_ns, open_ns| FunctionTime { target: Some(target), own_ns, open_ns };
    assert_eq!(sampler.functions(), [time(0xc, 100 * MS, 100 * MS), time(0xa, 0, 100 * MS)]);
    assert_eq!(sampler.sides_ns(), (0, 100 * MS));
}

#[test]
fn a_task_that_moves_has_half_of_the_time_in_each_place() {
    let mut sampler = Sampler::new();
    sampler.observe(&look(0, &[task(1, true, &[outside(0xa)], 1)]));
    let figures = sampler.observe(&look(20, &[task(1, true, &[], 1_000_001)]));
    let moved = &figures.tasks[0];
    assert_eq!((moved.age_ns, moved.outside_ns, moved.inside_ns), (0, 10 * MS, 10 * MS));
    assert_eq!(moved.crossings_per_second, Some(50_000_000.0));
    assert_eq!(figures.crossings_per_second, Some(50_000_000.0));
    assert_eq!(moved.share_inside(), Some(0.5));
    // The same place again, but it has been elsewhere meanwhile: the age starts anew.
    let figures = sampler.observe(&look(40, &[task(1, true, &[], 1_000_003)]));
    assert_eq!((figures.tasks[0].age_ns, figures.tasks[0].inside_ns), (0, 30 * MS));
    assert_eq!(figures.tasks[0].crossings_per_second, Some(100.0));
    assert_eq!(figures.tasks[0].share_inside(), Some(0.75));
}

#[test]
fn figures_that_do_not_belong_together_are_no_stay() {
    let mut sampler = Sampler::new();
    let moving = TaskInfo { flags: TASK_UNSETTLED, ..task(1, true, &[outside(0xa)], 1) };
    sampler.observe(&look(0, &[moving]));
    assert_eq!(sampler.observe(&look(10, &[moving])).tasks[0].age_ns, 0);
    let settled = task(1, true, &[outside(0xa)], 1);
    assert_eq!(sampler.observe(&look(20, &[settled])).tasks[0].age_ns, 0);
    assert_eq!(sampler.observe(&look(30, &[settled])).tasks[0].age_ns, 10 * MS);
}

#[test]
fn a_function_open_twice_holds_its_time_once() {
    let mut sampler = Sampler::new();
    let there = task(1, true, &[outside(0xa), INSIDE, outside(0xa)], 2);
    sampler.observe(&look(0, &[there]));
    sampler.observe(&look(8, &[there]));
    assert_eq!(sampler.functions(), [FunctionTime { target: Some(0xa), own_ns: 8 * MS, open_ns: 8 * MS }]);
}

#[test]
fn an_ended_task_leaves_its_time_and_its_number_starts_nothing() {
    let mut sampler = Sampler::new();
    sampler.observe(&look(0, &[task(1, true, &[outside(0xa)], 1)]));
    sampler.observe(&look(10, &[task(1, true, &[outside(0xa)], 1)]));
    assert!(sampler.observe(&look(20, &[])).tasks.is_empty());
    let figures = sampler.observe(&look(30, &[task(2, true, &[], 0)]));
    assert_eq!((figures.tasks[0].age_ns, figures.tasks[0].share_inside()), (0, None));
    assert_eq!(sampler.functions()[0].own_ns, 10 * MS);
}

#[test]
fn each_stay_in_native_code_is_told_once() {
    let told: Arc<Mutex<Vec<Stuck>>> = Arc::default();
    let record = Arc::clone(&told);
    let mut sampler = Sampler::new();
    sampler.on_stuck(50 * MS, move |stuck| record.lock().unwrap().push(*stuck));
    let stays = [task(1, true, &[outside(0xa)], 1), task(2, true, &[outside(0xa), INSIDE], 1)];
    // Not long enough; long enough; the same stay; it moved; long enough again. The second task is inside all along.
    for (at, leaves) in [(0, 1), (49, 1), (50, 1), (90, 1), (100, 2), (149, 2), (150, 2), (500, 2)] {
        sampler.observe(&look(at, &[TaskInfo { leaves, ..stays[0] }, stays[1]]));
    }
    // A task without levels whose base is outside waits for nobody.
    for at in [600, 900] {
        sampler.observe(&look(at, &[task(3, false, &[], 0)]));
    }
    let stuck = |age_ms| Stuck { task: 1, os_thread: 101, target: 0xa, age_ns: age_ms * MS, depth: 1 };
    assert_eq!(*told.lock().unwrap(), [stuck(50), stuck(50)]);
}

#[test]
fn more_functions_than_are_told_apart_are_counted_together() {
    let mut sampler = Sampler::new();
    let mut tasks: Vec<TaskInfo> =
        (0..MAX_FUNCTIONS as u64 + 5).map(|i| task(i, true, &[outside(i + 1)], 1)).collect();
    sampler.observe(&look(0, &tasks));
    sampler.observe(&look(1, &tasks));
    tasks.clear();
    let functions = sampler.functions();
    assert_eq!(functions.len(), MAX_FUNCTIONS + 1);
    assert_eq!(functions[0], FunctionTime { target: None, own_ns: 5 * MS, open_ns: 5 * MS });
}

#[test]
fn two_looks_at_one_moment_give_no_rate() {
    let mut sampler = Sampler::new();
    sampler.observe(&look(5, &[task(1, true, &[], 3)]));
    let figures = sampler.observe(&look(5, &[task(1, true, &[], 9)]));
    assert_eq!((figures.tasks[0].crossings_per_second, figures.crossings_per_second), (None, None));
}
