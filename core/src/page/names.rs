//! Names for those who watch from another process.

use crate::error::Error;
use crate::manager::Manager;
use crate::page::text::{self, Text};
use crate::page::{NAME_TARGET, NAMES, Page, TASK_NAME_ID_BITS};
use crate::sync::{AtomicU32, Ordering};
use crate::sys;
use crate::thread;

/// Where an entry says which target it is about; the text follows.
const TARGET_WORD: usize = 8;

impl Manager {
    /// Names what a leave's target stands for; the last name of a target holds, and names longer than 112 bytes are cut.
    /// False without a page, where nobody could read it.
    ///
    /// **Thread:** any. **Progress:** lock-free, linear in the number of names. **Errors:** `OutOfMemory` after 4,096 names.
    pub fn name_target(&self, target: usize, name: &str) -> Result<bool, Error> {
        let Some(page) = self.page() else { return Ok(false) };
        let used = &page.figures().names_used;
        if page.has_name(target as u64, name, used.load(Ordering::Acquire)) {
            return Ok(true);
        }
        // Ordering: Relaxed; the number alone makes the entry the caller's.
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < NAMES).then_some(n + 1));
        let index = taken.map_err(|_| Error::OutOfMemory)? as usize;
        let extent = &page.layout.names;
        if let (Some([named, words @ ..]), Some(kind)) =
            (page.words(extent, index, TARGET_WORD), page.name_kind(index))
        {
            named.store(target as u64, Ordering::Relaxed);
            text::store(name, words);
            // Ordering: Release pairs with the reader's Acquire: the whole entry comes with its kind.
            kind.store(NAME_TARGET, Ordering::Release);
        }
        Ok(true)
    }

    /// Names the calling thread's task, which is made if it has none; names longer than 56 bytes are cut. False without a
    /// page, where nobody could read it.
    ///
    /// **Thread:** any. **Progress:** wait-free once attached. **Errors:** `OutOfMemory`; `Unavailable` on a thread past its
    /// end.
    pub fn name_task(&'static self, name: &str) -> Result<bool, Error> {
        let Some(page) = self.page() else { return Ok(false) };
        let _errno = sys::PreserveErrno::new();
        let cell = thread::cell_or_attach(self)?;
        let index = cell.index.load(Ordering::Relaxed) as usize;
        if let Some([named, words @ ..]) = page.words(&page.layout.task_names, index, 0) {
            // Counted, as a reader would otherwise find the same task before and after another name.
            let namings = (named.load(Ordering::Relaxed) >> TASK_NAME_ID_BITS).wrapping_add(1);
            let id = cell.id.load(Ordering::Relaxed) & ((1 << TASK_NAME_ID_BITS) - 1);
            // Nobody is named by 0: a reader that meets half a text finds no name.
            named.store(0, Ordering::Relaxed);
            text::store(name, words);
            // Ordering: Release pairs with the reader's first look: the whole text comes with it.
            named.store(namings << TASK_NAME_ID_BITS | id, Ordering::Release);
        }
        Ok(true)
    }
}

impl Page {
    fn name_kind(&self, index: usize) -> Option<&AtomicU32> {
        // SAFETY: the first four bytes of an entry.
        self.place(&self.layout.names, index).map(|entry| unsafe { entry.cast().as_ref() })
    }

    /// True if the last name of `target` among the first `used` is `name`.
    fn has_name(&self, target: u64, name: &str, used: u32) -> bool {
        let name = Text::of(name);
        let mut found = false;
        for index in 0..used.min(NAMES) as usize {
            // Ordering: Acquire pairs with the Release of whoever made the entry.
            let is_there =
                self.name_kind(index).is_some_and(|kind| kind.load(Ordering::Acquire) == NAME_TARGET);
            if let (true, Some([named, words @ ..])) =
                (is_there, self.words(&self.layout.names, index, TARGET_WORD))
            {
                if named.load(Ordering::Relaxed) == target {
                    found = Text::load(words) == name;
                }
            }
        }
        found
    }
}
