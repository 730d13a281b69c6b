//! Tasks with threads of their own, created, alerted, started, joined and dropped at random, some refused by the system.

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use tollgate_core::{Call, Error, Task, WaitOptions};
use tollgate_stress::random::Random;

use super::faults::with_faults;
use super::{Crosser, Round, Site};

unsafe extern "system" fn start(site: *mut c_void) -> u32 {
    // SAFETY: the round's site, which outlives the task's work.
    let site: &Site = unsafe { &*site.cast_const().cast() };
    let mut crosser = Crosser::new(site);
    for target in 0..4 {
        let _ = crosser.call(Call::Leave, target);
        let _ = crosser.call(Call::Enter, 0);
    }
    let _ = site.manager.sleep(0, true);
    0
}

/// Creates until the round is over, and ends all that it has created.
pub(crate) fn create(round: &Round, mut random: Random) {
    let mut tasks: Vec<&'static Task> = Vec::new();
    while !round.is_over() {
        let site = round.site(&mut random);
        let parameter = core::ptr::from_ref(site).cast_mut().cast();
        let create = || site.manager.create_task(64 << 10, start, parameter);
        let made = if random.one_in(3) { with_faults(&mut random, create) } else { create() };
        match made {
            Ok(task) => {
                round.created.fetch_add(1, Ordering::Relaxed);
                tasks.push(task);
            }
            Err(error) => assert_eq!(error, Error::OutOfMemory),
        }
        while tasks.len() > 4 || (!tasks.is_empty() && random.one_in(2)) {
            end(tasks.swap_remove(random.below(tasks.len() as u64) as usize), &mut random);
        }
    }
    for task in tasks {
        end(task, &mut random);
    }
}

fn end(task: &'static Task, random: &mut Random) {
    if random.one_in(2) {
        task.alert();
    }
    if !random.one_in(4) {
        assert_eq!(task.start(), Ok(()));
        assert_eq!(task.start(), Err(Error::InvalidOperation));
        assert_eq!(task.join(None, u32::MAX, WaitOptions::default()), Ok(()));
    }
    task.release();
}
