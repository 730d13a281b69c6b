//! Host functions that do everything wrong at random, nested: whatever happens, each level is closed by its own call.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_capi::{HOST_E_NOT_OWNER, HostManager, S_OK};
use tollgate_core::Config;
use tollgate_wasmtime::{Announce, Step, call};
use wasmtime::{Caller, Result, bail};

use crate::common::*;
use crate::half::Half;

/// Where the decisions come from, and how many are left: the tree of calls must end.
struct Chaos {
    manager: &'static HostManager,
    state: AtomicU64,
    left: AtomicU64,
}

impl Chaos {
    /// A number below `limit` (SplitMix64).
    fn below(&self, limit: u64) -> u64 {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn set_available(&self, available: bool) {
        self.manager.core().set_available(available).expect("governed");
    }

    /// What one host function does.
    fn act(&self, caller: &mut Caller<'_, Data>) -> Result<()> {
        for _ in 0..self.below(4) {
            if self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_err()
            {
                return Ok(());
            }
            match self.below(12) {
                0 => bail!("an error of the host function"),
                1 => panic_any("on purpose"),
                2 => self.set_available(false),
                3 | 4 => self.set_available(true),
                5 => assert_eq!(Half::of_this_thread(self.manager).abort(), S_OK),
                6 => assert_eq!(Half::of_this_thread(self.manager).rude_abort(), S_OK),
                _ => self.call_back(caller)?,
            }
        }
        Ok(())
    }

    /// Calls the guest in one of several ways, and lets go wrong what goes wrong, or does not.
    fn call_back(&self, caller: &mut Caller<'_, Data>) -> Result<()> {
        let past_the_adapter = self.below(4) == 0;
        let result = catch_unwind(AssertUnwindSafe(|| {
            if self.below(4) == 0 {
                let name = ["trap", "grow", "raw"][self.below(3) as usize];
                let function = export::<()>(caller, name);
                return if past_the_adapter {
                    function.call(&mut *caller, ())
                } else {
                    call(&mut *caller, &function, ())
                };
            }
            let run = export::<i32>(caller, "run");
            if past_the_adapter { run.call(&mut *caller, 0) } else { call(&mut *caller, &run, 0) }
        }));
        match (result, self.below(2)) {
            (Err(panic), 0) => std::panic::resume_unwind(panic),
            (Ok(Err(error)), 0) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Plays the steps that took place on a stack of their own: every closing call must fit the innermost level.
fn assert_nested(steps: &[Step]) {
    let mut open = Vec::new();
    for step in steps {
        assert_ne!(step.hresult, HOST_E_NOT_OWNER, "{step:?} with {open:?} open");
        if step.hresult != S_OK {
            continue;
        }
        match step.transition {
            Leave | ReverseEnter => open.push(step.transition),
            Enter => assert_eq!(open.pop(), Some(Leave)),
            ReverseLeave => assert_eq!(open.pop(), Some(ReverseEnter)),
        }
    }
    assert_eq!(open, [], "still open at the end");
}

#[test]
fn books_balance_whatever_host_functions_do() {
    for announce in [Announce::Defined, Announce::Everything] {
        for seed in 0..150 {
            // Shown if the test fails.
            println!("{announce:?}, seed {seed}");
            let manager = manager(Config::DEFAULT);
            let (host, steps) = recording(manager, announce);
            let chaos = Arc::new(Chaos { manager, state: AtomicU64::new(seed), left: AtomicU64::new(0) });
            let act_out = Arc::clone(&chaos);
            let mut guest =
                Guest::new(Some(host), vec![act(move |caller| act_out.act(caller)), act(|_| Ok(()))]);
            for _ in 0..8 {
                chaos.left.store(40, Ordering::Relaxed);
                if chaos.below(2) == 0 {
                    chaos.set_available(true);
                }
                let _ = catch_unwind(AssertUnwindSafe(|| guest.run(0)));
                assert!(manager.core().totals().is_balanced(), "{:?}", manager.core().totals());
            }
            chaos.set_available(true);
            // The first call may still find an abort that nothing was left to take.
            assert!((0..2).any(|_| guest.run(1).is_ok()), "the guest can be called again");
            assert_eq!(only_task(manager).depth, 0);
            assert_closed(manager);
            assert_nested(&steps.take());
        }
    }
}
