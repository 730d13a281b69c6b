//! Panics in host functions: Wasmtime reports neither the return from the host nor the one from the guest.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tollgate_core::Config;
use tollgate_wasmtime::{Announce, balanced, call};

use crate::common::*;

fn panicking() -> Action {
    act(|_| std::panic::panic_any("on purpose"))
}

fn caught(body: impl FnOnce()) {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("a panic");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
}

#[test]
fn panic_through_two_guests_is_repaired_on_the_way_out() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), panicking()]);
    caught(|| drop(guest.run(0)));
    assert_eq!(only_task(manager).depth, 0);
    let steps = steps.take();
    let repairs: Vec<_> = steps.iter().filter(|step| step.repair).map(|step| step.transition).collect();
    assert_eq!(repairs, [Enter, ReverseLeave, Enter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn host_function_that_catches_a_panic_goes_on() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let catch = act(|caller| {
        let run = export::<i32>(caller, "run");
        caught(|| drop(call(&mut *caller, &run, 1)));
        call(caller, &run, 2)
    });
    let mut guest = Guest::new(Some(host), vec![catch, panicking(), act(|_| Ok(()))]);
    guest.run(0).expect("the call");
    assert_eq!(steps.take().iter().filter(|step| step.repair).count(), 2);
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn balanced_repairs_what_it_did_not_call_itself() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![panicking()]);
    let run = guest.function::<i32, ()>("run");
    caught(|| balanced(|| drop(run.call(&mut guest.store, 0))));
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn unwrapped_call_is_repaired_by_the_frame_below_it() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    // The inner call goes past the adapter, and its panic is caught past the adapter too.
    let catch = act(|caller| {
        let run = export::<i32>(caller, "run");
        caught(|| drop(run.call(&mut *caller, 1)));
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![catch, panicking()]);
    guest.run(0).expect("the call");
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}
