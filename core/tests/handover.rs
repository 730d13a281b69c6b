//! What one thread hands to another through the library comes whole: data that is not atomic lies behind each handover, so
//! that ThreadSanitizer reports one whose order is missing.

#[path = "common/over.rs"]
mod over;

use std::cell::UnsafeCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::thread;

use over::Side;
use tollgate_core::{Config, Door, Error, Kept, Manager, Published, RuntimeHalf, TargetSet, Task, Unlisted};

/// How often each thing changes hands; each time is a chance for threads to meet.
const ROUNDS: usize = 100;

/// Something that belongs to one thread at a time.
struct Parcel(UnsafeCell<usize>);

// SAFETY: handed over from one thread to another; that the handover orders their accesses is what is tested.
unsafe impl Sync for Parcel {}

impl Parcel {
    const fn new() -> Parcel {
        Parcel(UnsafeCell::new(0))
    }

    fn fill(&self, value: usize) {
        // SAFETY: nobody has been given it yet, or the one who has is the one who fills it.
        unsafe { *self.0.get() = value };
    }

    fn read(&self) -> usize {
        // SAFETY: the caller has been given it.
        unsafe { *self.0.get() }
    }

    fn address(&self) -> *mut () {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// # Safety
    /// The address of one that lives.
    unsafe fn at<'a>(address: *mut ()) -> &'a Parcel {
        // SAFETY: the caller's duty.
        unsafe { &*address.cast_const().cast() }
    }
}

/// Fills a parcel and hands it over on one thread while another looks until it finds it; that many times.
fn hand_over(
    give: impl Fn(usize, &Parcel, &Side) + Sync,
    look: impl Fn(usize, &Side) -> Option<usize> + Sync,
) {
    hand_over_times(ROUNDS, give, look);
}

fn hand_over_times(
    rounds: usize,
    give: impl Fn(usize, &Parcel, &Side) + Sync,
    look: impl Fn(usize, &Side) -> Option<usize> + Sync,
) {
    let parcels: Vec<Parcel> = (0..rounds).map(|_| Parcel::new()).collect();
    for (round, parcel) in parcels.iter().enumerate() {
        let has_failed = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let side = Side(&has_failed);
                parcel.fill(round + 1);
                give(round, parcel, &side);
            });
            scope.spawn(|| {
                let side = Side(&has_failed);
                assert_eq!(side.wait_for(|| look(round, &side)), round + 1);
            });
        });
    }
}

#[test]
fn a_published_value_comes_whole() {
    let values: Vec<Published<usize>> = (0..ROUNDS).map(|_| Published::new()).collect();
    hand_over(
        |round, parcel, _| values[round].publish(parcel.read()).expect("memory"),
        |round, _| values[round].read().copied(),
    );
}

#[test]
fn a_set_of_targets_comes_whole() {
    let sets: Vec<TargetSet> = (0..ROUNDS).map(|_| TargetSet::new()).collect();
    hand_over(
        |round, parcel, _| sets[round].replace(&[parcel.read(), usize::MAX]).expect("memory"),
        |round, _| sets[round].contains(round + 1).then_some(round + 1),
    );
}

#[test]
fn an_object_that_is_kept_by_number_comes_whole() {
    let kept = Kept::new();
    hand_over(
        |round, parcel, _| assert!(kept.put(round as u32, parcel.address()).expect("memory").is_null()),
        // SAFETY: parcels live as long as the test.
        |round, _| kept.with(round as u32, |object| unsafe { Parcel::at(object) }.read()),
    );
}

/// And whoever takes it away sees what its user did with it.
#[test]
fn a_runtime_half_comes_and_goes_whole() {
    let halves: Vec<RuntimeHalf> = (0..ROUNDS).map(|_| RuntimeHalf::new()).collect();
    let is_found: Vec<AtomicBool> = (0..ROUNDS).map(|_| AtomicBool::new(false)).collect();
    hand_over(
        |round, parcel, side| {
            assert!(halves[round].set_first(parcel.address()));
            // Relaxed: what the user does is ordered by the half alone.
            side.wait_for(|| is_found[round].load(Ordering::Relaxed).then_some(()));
            let taken = if round % 2 == 0 {
                halves[round].take_back(parcel.address())
            } else {
                halves[round].replace(std::ptr::null_mut()) == parcel.address()
            };
            assert_eq!((taken, parcel.read()), (true, 0));
        },
        |round, _| {
            halves[round].with(|object| {
                // SAFETY: parcels live as long as the test.
                let parcel = unsafe { Parcel::at(object) };
                let found = parcel.read();
                is_found[round].store(true, Ordering::Relaxed);
                parcel.fill(0);
                found
            })
        },
    );
}

/// Its entry is there already: the exchange of the two objects alone orders them.
#[test]
fn an_object_that_takes_another_s_place_comes_whole() {
    let (kept, former) = (Kept::new(), Parcel::new());
    (0..ROUNDS as u32)
        .for_each(|round| assert!(kept.put(round, former.address()).expect("memory").is_null()));
    hand_over(
        |round, parcel, _| assert_eq!(kept.put(round as u32, parcel.address()), Ok(former.address())),
        |round, _| {
            let other = |object| (object != former.address()).then_some(object);
            // SAFETY: parcels live as long as the test.
            let read = |object| other(object).map(|object| unsafe { Parcel::at(object) }.read());
            kept.with(round as u32, read).flatten()
        },
    );
}

/// Nobody uses it: whoever takes it away has it from the one who put it there.
#[test]
fn an_object_that_is_taken_away_comes_whole() {
    let halves: Vec<RuntimeHalf> = (0..ROUNDS).map(|_| RuntimeHalf::new()).collect();
    let told: Vec<AtomicPtr<()>> = (0..ROUNDS).map(|_| AtomicPtr::default()).collect();
    hand_over(
        |round, parcel, _| {
            // Relaxed: the address was known all along.
            told[round].store(parcel.address(), Ordering::Relaxed);
            assert!(halves[round].set_first(parcel.address()));
        },
        |round, _| {
            let object = told[round].load(Ordering::Relaxed);
            let is_taken = !object.is_null()
                && if round % 2 == 0 {
                    halves[round].take_back(object)
                } else {
                    halves[round].replace(std::ptr::null_mut()) == object
                };
            // SAFETY: parcels live as long as the test.
            is_taken.then(|| unsafe { Parcel::at(object) }.read())
        },
    );
}

#[test]
fn what_came_before_a_trace_is_seen_by_who_finds_it_on() {
    let config = Config { trace_tasks: 1, trace_records: 16, ..Config::DEFAULT };
    let manager = Manager::create(&config).expect("memory");
    let told = AtomicPtr::<Parcel>::default();
    hand_over(
        |_, parcel, _| {
            told.store(std::ptr::from_ref(parcel).cast_mut(), Ordering::Relaxed);
            assert_eq!(manager.trace_start(), Ok(true));
        },
        |_, _| {
            // SAFETY: stored before the start, and parcels live as long as the test.
            let read = || unsafe { &*told.load(Ordering::Relaxed) }.read();
            manager.is_tracing().then(read).inspect(|_| assert!(manager.trace_stop()))
        },
    );
}

#[test]
fn what_came_before_a_manager_is_seen_by_who_finds_it_in_use() {
    // Few: they live as long as the process, and each new one tells all tasks of the others.
    let rounds = ROUNDS / 10;
    // A static: LeakSanitizer does not see the memory of other managers, which lead to these.
    static MANAGERS: OnceLock<Vec<Unlisted>> = OnceLock::new();
    let unlisted = || (0..rounds).map(|_| Unlisted::new(Config::DEFAULT, Door::NONE)).collect();
    let managers = MANAGERS.get_or_init(unlisted);
    let told: Vec<AtomicPtr<Parcel>> = (0..rounds).map(|_| AtomicPtr::default()).collect();
    hand_over_times(
        rounds,
        |round, parcel, _| {
            managers[round].enlist();
            // Relaxed: says when to look, and nothing else.
            told[round].store(std::ptr::from_ref(parcel).cast_mut(), Ordering::Relaxed);
        },
        |round, _| {
            // SAFETY: null, or a parcel, which lives as long as the test.
            let parcel = unsafe { told[round].load(Ordering::Relaxed).as_ref() }?;
            managers[round].enlist();
            Some(parcel.read())
        },
    );
}

#[test]
fn what_came_before_an_alert_is_seen_by_the_task_that_it_reaches() {
    let manager = Manager::create(&Config::DEFAULT).expect("memory");
    let slots: Vec<AtomicPtr<Task>> = (0..ROUNDS).map(|_| AtomicPtr::default()).collect();
    let told: Vec<AtomicPtr<Parcel>> = (0..ROUNDS).map(|_| AtomicPtr::default()).collect();
    hand_over(
        |round, parcel, side| {
            told[round].store(std::ptr::from_ref(parcel).cast_mut(), Ordering::Relaxed);
            // SAFETY: null, or a record to which the other thread has added a reference.
            let task = side.wait_for(|| unsafe { slots[round].load(Ordering::Acquire).as_ref() });
            task.alert();
            task.release();
        },
        |round, side| {
            let task = manager.current_task().expect("a record");
            task.retain();
            slots[round].store(std::ptr::from_ref(task).cast_mut(), Ordering::Release);
            side.wait_for(|| (manager.sleep(0, true) == Err(Error::Interrupted)).then_some(()));
            // SAFETY: stored before the alert.
            let found = unsafe { &*told[round].load(Ordering::Relaxed) }.read();
            // Not before: the reference orders as well.
            task.release();
            Some(found)
        },
    );
}
