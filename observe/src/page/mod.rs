//! The page of another process: found, checked, mapped read-only, and read by the snapshot protocol.
//!
//! docs/PAGE.md is the contract. Nothing in a page is trusted; its numbers are checked by
//! [`PageView`], its file here.

mod find;
mod map;
mod process;

pub use find::{Found, Hosts, find, pages_of};
pub use map::Mapping;
pub use process::Process;

use std::collections::HashMap;

use tollgate_core::Policy;
use tollgate_core::page::{PageView, Text};
use tollgate_core::trace::TraceRecord;

use crate::error::{Error, Result};
use crate::look::{GateLook, Look, now_ns};
use crate::names::clean;

/// The page of one manager.
pub struct Page {
    mapping: Mapping,
    number: u32,
    others: Vec<u32>,
}

impl Page {
    /// Opens the page of `manager` in `process`, or of its first manager.
    ///
    /// **Errors:** `NoPage`, with what was found instead.
    pub fn open(process: &Process, manager: Option<u32>) -> Result<Page> {
        let pid = process.pid();
        let numbers: Vec<u32> = pages_of(pid)?.into_iter().map(|page| page.number).collect();
        let list = || numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let number = match (manager, numbers.first()) {
            (_, None) => {
                return Err(Error::no_page(format!(
                    "process {pid} ({}) has no Tollgate page: its manager must be created with the flag TOLLGATE_PAGE",
                    process.command()
                )));
            }
            (Some(wanted), _) if !numbers.contains(&wanted) => {
                return Err(Error::no_page(format!(
                    "process {pid} has no page of manager {wanted}; it has those of {}",
                    list()
                )));
            }
            (Some(wanted), _) => wanted,
            (None, Some(first)) => *first,
        };
        let others = numbers.iter().copied().filter(|other| *other != number).collect();
        let found = pages_of(pid)?.into_iter().find(|page| page.number == number);
        let path =
            found.ok_or_else(|| Error::no_page(format!("process {pid} has just closed its page")))?.path;
        let mapping = Mapping::open(&path)?;
        let page = Page { mapping, number, others };
        let own = process.own_pid();
        if page.view().pid() != own {
            return Err(Error::no_page(format!(
                "the page that process {pid} has open is that of process {}: a child that inherited it is not watched \
                 through it",
                page.view().pid()
            )));
        }
        Ok(page)
    }

    /// The page's contents.
    pub fn view(&self) -> PageView<'_> {
        self.mapping.view()
    }

    /// The number of the manager in its process.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The numbers of the process's other managers that have pages.
    pub fn others(&self) -> &[u32] {
        &self.others
    }

    /// The manager's policy, as a word.
    pub fn policy(&self) -> &'static str {
        match self.view().policy() {
            Policy::Govern => "govern",
            Policy::Observe => "observe",
        }
    }

    /// Looks at all tasks; `named` hears of those to which the host gave a name.
    ///
    /// **Progress:** wait-free on the host's side and here; the host does not notice.
    pub fn look(&self, mut named: impl FnMut(u64, String)) -> Look {
        let view = self.view();
        let mut look = Look::empty(now_ns());
        view.for_each_task(|task, name: &Text| {
            look.add(task);
            if !name.is_empty() {
                named(task.id, clean(name.as_str()));
            }
        });
        look.totals = view.totals();
        look.pause_durations = view.pause_durations();
        let gate = view.gate();
        look.gate = GateLook {
            pauses: gate.pauses,
            held: gate.held,
            refuses: gate.shut_down || gate.failed || gate.unavailable,
        };
        look
    }

    /// Places from which to read the rings, behind everything that is in them now, and the task last met in each.
    pub fn ring_ends(&self) -> (Vec<u64>, HashMap<u32, u64>) {
        let (mut cursors, mut tasks) = (Vec::new(), HashMap::new());
        self.read_rings(
            &mut cursors,
            |ring, record| {
                tasks.insert(ring, record.task);
            },
            |_, _| {},
        );
        (cursors, tasks)
    }

    /// Hands every record since `cursors` to `take`, with the number of its ring, and each loss to `lost`.
    ///
    /// A writer that is faster than the reader is left after as many records as a ring holds.
    pub fn read_rings(
        &self,
        cursors: &mut Vec<u64>,
        mut take: impl FnMut(u32, &TraceRecord),
        mut lost: impl FnMut(u32, u64),
    ) {
        let view = self.view();
        cursors.resize((view.rings() as usize).max(cursors.len()), 0);
        for (ring, cursor) in (0u32..).zip(cursors.iter_mut()) {
            let overwritten = view.read_ring(ring, cursor, |record| take(ring, record));
            if overwritten != 0 {
                lost(ring, overwritten);
            }
        }
    }
}
