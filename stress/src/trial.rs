//! Operations on the library beside the books, every answer and every look compared.
//!
//! One thread runs them all, on tasks that it attached, on its own, and on tasks with threads that it starts and joins: so
//! there is one right answer to everything. Calls that a closed gate would hold give up after a millisecond, which is an
//! answer too.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tollgate_core::{
    Call, Config, Error, Manager, OwnedTask, PauseReport, Policy, Side, Task, TaskInfo, Totals, WaitOptions,
};

use crate::books::{GateBooks, TaskBooks};
use crate::operation::Operation;

/// Most tasks of a manager at a time, of any kind; attaching more is not tried.
const MOST_TASKS: usize = 12;
/// Managers are immortal: so many are ended, in one process, by operations that end them.
const MOST_ENDED: u32 = 200;

const PATIENT: Config = Config { gate_timeout_ms: 1, ..Config::DEFAULT };
/// One manager of each.
const CONFIGS: [Config; 3] = [
    PATIENT,
    Config { policy: Policy::Observe, ..Config::DEFAULT },
    Config { strict: true, full_fences: true, max_tasks: 3, ..PATIENT },
];

/// What a trial did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Operations.
    pub operations: u64,
    /// Transitions among them.
    pub transitions: u64,
    /// Answers other than success that were the right ones.
    pub refusals: u64,
}

impl Done {
    /// Both together.
    pub fn and(self, other: Done) -> Done {
        Done {
            operations: self.operations + other.operations,
            transitions: self.transitions + other.transitions,
            refusals: self.refusals + other.refusals,
        }
    }
}

/// The managers of this process, kept for the next trial unless a trial ended them. Also keeps trials apart.
struct Managers {
    kept: Vec<&'static Manager>,
    ended: u32,
}

static MANAGERS: Mutex<Managers> = Mutex::new(Managers { kept: Vec::new(), ended: 0 });

/// Runs the operations on `managers` managers (one to three); panics where the library does not do what the books say.
pub fn run(operations: &[Operation], managers: usize) -> Done {
    let mut kept = MANAGERS.lock().unwrap_or_else(PoisonError::into_inner);
    while kept.kept.len() < managers.clamp(1, CONFIGS.len()) {
        let config = &CONFIGS[kept.kept.len()];
        kept.kept.push(Manager::create(config).expect("memory for a manager"));
    }
    let chosen: Vec<&'static Manager> = kept.kept[..managers.clamp(1, CONFIGS.len())].to_vec();
    let may_end = kept.ended < MOST_ENDED;
    let before: Vec<Totals> = chosen.iter().map(|manager| manager.totals()).collect();
    // A thread of its own: its first calls are first calls.
    let (done, ends) = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let mut trial = Trial::new(&chosen, may_end);
                for (number, operation) in operations.iter().enumerate() {
                    trial.number = number;
                    trial.perform(*operation);
                }
                trial.end()
            })
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    for (i, (end, before)) in ends.iter().zip(&before).enumerate() {
        let after = chosen[i].totals();
        assert!(after.is_balanced(), "{after:?}");
        assert_eq!(after.tasks_live, before.tasks_live, "every task has ended");
        let counted = [
            after.leaves - before.leaves,
            after.enters - before.enters,
            after.reverse_enters - before.reverse_enters,
            after.reverse_leaves - before.reverse_leaves,
        ];
        assert_eq!(counted, end.counts, "transitions of all tasks that there were");
        if end.has_ended {
            kept.kept[i] = Manager::create(&CONFIGS[i]).expect("memory for a manager");
            kept.ended += 1;
        }
    }
    done
}

/// A task made by CreateTask.
struct Created {
    task: &'static Task,
    record: &'static Record,
    alerted: bool,
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

/// One manager and the tasks it has.
struct Site {
    manager: &'static Manager,
    config: Config,
    gate: GateBooks,
    /// The task of the thread that runs the operations.
    own: Option<TaskBooks>,
    tasks: Vec<(u64, OwnedTask<'static>, TaskBooks)>,
    created: Vec<Created>,
    /// The four counters of tasks that have ended.
    counts: [u64; 4],
}

impl Site {
    fn live(&self) -> usize {
        self.tasks.len() + self.created.len() + usize::from(self.own.is_some())
    }

    fn is_full(&self) -> bool {
        self.config.max_tasks != 0 && self.live() >= self.config.max_tasks as usize
    }

    fn is_anyone_inside(&self) -> bool {
        let inside = |books: &TaskBooks| books.side() == Side::Inside;
        self.tasks.iter().any(|(_, _, books)| inside(books)) || self.own.as_ref().is_some_and(inside)
    }

    fn is_own_inside(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.side() == Side::Inside)
    }

    fn add(&mut self, books: &TaskBooks) {
        for (sum, count) in self.counts.iter_mut().zip(books.counts()) {
            *sum += count;
        }
    }
}

/// What is left of a site at the end.
struct End {
    counts: [u64; 4],
    has_ended: bool,
}

struct Trial {
    sites: Vec<Site>,
    may_end: bool,
    done: Done,
    /// The operation at hand, for messages.
    number: usize,
}

impl Trial {
    fn new(managers: &[&'static Manager], may_end: bool) -> Trial {
        let sites = managers.iter().zip(CONFIGS).map(|(manager, config)| Site {
            manager,
            config,
            gate: GateBooks::default(),
            own: None,
            tasks: Vec::new(),
            created: Vec::new(),
            counts: [0; 4],
        });
        Trial { sites: sites.collect(), may_end, done: Done::default(), number: 0 }
    }

    fn site(&mut self, manager: u8) -> &mut Site {
        let count = self.sites.len();
        &mut self.sites[usize::from(manager) % count]
    }

    /// The site and place of a task, by a number modulo all there are.
    fn place<T>(&self, number: u8, list: impl Fn(&Site) -> &Vec<T>) -> Option<(usize, usize)> {
        let all: Vec<(usize, usize)> = (0..self.sites.len())
            .flat_map(|site| (0..list(&self.sites[site]).len()).map(move |place| (site, place)))
            .collect();
        (!all.is_empty()).then(|| all[usize::from(number) % all.len()])
    }

    fn agree<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        found: Result<T, Error>,
        right: Result<T, Error>,
    ) {
        assert_eq!(found, right, "operation {}: {what}", self.number);
        self.done.refusals += u64::from(found.is_err());
    }

    fn perform(&mut self, operation: Operation) {
        self.done.operations += 1;
        match operation {
            Operation::Attach { manager, base } => self.attach(manager, base),
            Operation::Detach { task } => {
                if let Some((site, place)) = self.place(task, |site| &site.tasks) {
                    let (_, task, books) = self.sites[site].tasks.swap_remove(place);
                    drop(task);
                    self.sites[site].add(&books);
                }
            }
            Operation::Transition { task, call, times } => {
                if let Some((site, place)) = self.place(task, |site| &site.tasks) {
                    self.transitions(site, place, call, times);
                }
            }
            Operation::OwnTransition { manager, call } => self.own_transition(manager, call),
            Operation::Affinity { manager, begin } => self.affinity(manager, begin),
            Operation::Pause { manager } => self.pause(manager),
            Operation::Resume { manager } => {
                let site = self.site(manager);
                let right = if site.gate.pauses == 0 { Err(Error::NotOwner) } else { Ok(0) };
                site.gate.pauses = site.gate.pauses.saturating_sub(1);
                let found = site.manager.resume();
                self.agree("resume", found, right);
            }
            Operation::SetAvailable { manager, available } => {
                let site = self.site(manager);
                let governs = site.config.policy == Policy::Govern;
                site.gate.unavailable = governs && !available;
                let found = site.manager.set_available(available);
                self.agree(
                    "set_available",
                    found,
                    if governs { Ok(()) } else { Err(Error::InvalidOperation) },
                );
            }
            Operation::Fail { manager } if self.may_end => {
                let site = self.site(manager);
                let governs = site.config.policy == Policy::Govern;
                site.gate.failed |= governs;
                let found = site.manager.fail();
                self.agree("fail", found, if governs { Ok(()) } else { Err(Error::InvalidOperation) });
            }
            Operation::Shutdown { manager } if self.may_end => self.shutdown(manager),
            Operation::Fail { manager }
            | Operation::Shutdown { manager }
            | Operation::Snapshot { manager } => {
                self.snapshot(manager);
            }
            Operation::Create { manager } => self.create(manager),
            Operation::Alert { created } => {
                if let Some((site, place)) = self.place(created, |site| &site.created) {
                    let created = &mut self.sites[site].created[place];
                    created.task.alert();
                    created.alerted = true;
                }
            }
            Operation::StartAndJoin { created } => self.start_and_join(created),
            Operation::Release { created } => {
                if let Some((site, place)) = self.place(created, |site| &site.created) {
                    self.release(site, place);
                }
            }
        }
    }

    fn attach(&mut self, manager: u8, base: Option<Side>) {
        let site = self.site(manager);
        if site.live() >= MOST_TASKS {
            return;
        }
        let right = if site.is_full() {
            Err(Error::OutOfMemory)
        } else if base == Some(Side::Inside) {
            site.gate.admits(true)
        } else {
            Ok(())
        };
        let found = match site.manager.attach_task(base) {
            Ok(task) => {
                let id = site.manager.totals().tasks_attached;
                assert_eq!((task.depth(), task.side()), (0, base.unwrap_or(Side::Outside)));
                site.tasks.push((id, task, TaskBooks::with_base(base)));
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.agree("attach", found, right);
    }

    fn transitions(&mut self, site: usize, place: usize, call: Call, times: u16) {
        for _ in 0..times {
            let Site { config, gate, tasks, .. } = &mut self.sites[site];
            let (_, task, books) = &mut tasks[place];
            let target = 0x1000 + self.done.transitions as usize;
            let found = match call {
                Call::Leave => task.leave(target),
                Call::Enter => task.enter(),
                Call::ReverseEnter => task.reverse_enter(),
                Call::ReverseLeave => task.reverse_leave(),
            };
            let right = books.call(config, gate, call, target);
            assert_eq!((task.depth() as usize, task.side()), (books.depth(), books.side()));
            self.agree("transition", found, right);
            self.done.transitions += 1;
            if found == Err(Error::Timeout) {
                break; // Each more costs a millisecond and shows the same.
            }
        }
    }

    fn own_transition(&mut self, manager: u8, call: Call) {
        let target = 0x1000 + self.done.transitions as usize;
        let site = self.site(manager);
        let manager = site.manager;
        let found = match call {
            Call::Leave => manager.leave(target),
            Call::Enter => manager.enter(),
            Call::ReverseEnter => manager.reverse_enter(),
            Call::ReverseLeave => manager.reverse_leave(),
        };
        let right = if site.own.is_none() && site.is_full() {
            // Nobody to attribute it to.
            Err(Error::OutOfMemory)
        } else {
            site.own.get_or_insert_default().call(&site.config, &site.gate, call, target)
        };
        let observes = site.config.policy == Policy::Observe;
        self.agree("own transition", found, if observes { Ok(()) } else { right });
        self.done.transitions += 1;
    }

    fn affinity(&mut self, manager: u8, begin: bool) {
        let site = self.site(manager);
        let found = if begin { site.manager.begin_affinity() } else { site.manager.end_affinity() };
        if site.own.is_none() && site.is_full() {
            return self.agree("affinity", found, Err(Error::OutOfMemory));
        }
        let books = site.own.get_or_insert_default();
        let right = if begin || books.affinity > 0 { Ok(()) } else { Err(Error::NotOwner) };
        match right {
            Ok(()) if begin => books.affinity += 1,
            Ok(()) => books.affinity -= 1,
            Err(_) => {}
        }
        self.agree("affinity", found, right);
    }

    fn pause(&mut self, manager: u8) {
        let site = self.site(manager);
        let right = if site.config.policy == Policy::Observe {
            Err(Error::InvalidOperation)
        } else if site.is_own_inside() {
            Err(Error::Deadlock)
        } else if site.gate.has_ended() {
            Err(Error::Unavailable)
        } else if site.gate.pauses == 255 {
            Err(Error::InvalidOperation)
        } else if site.is_anyone_inside() {
            Err(Error::Timeout)
        } else {
            site.gate.pauses += 1;
            Ok(())
        };
        let mut report = PauseReport::default();
        let found = site.manager.pause_into(0, &mut report);
        assert_eq!(!report.named_laggards().is_empty(), found == Err(Error::Timeout), "{report:?}");
        self.agree("pause", found, right);
    }

    fn shutdown(&mut self, manager: u8) {
        let site = self.site(manager);
        let right = if site.config.policy == Policy::Observe {
            Err(Error::InvalidOperation)
        } else if site.is_own_inside() {
            Err(Error::Deadlock)
        } else {
            site.gate.shut_down = true;
            if site.is_anyone_inside() { Err(Error::Timeout) } else { Ok(()) }
        };
        let found = site.manager.shutdown(0, &mut PauseReport::default());
        self.agree("shutdown", found, right);
    }

    fn snapshot(&mut self, manager: u8) {
        let site = self.site(manager);
        let mut entries = [TaskInfo::EMPTY; MOST_TASKS + 1];
        let count = site.manager.snapshot(&mut entries);
        assert_eq!(count, site.live(), "live tasks");
        let mut own_seen = false;
        for entry in &entries[..count] {
            let attached = site.tasks.iter().find(|(id, _, _)| *id == entry.id).map(|(_, _, books)| books);
            if let Some(books) = attached {
                books.check(entry);
            } else if site.created.iter().any(|created| created.task.id() == entry.id) {
                TaskBooks::default().check(entry);
            } else {
                assert!(!own_seen, "a task that nobody made: {entry:?}");
                own_seen = true;
                let own = site.own.as_ref().expect("a task of this thread");
                own.check(entry);
                assert_eq!(entry.affinity, own.affinity);
            }
        }
        assert!(site.manager.totals().is_balanced());
        assert_eq!(site.manager.tasks_held(), 0);
    }

    fn create(&mut self, manager: u8) {
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

    fn start_and_join(&mut self, number: u8) {
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
    fn release(&mut self, site: usize, place: usize) {
        let site = &mut self.sites[site];
        let Created { task, record, .. } = site.created.swap_remove(place);
        let id = task.id();
        task.release();
        await_end(site.manager, id);
        assert_eq!(record.ran.load(Ordering::Acquire), 0, "nobody started it");
        record.give_back();
    }

    /// Ends every task and opens every gate.
    fn end(mut self) -> (Done, Vec<End>) {
        for site in 0..self.sites.len() {
            self.snapshot(site as u8);
            while !self.sites[site].created.is_empty() {
                self.release(site, 0);
            }
        }
        let done = self.done;
        let ends = self.sites.into_iter().map(|mut site| {
            while site.gate.pauses > 0 {
                assert_eq!(site.manager.resume(), Ok(0));
                site.gate.pauses -= 1;
            }
            if site.config.policy == Policy::Govern {
                assert_eq!(site.manager.set_available(true), Ok(()));
            }
            for (_, task, books) in core::mem::take(&mut site.tasks) {
                drop(task);
                site.add(&books);
            }
            if let Some(own) = site.own.take() {
                site.add(&own);
            }
            End { counts: site.counts, has_ended: site.gate.has_ended() }
        });
        (done, ends.collect())
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
