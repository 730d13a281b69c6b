//! Cells and records are used again: a task finds nothing in them of the one that had them before.

#[path = "common/os.rs"]
mod os;

use std::ffi::c_void;
use std::thread;

use tollgate_core::info::{TASK_BASE_UNDETERMINED, TaskInfo};
use tollgate_core::{Config, Error, Locale, Manager, StartRoutine, Task, TaskState, WaitOptions};

unsafe extern "system" fn finish(_: *mut c_void) -> u32 {
    0
}

unsafe extern "system" fn leave_early(_: *mut c_void) -> u32 {
    // SAFETY: nothing in this frame, and the library's frames are made for it.
    unsafe { os::end_thread() }
}

fn join(task: &Task) -> Result<(), Error> {
    task.join(None, u32::MAX, WaitOptions::default())
}

/// Creates a task, runs it to its end and waits until only the caller refers to its record.
fn run(manager: &'static Manager, routine: StartRoutine, before: fn(&Task)) -> &'static Task {
    let task = manager.create_task(64 * 1024, routine, std::ptr::null_mut()).expect("a thread");
    before(task);
    task.start().expect("not started before");
    let _ = join(task);
    // A join returns before the thread has dropped its own reference.
    while task.retain() != 2 {
        task.release();
        thread::yield_now();
    }
    task.release();
    task
}

/// What a task is given that its successor must not find.
fn burden(task: &Task) {
    task.set_priority(-2).expect("a level");
    task.alert();
}

/// On the calling thread's task, whose record must be that of `former`.
fn check_adopted(manager: &'static Manager, former: *const Task) -> &'static Task {
    let task = manager.current_task().expect("a record");
    assert!(std::ptr::eq(task, former), "the record that was given back last");
    assert_eq!((task.state(), task.priority()), (TaskState::Running, 0));
    assert_eq!(manager.sleep(0, true), Ok(()), "nobody has alerted this task");
    if os::can_be_lowered() {
        task.set_priority(-2).expect("a level");
        assert_eq!(os::urgency(os::thread_id()), os::LOWEST, "this thread's priority, and no other's");
    }
    task
}

#[test]
fn an_adopted_task_finds_nothing_of_a_created_one_in_its_record() {
    let manager = Manager::create(&Config::DEFAULT).expect("memory");
    let former = run(manager, finish, burden);
    assert_eq!(former.release(), 0);
    let former = std::ptr::from_ref(former) as usize;
    let adopted = thread::spawn(move || {
        let task = check_adopted(manager, former as *const Task);
        std::ptr::from_ref(task) as usize
    });
    let task = adopted.join().expect("the record is as a fresh one");
    // SAFETY: records are never freed, and the thread has left its reference here.
    let task = unsafe { &*(task as *const Task) };
    assert_eq!((join(task), task.state()), (Ok(()), TaskState::Ended), "it had no start routine to finish");
    assert_eq!(task.release(), 0);
}

#[test]
fn a_task_that_leaves_its_routine_is_abandoned_also_in_the_record_of_one_that_finished() {
    let manager = Manager::create(&Config::DEFAULT).expect("memory");
    let first = run(manager, finish, |_| {});
    assert_eq!((first.state(), first.release()), (TaskState::Ended, 0));
    let second = run(manager, leave_early, |_| {});
    assert!(std::ptr::eq(first, second), "the record that was given back last");
    assert_eq!(join(second), Err(Error::Abandoned));
    assert_eq!(second.release(), 0);
}

/// The only live task.
fn entry(manager: &Manager) -> TaskInfo {
    let mut found = None;
    manager.for_each_task(|task| found = Some(*task));
    found.expect("there is a task")
}

#[test]
fn a_task_finds_nothing_of_the_former_one_in_its_cell() {
    // Room for one: whoever comes next has the same cell.
    let manager = Manager::create(&Config { max_tasks: 1, ..Config::DEFAULT }).expect("memory");
    let former = thread::spawn(|| {
        // Inside at the bottom, and deeper than the word is.
        (0..100).for_each(|target| manager.leave(target).expect("a level"));
        manager.begin_affinity()?;
        manager.begin_delay_abort()?;
        manager.set_locale(Locale::Format, 7)?;
        manager.set_locale(Locale::Interface, 8)
    });
    assert_eq!(former.join().expect("no panic"), Ok(()));
    let next = thread::spawn(|| {
        assert_eq!(manager.locale(Locale::Format), Ok(0));
        assert_eq!(manager.locale(Locale::Interface), Ok(0));
        let own = entry(manager);
        let fresh = TaskInfo {
            id: 2,
            os_thread: os::thread_id(),
            directions: 1,
            flags: TASK_BASE_UNDETERMINED,
            ..TaskInfo::EMPTY
        };
        assert_eq!(own, fresh);
        assert_eq!(manager.end_affinity(), Err(Error::NotOwner));
        assert_eq!(manager.end_delay_abort(), Err(Error::NotOwner));
        // Its first transition tells where it began, once more.
        manager.reverse_enter().expect("a level");
        manager.reverse_leave().expect("its level");
        let own = entry(manager);
        assert_eq!((own.side, own.flags, own.depth), (0, 0, 0));
        assert_eq!((own.reverse_enters, own.reverse_leaves, own.leaves), (1, 1, 0));
    });
    next.join().expect("the cell is as a fresh one");
    assert!(manager.totals().is_balanced());
}
