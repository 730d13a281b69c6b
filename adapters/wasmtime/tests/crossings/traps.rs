//! Traps in guests, errors in host functions: Wasmtime reports both halves, the levels are closed by their own calls.

use tollgate_core::Config;
use tollgate_wasmtime::{Announce, call};
use wasmtime::{Trap, bail};

use crate::common::*;

#[test]
fn trap_in_the_guest_closes_its_level() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), Vec::new());
    let error = guest.call("trap").expect_err("a trap");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn trap_passes_through_a_host_function() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let trap = act(|caller| {
        let trap = export::<()>(caller, "trap");
        call(caller, &trap, ())
    });
    let mut guest = Guest::new(Some(host), vec![then_run(1), trap]);
    guest.run(0).expect_err("a trap");
    assert_eq!(only_task(manager).depth, 0);
    let steps = steps.take();
    assert_eq!(steps.len(), 10);
    assert!(steps.iter().all(|step| step.hresult == 0 && !step.repair), "{steps:?}");
    assert_closed(manager);
}

#[test]
fn error_of_a_host_function_is_the_error_of_the_call() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![act(|_| bail!("no such file"))]);
    let error = guest.run(0).expect_err("an error");
    assert!(format!("{error:#}").contains("no such file"), "{error:#}");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn host_function_that_catches_a_trap_goes_on() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let catch = act(|caller| {
        let trap = export::<()>(caller, "trap");
        call(&mut *caller, &trap, ()).expect_err("a trap");
        let run = export::<i32>(caller, "run");
        call(caller, &run, 1)
    });
    let mut guest = Guest::new(Some(host), vec![catch, act(|_| Ok(()))]);
    guest.run(0).expect("the call");
    assert_eq!(
        steps.taken(),
        [
            ReverseEnter,
            Leave,
            ReverseEnter,
            ReverseLeave,
            ReverseEnter,
            Leave,
            Enter,
            ReverseLeave,
            Enter,
            ReverseLeave
        ]
    );
    assert_closed(manager);
}

#[test]
fn guest_out_of_stack_closes_its_levels() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let deeper = act(|caller| {
        let deeper = export::<()>(caller, "deeper");
        call(caller, &deeper, ())
    });
    let body = move || Guest::new(Some(host), vec![deeper]).run(0).expect_err("a trap");
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(body).expect("a thread");
    let error = thread.join().expect("no panic");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
    assert_eq!(steps.taken(), [ReverseEnter, Leave, ReverseEnter, ReverseLeave, Enter, ReverseLeave]);
    assert_closed(manager);
}
