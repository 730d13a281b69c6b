//! Operations, one after the other, and the end of a trial.

use tollgate_core::{Error, Manager, Policy};

use super::site::{End, Site};
use super::{CONFIGS, Done};
use crate::books::GateBooks;
use crate::operation::Operation;

/// A run of operations on some managers.
pub(super) struct Trial {
    pub(super) sites: Vec<Site>,
    may_end: bool,
    pub(super) done: Done,
    /// The operation at hand, for messages.
    pub(super) number: usize,
}

impl Trial {
    pub(super) fn new(managers: &[&'static Manager], may_end: bool) -> Trial {
        let sites = managers.iter().zip(CONFIGS).map(|(manager, config)| Site {
            manager,
            config,
            gate: GateBooks::default(),
            own: None,
            tasks: Vec::new(),
            created: Vec::new(),
            counts: [0; 4],
        });
        Trial { sites: sites.collect(), may_end, done: Done::default(), number: 0 }
    }

    pub(super) fn site(&mut self, manager: u8) -> &mut Site {
        let count = self.sites.len();
        &mut self.sites[usize::from(manager) % count]
    }

    /// The site and place of a task, by a number modulo all there are.
    pub(super) fn place<T>(&self, number: u8, list: impl Fn(&Site) -> &Vec<T>) -> Option<(usize, usize)> {
        let all: Vec<(usize, usize)> = (0..self.sites.len())
            .flat_map(|site| (0..list(&self.sites[site]).len()).map(move |place| (site, place)))
            .collect();
        (!all.is_empty()).then(|| all[usize::from(number) % all.len()])
    }

    pub(super) fn agree<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        found: Result<T, Error>,
        right: Result<T, Error>,
    ) {
        assert_eq!(found, right, "operation {}: {what}", self.number);
        self.done.refusals += u64::from(found.is_err());
    }

    pub(super) fn perform(&mut self, operation: Operation) {
        self.done.operations += 1;
        match operation {
            Operation::Attach { manager, base } => self.attach(manager, base),
            Operation::Detach { task } => self.detach(task),
            Operation::Transition { task, call, times } => {
                if let Some((site, place)) = self.place(task, |site| &site.tasks) {
                    self.transitions(site, place, call, times);
                }
            }
            Operation::OwnTransition { manager, call } => self.own_transition(manager, call),
            Operation::Affinity { manager, begin } => self.affinity(manager, begin),
            Operation::Pause { manager } => self.pause(manager),
            Operation::Resume { manager } => self.resume(manager),
            Operation::SetAvailable { manager, available } => self.set_available(manager, available),
            Operation::Fail { manager } if self.may_end => self.fail(manager),
            Operation::Shutdown { manager } if self.may_end => self.shutdown(manager),
            Operation::Fail { manager }
            | Operation::Shutdown { manager }
            | Operation::Snapshot { manager } => self.site(manager).look(),
            Operation::Create { manager } => self.create(manager),
            Operation::Alert { created } => self.alert(created),
            Operation::StartAndJoin { created } => self.start_and_join(created),
            Operation::Release { created } => {
                if let Some((site, place)) = self.place(created, |site| &site.created) {
                    self.release(site, place);
                }
            }
        }
    }

    /// Ends every task and opens every gate.
    pub(super) fn end(mut self) -> (Done, Vec<End>) {
        for site in 0..self.sites.len() {
            self.sites[site].look();
            while !self.sites[site].created.is_empty() {
                self.release(site, 0);
            }
        }
        let done = self.done;
        let ends = self.sites.into_iter().map(|mut site| {
            while site.gate.pauses > 0 {
                assert_eq!(site.manager.resume(), Ok(0));
                site.gate.pauses -= 1;
            }
            if site.config.policy == Policy::Govern {
                assert_eq!(site.manager.set_available(true), Ok(()));
            }
            for (_, task, books) in core::mem::take(&mut site.tasks) {
                drop(task);
                site.add(&books);
            }
            if let Some(own) = site.own.take() {
                site.add(&own);
            }
            End { counts: site.counts, has_ended: site.gate.has_ended() }
        });
        (done, ends.collect())
    }
}
