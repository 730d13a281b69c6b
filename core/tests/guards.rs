//! Guards: levels close when blocks end, however they end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tollgate_core::{Config, Error, Manager, Side, TaskHandle};

fn on_task(config: &Config, test: impl FnOnce(&'static Manager, &TaskHandle<'_>)) {
    let manager = Manager::create(config).unwrap();
    manager.with_task(|task| test(manager, task)).unwrap();
    assert!(manager.totals().is_balanced());
}

#[test]
fn nested_guards_are_the_documented_sequence() {
    on_task(&Config::DEFAULT, |manager, task| {
        let mut depths = Vec::new();
        {
            let _a = task.outside(0xA).unwrap();
            depths.push(task.depth());
            let _b = task.inside().unwrap();
            depths.push(task.depth());
            let c = task.outside(0xC).unwrap();
            depths.push(task.depth());
            assert_eq!(task.side(), Side::Outside);
            c.close().unwrap();
            depths.push(task.depth());
            assert_eq!(task.side(), Side::Inside);
        }
        assert_eq!(depths, [1, 2, 3, 2]);
        assert_eq!((task.depth(), task.side()), (0, Side::Inside));
        let totals = manager.totals();
        assert_eq!(
            [totals.leaves, totals.enters, totals.reverse_enters, totals.reverse_leaves],
            [2, 2, 1, 1]
        );
        assert_eq!(totals.irregularities, 0);
    });
}

#[test]
fn panic_in_native_code_closes_its_levels() {
    on_task(&Config::DEFAULT, |manager, task| {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _outside = task.outside(0xA).unwrap();
            let _inside = task.inside().unwrap();
            panic!("in managed code");
        }));
        assert!(result.is_err());
        assert_eq!((task.depth(), manager.totals().irregularities), (0, 0));
    });
}

#[test]
fn refused_opening_opens_nothing() {
    on_task(&Config { start_unavailable: true, ..Config::DEFAULT }, |_, task| {
        assert_eq!(task.inside().err(), Some(Error::Unavailable));
        assert_eq!(task.depth(), 0);
    });
}

#[test]
fn refused_closing_leaves_the_level_to_the_caller() {
    on_task(&Config::DEFAULT, |manager, task| {
        let outside = task.outside(0xA).unwrap();
        manager.set_available(false).unwrap();
        assert_eq!(outside.close(), Err(Error::Unavailable));
        assert_eq!((task.depth(), task.side()), (1, Side::Outside));
        manager.set_available(true).unwrap();
        task.enter().unwrap();
        assert_eq!(task.depth(), 0);
    });
}

#[test]
fn end_of_a_block_waits_for_a_gate_with_a_time_limit() {
    on_task(&Config { gate_timeout_ms: 1, ..Config::DEFAULT }, |manager, task| {
        let outside = task.outside(0xA).unwrap();
        let pause = manager.pause(u32::MAX).unwrap();
        assert_eq!(task.enter(), Err(Error::Timeout));
        std::thread::scope(|scope| {
            // The drop below has been refused at least once by the time this opens the gate, or it finds it open.
            scope.spawn(move || drop(pause));
            drop(outside);
        });
        assert_eq!((task.depth(), task.side()), (0, Side::Inside));
    });
}
