//! The gate: pauses, availability, and the ends of managers.

use tollgate_core::{Error, PauseReport, Policy};

use super::perform::Trial;

impl Trial {
    pub(super) fn pause(&mut self, manager: u8) {
        let site = self.site(manager);
        let right = if site.config.policy == Policy::Observe {
            Err(Error::InvalidOperation)
        } else if site.is_own_inside() {
            Err(Error::Deadlock)
        } else if site.gate.has_ended() {
            Err(Error::Unavailable)
        } else if site.gate.pauses == 255 {
            Err(Error::InvalidOperation)
        } else if site.is_anyone_inside() {
            Err(Error::Timeout)
        } else {
            site.gate.pauses += 1;
            Ok(())
        };
        let mut report = PauseReport::default();
        let found = site.manager.pause_into(0, &mut report);
        assert_eq!(!report.named_laggards().is_empty(), found == Err(Error::Timeout), "{report:?}");
        self.agree("pause", found, right);
    }

    pub(super) fn resume(&mut self, manager: u8) {
        let site = self.site(manager);
        let right = if site.gate.pauses == 0 { Err(Error::NotOwner) } else { Ok(0) };
        site.gate.pauses = site.gate.pauses.saturating_sub(1);
        let found = site.manager.resume();
        self.agree("resume", found, right);
    }

    pub(super) fn set_available(&mut self, manager: u8, available: bool) {
        let site = self.site(manager);
        let governs = site.config.policy == Policy::Govern;
        site.gate.unavailable = governs && !available;
        let found = site.manager.set_available(available);
        self.agree("set_available", found, if governs { Ok(()) } else { Err(Error::InvalidOperation) });
    }

    pub(super) fn fail(&mut self, manager: u8) {
        let site = self.site(manager);
        let governs = site.config.policy == Policy::Govern;
        site.gate.failed |= governs;
        let found = site.manager.fail();
        self.agree("fail", found, if governs { Ok(()) } else { Err(Error::InvalidOperation) });
    }

    pub(super) fn shutdown(&mut self, manager: u8) {
        let site = self.site(manager);
        let right = if site.config.policy == Policy::Observe {
            Err(Error::InvalidOperation)
        } else if site.is_own_inside() {
            Err(Error::Deadlock)
        } else {
            site.gate.shut_down = true;
            if site.is_anyone_inside() { Err(Error::Timeout) } else { Ok(()) }
        };
        let found = site.manager.shutdown(0, &mut PauseReport::default());
        self.agree("shutdown", found, right);
    }
}
