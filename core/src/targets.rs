//! A read-only set of addresses, looked up on every call out of a runtime.
//!
//! The addresses stand sorted behind their number, in pages of their own that are never freed: a lookup is one load and a
//! binary search, whatever happens to the set meanwhile.

use core::ptr::NonNull;

use crate::error::Error;
use crate::sync::{AtomicPtr, Ordering};
use crate::sys;

/// A set that is replaced as a whole; empty at first.
pub struct TargetSet {
    /// Leads to the number of targets and, behind it, the targets; null for none.
    block: AtomicPtr<usize>,
}

impl TargetSet {
    /// The empty set.
    pub const fn new() -> TargetSet {
        TargetSet { block: AtomicPtr::new(core::ptr::null_mut()) }
    }

    /// True if `target` is in the set.
    ///
    /// **Thread:** any. **Progress:** wait-free: at most one comparison for each binary digit of the set's size.
    #[inline]
    pub fn contains(&self, target: usize) -> bool {
        // Ordering: Acquire pairs with the Release in `replace`: whoever finds the block sees it whole.
        let block = self.block.load(Ordering::Acquire);
        // SAFETY: null, or a block that `replace` filled, which is never written or freed afterwards.
        let Some(count) = (unsafe { block.as_ref() }) else { return false };
        // SAFETY: as above; the targets follow their number.
        let first = unsafe { block.add(1) };
        // SAFETY: as above.
        let targets = unsafe { core::slice::from_raw_parts(first, *count) };
        targets.binary_search(&target).is_ok()
    }

    /// Puts `targets`, in any order, in the place of the former set, which stays in memory: somebody may be searching it.
    ///
    /// **Thread:** any. **Progress:** a system call, and a sort in place. **Errors:** `OutOfMemory`; the former set stands.
    pub fn replace(&self, targets: &[usize]) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let mut block = core::ptr::null_mut();
        if !targets.is_empty() {
            let words = targets.len().checked_add(1).and_then(|words| words.checked_mul(size_of::<usize>()));
            let pages: NonNull<usize> = words.and_then(sys::pages).ok_or(Error::OutOfMemory)?.cast();
            block = pages.as_ptr();
            // SAFETY: the first word of fresh pages.
            unsafe { block.write(targets.len()) };
            // SAFETY: the pages have room for the number and the targets.
            let first = unsafe { block.add(1) };
            // SAFETY: as above; fresh and zeroed, and referred to by nobody else.
            let sorted = unsafe { core::slice::from_raw_parts_mut(first, targets.len()) };
            sorted.copy_from_slice(targets);
            sort(sorted);
        }
        self.block.store(block, Ordering::Release);
        Ok(())
    }
}

impl Default for TargetSet {
    fn default() -> TargetSet {
        TargetSet::new()
    }
}

/// Heap sort: the one of the standard library can panic, and brings along what panics need.
fn sort(values: &mut [usize]) {
    for root in (0..values.len() / 2).rev() {
        sift_down(values, root);
    }
    let mut heap = values;
    while let [first, .., last] = heap {
        core::mem::swap(first, last);
        let Some((_, rest)) = heap.split_last_mut() else { return };
        heap = rest;
        sift_down(heap, 0);
    }
}

/// Moves the value at `root` down until no child is larger.
fn sift_down(heap: &mut [usize], mut root: usize) {
    loop {
        let left = 2 * root + 1;
        let Some(&left_value) = heap.get(left) else { return };
        let (child, larger) = match heap.get(left + 1) {
            Some(&right_value) if right_value > left_value => (left + 1, right_value),
            _ => (left, left_value),
        };
        match heap.get_mut(root) {
            Some(value) if *value < larger => {
                let sinking = core::mem::replace(value, larger);
                if let Some(place) = heap.get_mut(child) {
                    *place = sinking;
                }
            }
            _ => return,
        }
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_member_is_found_and_nothing_else() {
        let set = TargetSet::new();
        assert!(!set.contains(0) && !set.contains(7));
        // All sizes around powers of two, in an order that is neither sorted nor reversed, duplicates included.
        for size in (0..70).chain([1000, 4096, 5000]) {
            let members: Vec<usize> = (0..size).map(|i| (i * 7919 % 5003) * 2 + 1).chain([1]).collect();
            set.replace(&members).unwrap();
            assert!(members.iter().all(|m| set.contains(*m)), "size {size}");
            assert!((0..11_000).filter(|m| set.contains(*m)).all(|m| members.contains(&m)), "size {size}");
        }
        set.replace(&[usize::MAX, 0]).unwrap();
        assert!(set.contains(0) && set.contains(usize::MAX) && !set.contains(1));
        set.replace(&[]).unwrap();
        assert!(!set.contains(0));
    }

    #[test]
    fn sort_agrees_with_the_standard_library() {
        let mut state = 0x9e37_79b9_u64;
        for size in 0..200 {
            let mut values: Vec<usize> = (0..size)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 58) as usize
                })
                .collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            sort(&mut values);
            assert_eq!(values, expected);
        }
    }
}
