//! Objects of others, kept by number.

use crate::error::Error;
use crate::slab::{Record, Slab};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys;
use crate::task::RuntimeHalf;

/// One object and its number.
pub(crate) struct Entry {
    /// The number + 1; 0 while the entry is nobody's.
    key: AtomicU64,
    object: RuntimeHalf,
    index: AtomicU32,
    next_free: AtomicU32,
}

// SAFETY: zeroes are an entry without key and object.
unsafe impl Record for Entry {
    fn index(&self) -> &AtomicU32 {
        &self.index
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

/// At most one object for each number; entries are never given back, objects are.
pub struct Kept {
    entries: Slab<Entry>,
}

impl Kept {
    /// None yet.
    pub const fn new() -> Kept {
        Kept { entries: Slab::new() }
    }

    /// Keeps `object`, null for none, under `number`; answers the former one, once nobody uses it any more.
    ///
    /// **Thread:** any that does not use the former object. **Progress:** waits for uses of the former object; a system
    /// call when room is made. **Errors:** `OutOfMemory`; the former object stays.
    pub fn put(&self, number: u32, object: *mut ()) -> Result<*mut (), Error> {
        let _errno = sys::PreserveErrno::new();
        Ok(self.claim(number)?.object.replace(object))
    }

    /// Calls `use_it` with the object under `number`, if there is one; it stays until `use_it` returns.
    ///
    /// **Thread:** any. **Progress:** linear in the number of entries, but for `use_it`.
    pub fn with<R>(&self, number: u32, use_it: impl FnOnce(*mut ()) -> R) -> Option<R> {
        let key = key_of(number);
        let entry = self.entries.iter().find(|entry| entry.key.load(Ordering::Acquire) == key)?;
        entry.object.with(use_it)
    }

    /// The entry of `number`: the first that has the key or takes it.
    ///
    /// Everybody goes through the entries in the same order, so two callers with the same number meet in one entry.
    fn claim(&self, number: u32) -> Result<&Entry, Error> {
        let key = key_of(number);
        let mut index = 0;
        loop {
            while index >= self.entries.high() {
                // Whoever makes room, the entry is for whoever claims it.
                self.entries.take(u32::MAX).ok_or(Error::OutOfMemory)?;
            }
            if let Some(entry) = self.entries.get(index) {
                match entry.key.compare_exchange(0, key, Ordering::AcqRel, Ordering::Acquire) {
                    Err(theirs) if theirs != key => {}
                    _ => return Ok(entry),
                }
            }
            index += 1;
        }
    }
}

impl Default for Kept {
    fn default() -> Kept {
        Kept::new()
    }
}

fn key_of(number: u32) -> u64 {
    u64::from(number) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn one_object_a_number_beyond_the_first_chunk() {
        let kept = Kept::new();
        let objects: Vec<u8> = (0..200).collect();
        let object = |i: usize| (&raw const objects[i]).cast_mut().cast::<()>();
        for i in 0..200 {
            assert!(kept.put(i as u32 * 3, object(i)).unwrap().is_null());
        }
        for i in 0..200 {
            assert_eq!(kept.with(i as u32 * 3, |o| o), Some(object(i)));
            assert_eq!(kept.with(i as u32 * 3 + 1, |o| o), None);
        }
        assert_eq!(kept.put(6, core::ptr::null_mut()).unwrap(), object(2));
        assert_eq!(kept.with(6, |o| o), None);
        assert_eq!(kept.put(u32::MAX, object(0)).unwrap(), core::ptr::null_mut());
        assert_eq!(kept.with(u32::MAX, |o| o), Some(object(0)));
    }

    #[test]
    fn threads_with_the_same_numbers_lose_no_object() {
        static KEPT: Kept = Kept::new();
        let objects: Vec<u8> = (0..8).collect();
        let returned = std::sync::Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for object in &objects {
                let returned = &returned;
                scope.spawn(move || {
                    for number in 0..100 {
                        let object = core::ptr::from_ref(object).cast_mut().cast();
                        let former = KEPT.put(number, object).unwrap();
                        returned.lock().unwrap().push(former as usize);
                    }
                });
            }
        });
        for number in 0..100 {
            returned.lock().unwrap().push(KEPT.put(number, core::ptr::null_mut()).unwrap() as usize);
        }
        let returned = returned.into_inner().unwrap();
        for object in &objects {
            let address = core::ptr::from_ref(object) as usize;
            assert_eq!(returned.iter().filter(|r| **r == address).count(), 100, "each put comes back once");
        }
    }
}
