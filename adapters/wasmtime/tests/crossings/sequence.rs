//! The documented sequence, and what the manager sees at each point of it.

use tollgate_core::Config;
use tollgate_wasmtime::Announce;

use crate::common::*;

#[test]
fn nested_sequence_is_as_documented() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let depths = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = depths.clone();
    let look = act(move |_| {
        let task = only_task(manager);
        seen.lock().expect("depths").push((task.depth, task.side, task.directions));
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![then_run(1), look]);

    guest.run(0).expect("the call");

    let steps = steps.take();
    assert!(steps.iter().all(|step| step.hresult == 0 && !step.repair), "{steps:?}");
    let transitions: Vec<_> = steps.iter().map(|step| step.transition).collect();
    assert_eq!(
        transitions,
        [ReverseEnter, Leave, ReverseEnter, Leave, Enter, ReverseLeave, Enter, ReverseLeave]
    );
    assert!(steps.iter().filter(|step| step.transition == Leave).all(|step| name_of(step) == "host.act"));
    // In the innermost host function: inside, outside, inside, outside.
    assert_eq!(*depths.lock().expect("depths"), [(4, 0, 0b1_1010)]);
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn depth_after_each_call_goes_up_to_four_and_back() {
    let manager = manager(Config::DEFAULT);
    let depths = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = depths.clone();
    let observer = Box::new(move |_: &tollgate_wasmtime::Step| {
        seen.lock().expect("depths").push(only_task(manager).depth);
    });
    let host = tollgate_wasmtime::Host::with(
        manager,
        tollgate_wasmtime::Options { observer: Some(observer), ..Default::default() },
    );
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    guest.run(0).expect("the call");
    // The six calls of the documented sequence, inside the host's own call into the guest.
    assert_eq!(*depths.lock().expect("depths"), [1, 2, 3, 4, 3, 2, 1, 0]);
}

#[test]
fn a_store_without_a_host_reports_nothing() {
    let manager = manager(Config::DEFAULT);
    let mut guest = Guest::new(None, vec![then_run(1), act(|_| Ok(()))]);
    guest.run(0).expect("the call");
    let totals = manager.core().totals();
    assert_eq!((totals.tasks_attached, totals.leaves, totals.reverse_enters), (0, 0, 0));
}
