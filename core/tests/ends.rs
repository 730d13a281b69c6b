//! Ends that are easy to get wrong: a task without a thread over a fork, a pause that times out or is refused.

#[cfg(unix)]
#[path = "common/child.rs"]
mod child;

use std::sync::{Mutex, OnceLock, mpsc};

#[cfg(unix)]
use tollgate_core::after_fork_child;
use tollgate_core::{Config, Door, Error, Manager, PauseReport, Task, Unlisted, immortal};

#[cfg(unix)]
#[test]
fn a_task_without_a_thread_that_is_dropped_in_a_forked_child_frees_nothing_twice() {
    let manager = Manager::create(&Config::DEFAULT).unwrap();
    let inherited = manager.attach_task(None).unwrap();
    let inherited = std::cell::Cell::new(Some(inherited));
    let child = child::fork(|| {
        // SAFETY: the only thread of the child; the inherited task makes no transition.
        unsafe { after_fork_child() };
        assert_eq!(manager.totals().tasks_live, 0);
        drop(inherited.take());
        // A cell that was given back twice would be both of these tasks'.
        let _tasks = [(); 2].map(|()| manager.attach_task(None).expect("memory"));
        assert_eq!(manager.totals().tasks_live, 2);
    });
    child.passes();
    drop(inherited);
    assert_eq!(manager.totals().tasks_live, 0);
}

#[test]
fn a_pause_that_timed_out_is_counted_and_one_that_was_refused_is_not() {
    let manager = Manager::create(&Config::DEFAULT).unwrap();
    let (inside, is_inside) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let task = std::thread::spawn(move || {
        manager.reverse_enter().unwrap();
        inside.send(()).unwrap();
        may_leave.recv().unwrap();
        manager.reverse_leave().unwrap();
    });
    is_inside.recv().unwrap();
    let mut report = PauseReport::default();
    assert_eq!(manager.pause_into(1, &mut report), Err(Error::Timeout));
    assert_eq!((report.laggard_count, manager.pause_durations().iter().sum::<u64>()), (1, 1));
    leave.send(()).unwrap();
    task.join().unwrap();
    manager.shutdown(u32::MAX, &mut report).unwrap();
    assert_eq!(manager.pause_into(u32::MAX, &mut report), Err(Error::Unavailable));
    assert_eq!(report.laggard_count, 0);
    assert_eq!(manager.pause_durations().iter().sum::<u64>(), 2, "a refused pause never began");
}

#[test]
fn a_runtime_half_that_calls_back_at_its_end_still_has_its_task() {
    static MANAGER: OnceLock<&Manager> = OnceLock::new();
    static ANSWERS: Mutex<Vec<Result<(), Error>>> = Mutex::new(Vec::new());
    fn call_back(task: &Task) {
        task.runtime_half().replace(std::ptr::null_mut());
        let manager = MANAGER.get().expect("set before any task");
        ANSWERS.lock().expect("nobody panics with it").extend([manager.leave(1), manager.enter()]);
    }
    let door = Door { task_face: std::ptr::null(), task_ends: Some(call_back) };
    let manager =
        MANAGER.get_or_init(|| immortal(Unlisted::new(Config::DEFAULT, door)).expect("memory").enlist());
    let ends = std::thread::spawn(|| {
        let task = manager.current_task().expect("a record");
        assert!(task.runtime_half().set_first(std::ptr::dangling_mut()));
        task.release();
    });
    ends.join().unwrap();
    assert_eq!(*ANSWERS.lock().unwrap(), [Ok(()); 2]);
    let totals = manager.totals();
    assert_eq!((totals.leaves, totals.enters, totals.unattributed, totals.tasks_live), (1, 1, 0, 0));
}
