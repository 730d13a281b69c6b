//! One manager and the tasks it has.

use tollgate_core::{Config, Manager, OwnedTask, Side, TaskInfo};

use super::MOST_TASKS;
use super::created::Created;
use crate::books::{GateBooks, TaskBooks};

/// One manager and the tasks it has.
pub(super) struct Site {
    pub(super) manager: &'static Manager,
    pub(super) config: Config,
    pub(super) gate: GateBooks,
    /// The task of the thread that runs the operations.
    pub(super) own: Option<TaskBooks>,
    pub(super) tasks: Vec<(u64, OwnedTask<'static>, TaskBooks)>,
    pub(super) created: Vec<Created>,
    /// The four counters of tasks that have ended.
    pub(super) counts: [u64; 4],
}

impl Site {
    pub(super) fn live(&self) -> usize {
        self.tasks.len() + self.created.len() + usize::from(self.own.is_some())
    }

    pub(super) fn is_full(&self) -> bool {
        self.config.max_tasks != 0 && self.live() >= self.config.max_tasks as usize
    }

    pub(super) fn is_anyone_inside(&self) -> bool {
        let inside = |books: &TaskBooks| books.side() == Side::Inside;
        self.tasks.iter().any(|(_, _, books)| inside(books)) || self.own.as_ref().is_some_and(inside)
    }

    pub(super) fn is_own_inside(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.side() == Side::Inside)
    }

    /// Counts the transitions of a task that has ended.
    pub(super) fn add(&mut self, books: &TaskBooks) {
        for (sum, count) in self.counts.iter_mut().zip(books.counts()) {
            *sum += count;
        }
    }

    /// Looks at the manager's tasks: they are those in the books.
    pub(super) fn look(&self) {
        let mut entries = [TaskInfo::EMPTY; MOST_TASKS + 1];
        let count = self.manager.snapshot(&mut entries);
        assert_eq!(count, self.live(), "live tasks");
        let mut own_seen = false;
        for entry in &entries[..count] {
            let attached = self.tasks.iter().find(|(id, _, _)| *id == entry.id).map(|(_, _, books)| books);
            if let Some(books) = attached {
                books.check(entry);
            } else if self.created.iter().any(|created| created.task.id() == entry.id) {
                TaskBooks::default().check(entry);
            } else {
                assert!(!own_seen, "a task that nobody made: {entry:?}");
                own_seen = true;
                let own = self.own.as_ref().expect("a task of this thread");
                own.check(entry);
                assert_eq!(entry.affinity, own.affinity);
            }
        }
        assert!(self.manager.totals().is_balanced());
        assert_eq!(self.manager.tasks_held(), 0);
    }
}

/// What is left of a site at the end.
pub(super) struct End {
    pub(super) counts: [u64; 4],
    pub(super) has_ended: bool,
}
