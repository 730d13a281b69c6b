//! A thousand tasks, created, started, alerted, joined and released at random by several threads.
//!
//! A program of its own, because it counts the threads of its process. It prints its seed; `TOLLGATE_TEST_SEED=...` repeats
//! a run's choices (not their interleaving). `docs/TESTING.md` has the commands that run it under valgrind and under
//! AddressSanitizer with its leak check.

mod com;

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::SystemTime;

use com::{CountingTask, create, current, new_manager, os_thread, wait_until};
use tollgate_capi::interfaces::*;
use tollgate_capi::*;

const THREADS: u64 = 4;
const TASKS_PER_THREAD: usize = 250;
const FOREVER: u32 = u32::MAX;

/// A small generator (SplitMix64): the same choices for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What a task does once it is started.
#[derive(Clone, Copy, PartialEq)]
enum Life {
    Short,
    Transitions,
    /// Sleeps until it is alerted.
    UntilAlerted,
}

/// What there is of a task beside the task.
struct Story {
    manager: *mut IHostTaskManager,
    life: Life,
    has_half: bool,
    half: CountingTask,
    thread: AtomicU64,
    runs: AtomicU32,
}

// SAFETY: the pointer is a manager's; the rest is made for sharing.
unsafe impl Sync for Story {}
// SAFETY: as above.
unsafe impl Send for Story {}

/// A reference on a task, for whoever takes it.
struct Reference {
    task: *mut IHostTask,
    /// The task will end, sooner or later, without anybody's help.
    will_end: bool,
}

// SAFETY: tasks may be used from any thread.
unsafe impl Send for Reference {}

unsafe extern "system" fn live(parameter: *mut c_void) -> u32 {
    // SAFETY: stories outlive their tasks.
    let story: &Story = unsafe { &*parameter.cast() };
    let manager = story.manager;
    story.thread.store(os_thread(), SeqCst);
    story.runs.fetch_add(1, SeqCst);
    if story.has_half {
        let own = current(manager);
        assert_eq!(com!(own.SetCLRTask(story.half.as_raw())), S_OK);
        com!(own.Release());
    }
    match story.life {
        Life::Short => {}
        Life::Transitions => {
            for target in 0..20 {
                assert_eq!(com!(manager.LeaveRuntime(target)), S_OK);
                com!(manager.SwitchToTask(0));
                assert_eq!(com!(manager.EnterRuntime()), S_OK);
            }
        }
        Life::UntilAlerted => {
            assert_eq!(com!(manager.Sleep(FOREVER, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
        }
    }
    0
}

/// Uses up a reference, its own or somebody else's.
fn use_up(random: &mut Random, Reference { task, will_end }: Reference) {
    match random.below(5) {
        0 if will_end => assert_eq!(com!(task.Join(FOREVER, 0)), S_OK),
        1 => assert!([S_OK, HOST_E_TIMEOUT, HOST_E_ABANDONED].contains(&com!(task.Join(0, WAIT_ALERTABLE)))),
        2 => assert_eq!(com!(task.SetPriority(-1)), S_OK),
        3 => {
            com!(task.AddRef());
            com!(task.Release());
        }
        _ => {}
    }
    com!(task.Release());
}

/// One thread's part: its own tasks, and references that others left for it. Answers how many were started.
fn work(
    manager: &'static HostManager,
    stories: &[Story],
    left: &Mutex<Vec<Reference>>,
    random: &mut Random,
) -> u32 {
    let manager = manager.as_raw();
    let mut started = 0;
    for story in stories {
        let task = create(manager, live, story);
        let spare = random.below(4);
        let is_started = !random.one_in(8);
        // An alert before the start is kept for the sleep.
        let is_alerted_early = random.one_in(2);
        if is_alerted_early {
            com!(task.Alert());
        }
        if is_started {
            assert_eq!(com!(task.Start()), S_OK);
            started += 1;
        }
        let will_end = is_started && (story.life != Life::UntilAlerted || is_alerted_early);
        for _ in 0..spare {
            com!(task.AddRef());
            left.lock().unwrap().push(Reference { task, will_end });
        }
        if is_started && !will_end {
            com!(task.Alert());
        }
        while random.one_in(2) {
            let taken = {
                let mut left = left.lock().unwrap();
                let count = left.len();
                (count > 0).then(|| left.swap_remove(random.below(count)))
            };
            if let Some(reference) = taken {
                use_up(random, reference);
            }
        }
        use_up(random, Reference { task, will_end: is_started });
    }
    started
}

/// Threads of the process; 0 on Windows, where Wine would show the threads of its server.
fn threads() -> usize {
    if cfg!(windows) {
        return 0;
    }
    std::fs::read_dir("/proc/self/task").expect("a /proc file system").count()
}

#[test]
fn a_thousand_tasks_leave_nothing_behind() {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |t| t.as_nanos() as u64);
    let seed = std::env::var("TOLLGATE_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(now);
    println!("TOLLGATE_TEST_SEED={seed}");
    let (host, manager) = new_manager();
    let threads_before = threads();
    let mut random = Random(seed);
    let stories: Vec<Story> = (0..THREADS as usize * TASKS_PER_THREAD)
        .map(|_| Story {
            manager,
            life: [Life::Short, Life::Transitions, Life::UntilAlerted][random.below(3)],
            has_half: random.one_in(2),
            half: CountingTask::new(),
            thread: AtomicU64::new(0),
            runs: AtomicU32::new(0),
        })
        .collect();
    let left = Mutex::new(Vec::new());
    let started: u32 = thread::scope(|scope| {
        let workers: Vec<_> = stories
            .chunks(TASKS_PER_THREAD)
            .zip(1..)
            .map(|(stories, number)| {
                let left = &left;
                scope.spawn(move || work(host, stories, left, &mut Random(seed ^ number << 48)))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    for reference in left.into_inner().unwrap() {
        use_up(&mut random, reference);
    }

    wait_until("every task's thread is gone", || threads() == threads_before);
    if cfg!(windows) {
        // A thread is no longer listed there while it still ends its task.
        wait_until("no task is left", || {
            let totals = host.core().totals();
            let is_gone = |id| host.core().find_task(id).map(|task| task.release()).is_none();
            totals.tasks_live == 0
                && totals.is_balanced()
                && (0..=totals.tasks_attached).all(is_gone)
                && stories.iter().all(|story| story.half.references() == 1)
        });
    }
    assert_eq!(host.core().totals().tasks_live, 0, "no cell is left");
    for id in 0..=host.core().totals().tasks_attached {
        assert!(host.core().find_task(id).is_none(), "task {id} is left");
    }
    let totals = host.core().totals();
    assert_eq!((totals.leaves, totals.open_outside, totals.open_inside), (totals.enters, 0, 0));
    let mut run = 0;
    for story in &stories {
        let runs = story.runs.load(SeqCst);
        run += runs;
        assert!(runs <= 1, "ran twice");
        assert_eq!(story.half.references(), 1, "a reference on a half is left");
        assert_eq!(story.half.exits(), u32::from(story.has_half) * runs, "one ExitTask for each half");
        if story.half.exits() == 1 {
            assert_eq!(story.half.exit_thread.load(SeqCst), story.thread.load(SeqCst), "on its own thread");
        }
    }
    assert_eq!(run, started, "what is started runs");
    println!("{} tasks created, {started} of them started; nothing is left", stories.len());
}
