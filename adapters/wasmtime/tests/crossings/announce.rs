//! Which host calls are announced, and under which name.

use tollgate_core::Config;
use tollgate_wasmtime::{Announce, target_of};

use crate::common::*;

#[test]
fn library_calls_of_the_runtime_are_not_announced() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), Vec::new());
    guest.call("grow").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn everything_announces_library_calls_too() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Everything);
    let mut guest = Guest::new(Some(host), vec![act(|_| Ok(()))]);
    guest.call("grow").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    // A defined function is announced once, not twice; without its name, because the hook did not know it.
    guest.run(0).expect("the call");
    let steps = steps.take();
    assert_eq!(steps.iter().filter(|step| step.transition == Leave).count(), 1);
    assert_eq!(name_of(&steps[1]), "(host function without a name)");
    assert_closed(manager);
}

#[test]
fn function_without_a_name_stays_inside() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let look = act(move |_| {
        assert_eq!(only_task(manager).side, 1);
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![look]);
    guest.call("raw").expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn function_without_a_name_leaves_when_it_calls_in() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    guest.call("raw").expect("the call");
    let steps = steps.take();
    let transitions: Vec<_> = steps.iter().map(|step| step.transition).collect();
    assert_eq!(
        transitions,
        [ReverseEnter, Leave, ReverseEnter, Leave, Enter, ReverseLeave, Enter, ReverseLeave]
    );
    assert_eq!(name_of(&steps[1]), "(host function without a name)");
    assert_eq!(name_of(&steps[3]), "host.act");
    assert_closed(manager);
}

#[test]
fn exempt_function_is_not_announced() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
    guest.run(0).expect("the call");
    // The reverse pair is not for the host to exempt.
    assert_eq!(steps.taken(), [ReverseEnter, ReverseEnter, ReverseLeave, ReverseLeave]);

    manager.exempt().replace(&[]).expect("memory");
    guest.run(1).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_closed(manager);
}

#[test]
fn set_of_exempt_functions_may_change_during_a_call() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let (exempt, announced) = (
        act(move |_| {
            manager.exempt().replace(&[]).expect("memory");
            Ok(())
        }),
        act(move |_| {
            manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
            Ok(())
        }),
    );
    let mut guest = Guest::new(Some(host), vec![exempt, announced]);
    manager.exempt().replace(&[target_of("host", "act")]).expect("memory");
    guest.run(0).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, ReverseLeave]);
    guest.run(1).expect("the call");
    assert_eq!(steps.taken(), [ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_closed(manager);
}
