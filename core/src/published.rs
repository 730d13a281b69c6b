//! A value that is replaced as a whole and read without waiting.

use crate::error::Error;
use crate::memory::immortal;
use crate::sync::{AtomicPtr, Ordering};

/// Nothing at first, then the value last published.
///
/// A replaced value stays in memory, as somebody may still be reading it: for what changes seldom.
pub struct Published<T: Send + Sync + 'static>(AtomicPtr<T>);

impl<T: Send + Sync + 'static> Published<T> {
    /// Nothing yet.
    pub const fn new() -> Published<T> {
        Published(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// Puts `value` in the place of the one before.
    ///
    /// **Thread:** any. **Progress:** a system call. **Errors:** `OutOfMemory`; the former value stands then.
    pub fn publish(&self, value: T) -> Result<(), Error> {
        let value = immortal(value)?;
        // Ordering: Release pairs with the Acquire in `read`: whoever finds the value sees it whole.
        self.0.store(core::ptr::from_ref(value).cast_mut(), Ordering::Release);
        Ok(())
    }

    /// The value last published.
    ///
    /// **Thread:** any. **Progress:** wait-free.
    #[inline]
    pub fn read(&self) -> Option<&'static T> {
        // SAFETY: null, or an immortal value.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }
}

impl<T: Send + Sync + 'static> Default for Published<T> {
    fn default() -> Published<T> {
        Published::new()
    }
}
