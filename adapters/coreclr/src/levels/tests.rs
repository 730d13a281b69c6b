//! Streams with holes, as native code makes them, against a manager that insists on order.

use std::sync::OnceLock;

use super::*;

const OUT: bool = false;
const IN: bool = true;

/// A few functions, the same ones for every test.
fn function(index: usize) -> &'static Function {
    static FUNCTIONS: OnceLock<Vec<&'static Function>> = OnceLock::new();
    FUNCTIONS.get_or_init(|| (0..4).map(Function::for_test).collect())[index]
}

/// A manager that hears calls only in an order that makes sense, and may refuse to let tasks in.
#[derive(Default)]
struct Strict {
    open: Vec<bool>,
    refuses: bool,
    skipped: usize,
    unmatched: usize,
}

impl Strict {
    fn is_inside(&self) -> bool {
        self.open.last().copied().unwrap_or(true)
    }
}

impl Listener for Strict {
    fn open(&mut self, inside: bool, _function: &'static Function) -> bool {
        if inside && self.refuses && !self.is_inside() {
            return false;
        }
        self.open.push(inside);
        true
    }

    fn close(&mut self, inside: bool) -> bool {
        assert_eq!(self.open.last(), Some(&inside), "closed what is not innermost");
        if !inside && self.refuses {
            return false;
        }
        self.open.pop();
        true
    }

    fn skipped(&mut self, _level: &Level) {
        self.skipped += 1;
    }

    fn unmatched(&mut self, _function: &'static Function) {
        self.unmatched += 1;
    }
}

fn on_one_stack() -> Levels {
    Levels::new(0..usize::MAX)
}

#[test]
fn nested_calls_and_returns_pass_through() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    levels.call(IN, function(1), 900, &mut to);
    levels.call(OUT, function(2), 800, &mut to);
    assert_eq!(to.open, [OUT, IN, OUT]);
    assert!(levels.ret(OUT, function(2), 800, &mut to));
    assert!(levels.ret(IN, function(1), 900, &mut to));
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.skipped, to.unmatched), (0, 0, 0, 0));
}

#[test]
fn a_return_beyond_open_levels_closes_them() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    levels.call(IN, function(1), 900, &mut to);
    levels.call(OUT, function(2), 800, &mut to);
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.skipped), (0, 0, 2));
}

#[test]
fn a_call_from_where_a_level_was_closes_it() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    levels.call(IN, function(1), 900, &mut to);
    levels.call(OUT, function(2), 800, &mut to);
    // function(0) got control back by longjmp and calls in again, from the same depth.
    levels.call(IN, function(3), 900, &mut to);
    assert_eq!((to.open.as_slice(), to.skipped), ([OUT, IN].as_slice(), 2));
    // And a thread whose outermost call never returned calls out again.
    levels.call(OUT, function(2), 1000, &mut to);
    assert_eq!((to.open.as_slice(), to.skipped), ([OUT].as_slice(), 4));
}

#[test]
fn a_call_on_another_stack_proves_nothing() {
    // The thread's own stack ends at 2000; managed code runs on one above it, then on one below it.
    for other in [5000, 500] {
        let (mut levels, mut to) = (Levels::new(600..2000), Strict::default());
        levels.call(IN, function(1), 1000, &mut to);
        levels.call(OUT, function(0), 900, &mut to);
        levels.call(IN, function(1), other, &mut to);
        levels.call(OUT, function(2), other - 100, &mut to);
        assert_eq!((to.open.as_slice(), to.skipped), ([IN, OUT, IN, OUT].as_slice(), 0));
        assert!(levels.ret(OUT, function(2), other - 100, &mut to));
        assert!(levels.ret(IN, function(1), other, &mut to));
        assert!(levels.ret(OUT, function(0), 900, &mut to));
        assert!(levels.ret(IN, function(1), 1000, &mut to));
        assert_eq!((to.open.len(), levels.depth(), to.skipped, to.unmatched), (0, 0, 0, 0));
    }
}

#[test]
fn levels_of_another_stack_are_gone_with_the_one_below_them() {
    let (mut levels, mut to) = (Levels::new(600..2000), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    levels.call(IN, function(1), 5000, &mut to);
    levels.call(OUT, function(2), 4900, &mut to);
    levels.call(OUT, function(0), 1000, &mut to);
    assert_eq!((to.open.as_slice(), to.skipped), ([OUT].as_slice(), 3));
}

#[test]
fn a_call_in_may_be_told_from_above_the_call_out_it_is_made_in() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(IN, function(1), 2000, &mut to);
    levels.call(OUT, function(0), 1000, &mut to);
    for _ in 0..3 {
        levels.call(IN, function(1), 1010, &mut to);
        levels.call(OUT, function(2), 500, &mut to);
        assert!(levels.ret(OUT, function(2), 500, &mut to));
        assert!(levels.ret(IN, function(1), 1005, &mut to));
    }
    assert_eq!((to.open.as_slice(), to.skipped), ([IN, OUT].as_slice(), 0));
    // The second of these two tells that the first is gone.
    levels.call(IN, function(1), 1010, &mut to);
    levels.call(IN, function(1), 1010, &mut to);
    assert_eq!((to.open.as_slice(), to.skipped), ([IN, OUT, IN].as_slice(), 1));
    assert!(levels.ret(IN, function(1), 1005, &mut to));
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    assert!(levels.ret(IN, function(1), 2000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.skipped, to.unmatched), (0, 0, 1, 0));
}

#[test]
fn in_a_recursion_the_nearest_level_returns() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    for level in 0..10 {
        levels.call(OUT, function(0), 10_000 - 400 * level, &mut to);
        levels.call(IN, function(1), 10_000 - 400 * level - 200, &mut to);
    }
    // The fourth of ten gets control back and returns, from a little deeper than it was called.
    assert!(levels.ret(OUT, function(0), 10_000 - 400 * 3 - 40, &mut to));
    assert_eq!((levels.depth(), to.skipped), (6, 13));
}

#[test]
fn a_return_without_a_call_changes_nothing() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    assert!(!levels.ret(OUT, function(1), 1000, &mut to));
    assert!(!levels.ret(IN, function(0), 1000, &mut to));
    assert_eq!((levels.depth(), to.unmatched), (1, 2));
}

#[test]
fn a_refused_way_in_is_offered_again() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    to.refuses = true;
    // The runtime goes in although the manager said no; the manager goes on showing the first call.
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    levels.call(OUT, function(2), 1000, &mut to);
    assert!(levels.ret(OUT, function(2), 1000, &mut to));
    assert_eq!(to.open, [OUT]);
    to.refuses = false;
    levels.call(OUT, function(3), 1000, &mut to);
    assert_eq!(to.open, [OUT], "the level that was overdue is closed, the new one open");
    assert!(levels.ret(OUT, function(3), 1000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.unmatched, to.skipped), (0, 0, 0, 0));
}

#[test]
fn a_refused_way_in_is_offered_again_on_a_return() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(IN, function(1), 1000, &mut to);
    levels.call(OUT, function(0), 900, &mut to);
    to.refuses = true;
    assert!(levels.ret(OUT, function(0), 900, &mut to));
    assert_eq!(to.open, [IN, OUT]);
    to.refuses = false;
    assert!(levels.ret(IN, function(1), 1000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.unmatched, to.skipped), (0, 0, 0, 0));
}

#[test]
fn a_refused_call_in_is_not_closed_towards_the_manager() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    to.refuses = true;
    levels.call(IN, function(1), 900, &mut to);
    assert!(levels.ret(IN, function(1), 900, &mut to));
    to.refuses = false;
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    assert_eq!((to.open.len(), levels.depth(), to.unmatched), (0, 0, 0));
}

#[test]
fn a_manager_that_refuses_for_ever_hears_of_one_level_only() {
    let (mut levels, mut to) = (on_one_stack(), Strict::default());
    levels.call(OUT, function(0), 1000, &mut to);
    to.refuses = true;
    assert!(levels.ret(OUT, function(0), 1000, &mut to));
    for _ in 0..100 {
        levels.call(IN, function(1), 1000, &mut to);
        levels.call(OUT, function(0), 900, &mut to);
        levels.call(IN, function(1), 800, &mut to);
        assert!(levels.ret(IN, function(1), 800, &mut to));
        assert!(levels.ret(OUT, function(0), 900, &mut to));
        assert!(levels.ret(IN, function(1), 1000, &mut to));
        assert_eq!((levels.depth(), to.open.len(), to.unmatched), (1, 1, 0));
    }
}

/// One true frame: its direction, function and stack address.
type Frame = (bool, usize, usize);

#[test]
fn any_stream_with_holes_ends_in_order() {
    for seed in 1..400u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16) as usize % below
        };
        let (mut levels, mut to) = (on_one_stack(), Strict::default());
        // Calls in are told from another height of their frame than calls out, by the same for all.
        let above = random(600);
        let told = |frame: &Frame| frame.2 + if frame.0 { above } else { 0 };
        let mut frames: Vec<Frame> = Vec::new();
        for _ in 0..300 {
            let top = frames.last().map_or(1_000_000, |frame| frame.2);
            let inside = frames.last().is_some_and(|frame| !frame.0);
            match random(5) {
                0 | 1 => {
                    let frame = (inside, random(4), top - 300 - random(300));
                    frames.push(frame);
                    levels.call(frame.0, function(frame.1), told(&frame), &mut to);
                }
                2 | 3 => {
                    let Some(frame) = frames.pop() else { continue };
                    let stack = told(&frame) - random(60);
                    assert!(levels.ret(frame.0, function(frame.1), stack, &mut to), "seed {seed}");
                }
                // Control jumps to a native function further out, without a word.
                _ => {
                    let native: Vec<usize> = (0..frames.len()).filter(|&i| !frames[i].0).collect();
                    if !native.is_empty() {
                        frames.truncate(native[random(native.len())] + 1);
                    }
                }
            }
        }
        while let Some(frame) = frames.pop() {
            assert!(levels.ret(frame.0, function(frame.1), told(&frame), &mut to), "seed {seed}");
        }
        assert_eq!((levels.depth(), to.open.len(), to.unmatched), (0, 0, 0), "seed {seed}");
    }
}
