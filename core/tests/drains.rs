//! Drains that take less than there is.

use std::collections::BTreeSet;

use tollgate_core::{Config, Manager, Side};

/// Whoever has room for one record at a time meets all rings in turn, however full the first of them is.
#[test]
fn a_drain_begins_where_the_last_one_had_enough() {
    let config = Config { trace: true, trace_records: 16, ..Config::DEFAULT };
    let manager = Manager::create(&config).expect("memory");
    let mut tasks = [(); 2].map(|()| manager.attach_task(Some(Side::Inside)).expect("memory"));
    for task in &mut tasks {
        (1..10).for_each(|target| task.leave(target).expect("a level"));
    }
    let mut met = BTreeSet::new();
    for _ in 0..3 {
        let mut has_room = true;
        let drained = manager.trace_drain(|record| {
            if has_room {
                met.insert(record.task);
            }
            std::mem::take(&mut has_room)
        });
        assert_eq!(drained.map(|drained| (drained.records, drained.is_full)), Ok((1, true)));
    }
    // The manager's own events are of no task.
    assert_eq!(met, BTreeSet::from([0, 1, 2]));
}
