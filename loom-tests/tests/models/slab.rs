//! The slab by itself: a record has one owner.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom_tests::{Bound::*, broken, holds, spawn};
use tollgate_core::model::{Fault, ModelSlab};

/// A slab, and who has which record.
struct Shared {
    slab: ModelSlab,
    owned: [AtomicBool; 3],
}

impl Shared {
    fn new() -> Arc<Shared> {
        Arc::new(Shared { slab: ModelSlab::new(), owned: std::array::from_fn(|_| AtomicBool::new(false)) })
    }

    fn take(&self) -> u32 {
        let index = self.slab.take().expect("there are three records, and each thread holds two at most");
        let was = self.owned[index as usize].swap(true, Ordering::AcqRel);
        assert!(!was, "one record, two owners");
        index
    }

    fn give(&self, index: u32) {
        self.owned[index as usize].store(false, Ordering::Release);
        self.slab.give(index);
    }
}

/// Two free records; one thread takes one while another takes both and gives the first back: the head of the list is the
/// same again, what it leads to is not.
fn same_head_again() {
    let shared = Shared::new();
    let other = shared.clone();
    let (first, second) = (shared.take(), shared.take());
    shared.give(second);
    shared.give(first);
    let takes = spawn(move || {
        other.take();
    });
    let one = shared.take();
    let _two = shared.take();
    shared.give(one);
    takes.join().unwrap();
    shared.take();
}

#[test]
fn a_record_that_comes_back_meanwhile_has_one_owner() {
    holds(Exhaustive, same_head_again);
}

#[test]
fn broken_free_list_without_a_tag() {
    broken(Exhaustive, Fault::NoTag, "one record, two owners", same_head_again);
}

/// Two threads need the same new chunk.
fn same_chunk() {
    let shared = Shared::new();
    let other = shared.clone();
    shared.take();
    let takes = spawn(move || {
        let index = other.take();
        (index, other.slab.address(index))
    });
    let index = shared.take();
    let address = shared.slab.address(index);
    let (others, others_address) = takes.join().unwrap();
    assert_ne!(index, others);
    assert_eq!(shared.slab.address(index), address, "a record has moved");
    assert_eq!(shared.slab.address(others), others_address, "a record has moved");
}

#[test]
fn two_threads_that_grow_the_slab_get_one_chunk() {
    holds(Exhaustive, same_chunk);
}

#[test]
fn broken_chunk_that_takes_another_s_place() {
    broken(Exhaustive, Fault::ChunkOverwritten, "a record has moved", same_chunk);
}

/// Whoever sees how many records there are finds each of them: the number comes with its chunk.
fn number() {
    let shared = Shared::new();
    let other = shared.clone();
    shared.take();
    let is_taken = Arc::new(AtomicBool::new(false));
    let taken = is_taken.clone();
    let takes = spawn(move || {
        // The first of another chunk.
        other.take();
        // Relaxed: says when to look, and nothing else.
        taken.store(true, Ordering::Relaxed);
    });
    if is_taken.load(Ordering::Relaxed) {
        let high = shared.slab.high();
        assert!((0..high).all(|index| shared.slab.address(index).is_some()), "a number without its record");
    }
    takes.join().unwrap();
}

#[test]
fn whoever_sees_the_number_of_records_finds_them() {
    holds(Exhaustive, number);
}

#[test]
fn broken_number_that_comes_without_its_chunk() {
    broken(Exhaustive, Fault::RelaxedNumber, "a number without its record", number);
}
