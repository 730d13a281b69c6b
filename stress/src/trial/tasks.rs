//! Tasks without threads of their own, and the task of the thread that runs the operations.

use tollgate_core::{Call, Error, Policy, Side};

use super::MOST_TASKS;
use super::perform::Trial;
use super::site::Site;
use crate::books::TaskBooks;

impl Trial {
    pub(super) fn attach(&mut self, manager: u8, base: Option<Side>) {
        let site = self.site(manager);
        if site.live() >= MOST_TASKS {
            return;
        }
        let right = if site.is_full() {
            Err(Error::OutOfMemory)
        } else if base == Some(Side::Inside) {
            site.gate.admits(true)
        } else {
            Ok(())
        };
        let found = match site.manager.attach_task(base) {
            Ok(task) => {
                let id = site.manager.totals().tasks_attached;
                assert_eq!((task.depth(), task.side()), (0, base.unwrap_or(Side::Outside)));
                site.tasks.push((id, task, TaskBooks::with_base(base)));
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.agree("attach", found, right);
    }

    pub(super) fn detach(&mut self, number: u8) {
        if let Some((site, place)) = self.place(number, |site| &site.tasks) {
            let (_, task, books) = self.sites[site].tasks.swap_remove(place);
            drop(task);
            self.sites[site].add(&books);
        }
    }

    pub(super) fn transitions(&mut self, site: usize, place: usize, call: Call, times: u16) {
        for _ in 0..times {
            let Site { config, gate, tasks, .. } = &mut self.sites[site];
            let (_, task, books) = &mut tasks[place];
            let target = 0x1000 + self.done.transitions as usize;
            let found = match call {
                Call::Leave => task.leave(target),
                Call::Enter => task.enter(),
                Call::ReverseEnter => task.reverse_enter(),
                Call::ReverseLeave => task.reverse_leave(),
            };
            let right = books.call(config, gate, call, target);
            assert_eq!((task.depth() as usize, task.side()), (books.depth(), books.side()));
            self.agree("transition", found, right);
            self.done.transitions += 1;
            if found == Err(Error::Timeout) {
                break; // Each more costs a millisecond and shows the same.
            }
        }
    }

    pub(super) fn own_transition(&mut self, manager: u8, call: Call) {
        let target = 0x1000 + self.done.transitions as usize;
        let site = self.site(manager);
        let manager = site.manager;
        let found = match call {
            Call::Leave => manager.leave(target),
            Call::Enter => manager.enter(),
            Call::ReverseEnter => manager.reverse_enter(),
            Call::ReverseLeave => manager.reverse_leave(),
        };
        let right = if site.own.is_none() && site.is_full() {
            // Nobody to attribute it to.
            Err(Error::OutOfMemory)
        } else {
            site.own.get_or_insert_default().call(&site.config, &site.gate, call, target)
        };
        let observes = site.config.policy == Policy::Observe;
        self.agree("own transition", found, if observes { Ok(()) } else { right });
        self.done.transitions += 1;
    }

    pub(super) fn affinity(&mut self, manager: u8, begin: bool) {
        let site = self.site(manager);
        let found = if begin { site.manager.begin_affinity() } else { site.manager.end_affinity() };
        if site.own.is_none() && site.is_full() {
            return self.agree("affinity", found, Err(Error::OutOfMemory));
        }
        let books = site.own.get_or_insert_default();
        let right = if begin || books.affinity > 0 { Ok(()) } else { Err(Error::NotOwner) };
        match right {
            Ok(()) if begin => books.affinity += 1,
            Ok(()) => books.affinity -= 1,
            Err(_) => {}
        }
        self.agree("affinity", found, right);
    }
}
