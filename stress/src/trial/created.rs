//! Tasks with threads of their own, made by CreateTask.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_core::{Call, Error, Manager, Task, TaskInfo, WaitOptions};

use super::MOST_TASKS;
use super::perform::Trial;

/// A task made by CreateTask.
pub(super) struct Created {
    pub(super) task: &'static Task,
    record: &'static Record,
    pub(super) alerted: bool,
}

/// What a created task leaves behind. Never freed: when a trial has failed, a task may still be reading it.
struct Record {
    manager: &'static Manager,
    /// 0 not run, 1 run without an alert, 2 with one.
    ran: AtomicU64,
}

/// Records that no task has.
static FREE: Mutex<Vec<&'static Record>> = Mutex::new(Vec::new());

impl Record {
    fn new(manager: &'static Manager) -> &'static Record {
        let mut free = FREE.lock().expect("nobody panics with it");
        let known = free.iter().position(|record| core::ptr::eq(record.manager, manager));
        match known {
            Some(place) => {
                let record = free.swap_remove(place);
                record.ran.store(0, Ordering::Release);
                record
            }
            None => Box::leak(Box::new(Record { manager, ran: AtomicU64::new(0) })),
        }
    }

    fn give_back(&'static self) {
        FREE.lock().expect("nobody panics with it").push(self);
    }
}

unsafe extern "system" fn start(parameter: *mut c_void) -> u32 {
    // SAFETY: a leaked record.
    let record: &Record = unsafe { &*parameter.cast() };
    let manager = record.manager;
    // From a base inside: fits under every policy.
    assert_eq!([manager.leave(7), manager.enter()], [Ok(()); 2], "a pair of a task that was just let in");
    let alerted = manager.sleep(0, true) == Err(Error::Interrupted);
    record.ran.store(1 + u64::from(alerted), Ordering::Release);
    0
}

impl Trial {
    pub(super) fn create(&mut self, manager: u8) {
        let site = self.site(manager);
        // Its thread gives the cell back on its own time, and one of few would be missed.
        if site.live() >= MOST_TASKS || site.config.max_tasks != 0 {
            return;
        }
        let record = Record::new(site.manager);
        let parameter = core::ptr::from_ref(record).cast_mut().cast();
        let found = match site.manager.create_task(64 << 10, start, parameter) {
            Ok(task) => {
                site.created.push(Created { task, record, alerted: false });
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.agree("create", found, Ok(()));
    }

    pub(super) fn alert(&mut self, number: u8) {
        if let Some((site, place)) = self.place(number, |site| &site.created) {
            let created = &mut self.sites[site].created[place];
            created.task.alert();
            created.alerted = true;
        }
    }

    pub(super) fn start_and_join(&mut self, number: u8) {
        let Some((site, place)) = self.place(number, |site| &site.created) else { return };
        let site = &mut self.sites[site];
        if site.gate.refuses() || site.gate.pauses > 0 {
            return;
        }
        let Created { task, record, alerted } = site.created.swap_remove(place);
        let started = task.start();
        let again = task.start();
        let ended = task.join(None, u32::MAX, WaitOptions::default());
        assert_eq!(record.ran.load(Ordering::Acquire), 1 + u64::from(alerted), "the routine, and its alert");
        site.counts[Call::Leave as usize] += 1;
        site.counts[Call::Enter as usize] += 1;
        await_end(site.manager, task.id());
        record.give_back();
        task.release();
        self.agree("start", started, Ok(()));
        self.agree("second start", again, Err(Error::InvalidOperation));
        self.agree("join", ended, Ok(()));
    }

    /// Gives up the last reference on a task that was never started: it ends without having run.
    pub(super) fn release(&mut self, site: usize, place: usize) {
        let site = &mut self.sites[site];
        let Created { task, record, .. } = site.created.swap_remove(place);
        let id = task.id();
        task.release();
        await_end(site.manager, id);
        assert_eq!(record.ran.load(Ordering::Acquire), 0, "nobody started it");
        record.give_back();
    }
}

/// Until the task `id`, which is ending, has given its cell back.
fn await_end(manager: &Manager, id: u64) {
    let mut entries = vec![TaskInfo::EMPTY; MOST_TASKS + 1];
    while {
        let count = manager.snapshot(&mut entries).min(entries.len());
        entries[..count].iter().any(|entry| entry.id == id)
    } {
        std::thread::yield_now();
    }
}
