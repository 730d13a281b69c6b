//! What a task carries beside its levels: affinity, delayed aborts, locales.

use crate::cell::Cell;
use crate::error::Error;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::thread;

/// Which of a task's two locales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// Of formats and of text.
    Format,
    /// Of the user interface.
    Interface,
}

impl Manager {
    /// Counts one more reason why the calling task must stay on its thread; tasks here always do.
    ///
    /// **Thread:** any. **Progress:** wait-free once attached. **Errors:** `OutOfMemory`; `Unavailable` past the end.
    pub fn begin_affinity(&'static self) -> Result<(), Error> {
        let cell = thread::cell_or_attach(self)?;
        cell.set_affinity(cell.affinity.load(Ordering::Relaxed).wrapping_add(1));
        Ok(())
    }

    /// Takes one [`begin_affinity`](Manager::begin_affinity) back. **Errors:** `NotOwner` when none is open.
    pub fn end_affinity(&'static self) -> Result<(), Error> {
        let cell = thread::cell_or_attach(self)?;
        let less = cell.affinity.load(Ordering::Relaxed).checked_sub(1).ok_or(Error::NotOwner)?;
        cell.set_affinity(less);
        Ok(())
    }

    /// Opens the section in which the calling task must not be aborted. **Errors:** `NotOwner` if one is open.
    pub fn begin_delay_abort(&'static self) -> Result<(), Error> {
        change_delay(thread::cell_or_attach(self)?, 0, 1)
    }

    /// Closes that section. **Errors:** `NotOwner` if none is open.
    pub fn end_delay_abort(&'static self) -> Result<(), Error> {
        change_delay(thread::cell_or_attach(self)?, 1, 0)
    }

    /// Remembers a locale of the calling task. **Errors:** `OutOfMemory`; `Unavailable` past the end.
    pub fn set_locale(&'static self, which: Locale, locale: u32) -> Result<(), Error> {
        of(thread::cell_or_attach(self)?, which).store(locale, Ordering::Relaxed);
        Ok(())
    }

    /// A locale of the calling task, 0 if none was set. **Errors:** as for [`set_locale`](Manager::set_locale).
    pub fn locale(&'static self, which: Locale) -> Result<u32, Error> {
        Ok(of(thread::cell_or_attach(self)?, which).load(Ordering::Relaxed))
    }

    /// Makes sure that the calling thread has a task, as any first call does; whether it can is for others to report.
    #[inline]
    pub fn meet_thread(&'static self) {
        if thread::is_new() {
            let _ = self.current_cell();
        }
    }
}

fn change_delay(cell: &Cell, from: u32, to: u32) -> Result<(), Error> {
    if cell.delay_abort.load(Ordering::Relaxed) != from {
        return Err(Error::NotOwner);
    }
    cell.delay_abort.store(to, Ordering::Relaxed);
    Ok(())
}

fn of(cell: &Cell, which: Locale) -> &crate::sync::AtomicU32 {
    match which {
        Locale::Format => &cell.locale,
        Locale::Interface => &cell.ui_locale,
    }
}

/// Offers the processor to another thread; false where the system says that none took it.
///
/// **Thread:** any. **Progress:** a system call, does not block.
pub fn yield_now() -> bool {
    let _errno = crate::sys::PreserveErrno::new();
    crate::sys::yield_now()
}

/// Ends the process at once.
pub fn abort_process() -> ! {
    crate::sys::abort()
}
