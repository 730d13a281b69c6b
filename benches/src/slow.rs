//! The slow paths against the number of tasks: pause and resume, snapshot, attach, and what a task takes in memory.
//!
//! Tasks are attached without threads, all outside, as the tasks of a host mostly are.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use std::{fs, thread};

use tollgate_capi::HostManager;
use tollgate_core::{Cell, Config, Manager, OwnedTask, Side};

use crate::doors::Loop;
use crate::rust_doors::{LOOPS, manager};
use crate::timing::{TIMES, median, shortest};

/// Numbers of tasks to measure with.
pub const TASKS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// A manager with so many tasks, each outside with one open level.
pub struct Crowd {
    manager: &'static Manager,
    tasks: Vec<OwnedTask<'static>>,
}

impl Crowd {
    /// Attaches `count` tasks to a manager of their own.
    pub fn new(count: usize) -> Crowd {
        let manager = HostManager::create(&Config::DEFAULT).expect("a manager can be made").core();
        let tasks = (0..count)
            .map(|_| {
                let mut task = manager.attach_task(Some(Side::Inside)).expect("the gate is open");
                task.leave(0x1000).expect("a task inside can leave");
                task
            })
            .collect();
        Crowd { manager, tasks }
    }

    /// The manager.
    pub fn manager(&self) -> &'static Manager {
        self.manager
    }

    /// Closes the gate, waits for quiescence, opens it.
    pub fn pause_and_resume(&self) {
        drop(self.manager.pause(u32::MAX).expect("nobody is inside"));
    }

    /// Looks at every task.
    pub fn look_at_all(&self) {
        let mut seen = 0;
        self.manager.for_each_task(|task| {
            black_box(task);
            seen += 1;
        });
        assert_eq!(seen, self.tasks.len());
    }

    /// Sums the counters of all tasks.
    pub fn sum(&self) {
        assert_eq!(self.manager.totals().tasks_live, self.tasks.len() as u64);
    }
}

/// What a pause cannot do without, done by hand on memory of the same shape: setting a bit in every cell, a process-wide
/// barrier, looking at every cell.
pub struct Parts {
    cells: Vec<Line>,
}

/// As large as a cell, with the two words that a pause touches where a cell has them.
#[repr(C, align(128))]
struct Line {
    levels: AtomicU64,
    armed: AtomicU64,
    rest: [u8; size_of::<Cell>() - 16],
}

impl Parts {
    /// Memory for `count` tasks.
    pub fn new(count: usize) -> Parts {
        let line = || Line { levels: AtomicU64::new(2), armed: AtomicU64::new(0), rest: [0; _] };
        Parts { cells: (0..count).map(|_| line()).collect() }
    }

    /// The barrier alone.
    pub fn barrier(&self) {
        // SAFETY: takes integers. Managers have registered the process for it.
        let result =
            unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) };
        assert_eq!(result, 0, "membarrier: {}", std::io::Error::last_os_error());
    }

    /// Arming and looking, without the barrier in between.
    pub fn arm_and_scan(&self) {
        for cell in &self.cells {
            cell.armed.fetch_or(1 << 63 | 2, Ordering::AcqRel);
        }
        let inside = self.cells.iter().filter(|cell| cell.levels.load(Ordering::Acquire) & 1 != 0).count();
        assert_eq!(black_box(inside), 0);
        black_box(&self.cells[0].rest);
    }
}

/// The middle and the shortest of `rounds` durations of each action, in nanoseconds, taken in turns.
pub fn durations(actions: &[&dyn Fn()], rounds: usize) -> Vec<(f64, f64)> {
    let mut all = vec![Vec::with_capacity(rounds); actions.len()];
    for _ in 0..rounds {
        for (action, durations) in actions.iter().zip(&mut all) {
            let start = Instant::now();
            action();
            durations.push(start.elapsed().as_nanos() as f64);
        }
    }
    all.into_iter()
        .map(|durations| (median(durations.clone()), durations.iter().copied().fold(f64::MAX, f64::min)))
        .collect()
}

/// Nanoseconds to attach a task without a thread and to detach it again, shortest of many.
pub fn attach_and_detach(manager: &'static Manager) -> f64 {
    let action = || {
        for _ in 0..100 {
            drop(manager.attach_task(Some(Side::Outside)).expect("there is room"));
        }
    };
    durations(&[&action], 200)[0].1 / 100.0
}

/// Nanoseconds of a thread's first transition, which attaches it, and of its second one: the middle of many threads.
///
/// The second is what every later one is only while the process has one manager: more send it through a look-up.
pub fn first_and_second_call(manager: &'static Manager) -> (f64, f64) {
    let both: Vec<(f64, f64)> = (0..500)
        .map(|_| {
            thread::spawn(|| {
                let start = Instant::now();
                manager.leave(0x1000).expect("the first call");
                let first = start.elapsed();
                let start = Instant::now();
                manager.enter().expect("the second call");
                (first.as_nanos() as f64, start.elapsed().as_nanos() as f64)
            })
            .join()
            .expect("the thread does not panic")
        })
        .collect();
    let (first, second) = both.into_iter().unzip();
    (median(first), median(second))
}

/// Nanoseconds of a leave and an enter through the thread-local pointer, on a manager with no other task, and on the
/// same one with `count` more.
///
/// To be called before any other manager is made: a second one sends such transitions through a look-up.
pub fn pair_alone_and_in_a_crowd(count: usize) -> (f64, f64) {
    let tls: Loop = Box::new(|times| {
        let (_, _, run) = LOOPS[0];
        run(times).expect("no transition fails");
    });
    let pair = || shortest(&tls, TIMES, 300);
    let alone = pair();
    let crowd: Vec<_> =
        (0..count).map(|_| manager().attach_task(Some(Side::Outside)).expect("there is room")).collect();
    let crowded = pair();
    drop(crowd);
    (alone, crowded)
}

/// Bytes of a task's cell, and bytes that the process grew by for each of `count` new tasks.
pub fn bytes_per_task(count: usize) -> (usize, f64) {
    // Room for the handles first: they are the caller's, not the library's.
    let manager = HostManager::create(&Config::DEFAULT).expect("a manager can be made").core();
    let mut tasks = Vec::with_capacity(count);
    tasks.resize_with(count, || None);
    let before = resident_bytes();
    for task in &mut tasks {
        let mut attached = manager.attach_task(Some(Side::Inside)).expect("there is room");
        attached.leave(0x1000).expect("a task inside can leave");
        *task = Some(attached);
    }
    let grown = resident_bytes().saturating_sub(before);
    (size_of::<Cell>(), grown as f64 / count as f64)
}

fn resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: u64 = text.split_whitespace().nth(1).and_then(|field| field.parse().ok()).expect("a number");
    // SAFETY: takes an integer.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}
