//! The gate's own track: when pauses were asked for, came about and ended.

use std::collections::VecDeque;

use super::event::{Event, What};

/// Pauses asked for and not answered that are remembered; a host has a thread for each.
const MOST_ASKED: usize = 256;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Closing,
    Closed,
}

/// What to write on the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GateStep {
    /// Somebody asked for a pause.
    Closing,
    /// No task is inside.
    Closed,
    /// The end of either.
    End,
    /// A pause came about.
    Paused { took_ns: u64, waited_ns: u64 },
    /// A pause did not come about.
    Failed { took_ns: u64, error: u64 },
}

/// What is known of the gate.
#[derive(Default)]
pub(super) struct Gate {
    state: State,
    /// When the pauses that have no answer yet were asked for. Of several at once, answers are taken to come in the order
    /// of the requests.
    asked_ns: VecDeque<u64>,
}

impl Gate {
    pub(super) fn event(&mut self, event: &Event) -> Vec<GateStep> {
        let mut steps = Vec::new();
        match event.what {
            What::PauseBegins => {
                if self.asked_ns.len() < MOST_ASKED {
                    self.asked_ns.push_back(event.at_ns);
                }
                if self.state == State::Open {
                    self.go(State::Closing, &mut steps);
                }
            }
            What::PauseHolds { waited_ns } => {
                // Its beginning may not have been seen.
                let took_ns = self.answered(event.at_ns).max(waited_ns);
                self.go(State::Closed, &mut steps);
                steps.push(GateStep::Paused { took_ns, waited_ns });
            }
            What::PauseFails(error) => {
                let took_ns = self.answered(event.at_ns);
                if self.state == State::Closing && self.asked_ns.is_empty() {
                    self.go(State::Open, &mut steps);
                }
                steps.push(GateStep::Failed { took_ns, error });
            }
            What::Resumed { .. } if event.depth == 0 => {
                let next = if self.asked_ns.is_empty() { State::Open } else { State::Closing };
                self.go(next, &mut steps);
            }
            _ => {}
        }
        steps
    }

    /// The gate as a look found it.
    pub(super) fn look(&mut self, pauses: u32) -> Vec<GateStep> {
        let mut steps = Vec::new();
        self.go(if pauses == 0 { State::Open } else { State::Closed }, &mut steps);
        steps
    }

    pub(super) fn end(&mut self) -> Vec<GateStep> {
        self.look(0)
    }

    /// How long the oldest request waited for its answer.
    fn answered(&mut self, at_ns: u64) -> u64 {
        self.asked_ns.pop_front().map_or(0, |asked_ns| at_ns.saturating_sub(asked_ns))
    }

    fn go(&mut self, state: State, steps: &mut Vec<GateStep>) {
        if self.state == state {
            return;
        }
        if self.state != State::Open {
            steps.push(GateStep::End);
        }
        match state {
            State::Open => {}
            State::Closing => steps.push(GateStep::Closing),
            State::Closed => steps.push(GateStep::Closed),
        }
        self.state = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at_ns: u64, depth: u32, what: What) -> Event {
        Event { at_ns, task: 0, depth, what }
    }

    #[test]
    fn a_pause_closes_and_opens_the_gate() {
        let mut gate = Gate::default();
        assert_eq!(gate.event(&event(10, 0, What::PauseBegins)), [GateStep::Closing]);
        let came = gate.event(&event(25, 1, What::PauseHolds { waited_ns: 12 }));
        assert_eq!(came, [GateStep::End, GateStep::Closed, GateStep::Paused { took_ns: 15, waited_ns: 12 }]);
        assert_eq!(gate.event(&event(30, 0, What::Resumed { admitted: 2 })), [GateStep::End]);
        assert_eq!(gate.end(), []);
    }

    #[test]
    fn overlapping_pauses_keep_it_closed() {
        let mut gate = Gate::default();
        gate.event(&event(0, 0, What::PauseBegins));
        gate.event(&event(5, 1, What::PauseHolds { waited_ns: 0 }));
        assert_eq!(gate.event(&event(6, 1, What::PauseBegins)), []);
        let second = gate.event(&event(8, 2, What::PauseHolds { waited_ns: 0 }));
        assert_eq!(second, [GateStep::Paused { took_ns: 2, waited_ns: 0 }]);
        assert_eq!(gate.event(&event(9, 1, What::Resumed { admitted: 0 })), []);
        assert_eq!(gate.event(&event(11, 0, What::Resumed { admitted: 0 })), [GateStep::End]);
    }

    #[test]
    fn a_pause_that_fails_leaves_it_open() {
        let mut gate = Gate::default();
        gate.event(&event(0, 0, What::PauseBegins));
        let failed = gate.event(&event(7, 0, What::PauseFails(3)));
        assert_eq!(failed, [GateStep::End, GateStep::Failed { took_ns: 7, error: 3 }]);
        // The beginning was not seen.
        let came = gate.event(&event(9, 1, What::PauseHolds { waited_ns: 4 }));
        assert_eq!(came, [GateStep::Closed, GateStep::Paused { took_ns: 4, waited_ns: 4 }]);
        assert_eq!(gate.end(), [GateStep::End]);
    }
}
