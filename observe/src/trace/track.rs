//! The open levels of one task, kept in step with what is heard of it.
//!
//! Events carry the depth after them. Where events are missing, because the recording began in the middle or a ring
//! was overwritten, the depth tells how many levels to close or that some were opened unseen; one level stands for all
//! of those. So what is opened and closed on a track always nests, whatever is heard.

use tollgate_core::info::{TASK_BASE_UNDETERMINED, TaskInfo};

use super::event::What;
use crate::look::{Level, levels};

/// Something open on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// The base of a task whose base is inside.
    Base,
    /// One level.
    Level(Level),
    /// Levels of which nothing but their number is known.
    Unknown(u32),
    /// A call held at the gate; no level.
    Held,
    /// Events were lost: what was open meanwhile is not known; no level.
    Lost,
}

impl Open {
    fn depth(self) -> u32 {
        match self {
            Open::Base | Open::Held | Open::Lost => 0,
            Open::Level(_) => 1,
            Open::Unknown(count) => count,
        }
    }
}

/// What to do on the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Open(Open),
    Close,
}

/// One task's track.
#[derive(Default)]
pub(super) struct Track {
    stack: Vec<Open>,
    /// Levels in `stack`.
    depth: u32,
    base_inside: Option<bool>,
    /// The time of the last step: no step goes back.
    pub(super) last_ns: u64,
}

impl Track {
    /// Takes a transition, or another event of the task; `depth` is that after it.
    pub(super) fn event(&mut self, what: What, depth: u32, steps: &mut Vec<Step>) {
        self.go_on(steps);
        match what {
            What::Leave(target) => self.open(Level { inside: false, target }, depth, steps),
            What::ReverseEnter => self.open(Level { inside: true, target: 0 }, depth, steps),
            What::Enter | What::ReverseLeave => {
                self.align(depth, steps);
                self.base_is(depth == 0 && what == What::Enter, depth == 0, steps);
            }
            What::Held => {
                self.align(depth, steps);
                self.push(Open::Held, steps);
            }
            What::Ends => self.close_all(steps),
            _ => {}
        }
    }

    /// Events of the task were lost: nothing that was open is known to be open still.
    pub(super) fn lost(&mut self, steps: &mut Vec<Step>) {
        self.close_all(steps);
        self.push(Open::Lost, steps);
    }

    /// Ends what lasts until the next event.
    fn go_on(&mut self, steps: &mut Vec<Step>) {
        match self.stack.last() {
            Some(Open::Held) => self.pop(steps),
            Some(Open::Lost) => {
                self.pop(steps);
                if self.base_inside == Some(true) {
                    self.push(Open::Base, steps);
                }
            }
            _ => {}
        }
    }

    /// Takes a look at the task: what is open in both stays open, though it may have been closed and opened between.
    pub(super) fn look(&mut self, task: &TaskInfo, steps: &mut Vec<Step>) {
        self.go_on(steps);
        let (known, under) = levels(task);
        let mut wanted = Vec::with_capacity(known.len() + 2);
        if self.stack.first() == Some(&Open::Base) {
            wanted.push(Open::Base);
        } else if self.base_inside.is_none() && under == 0 && task.flags & TASK_BASE_UNDETERMINED == 0 {
            // A task goes to the other side with its first level.
            let inside = known.first().map_or(task.side == 1, |outermost| !outermost.inside);
            self.base_inside = Some(inside);
            if inside {
                wanted.push(Open::Base);
            }
        }
        if under != 0 {
            wanted.push(Open::Unknown(under));
        }
        wanted.extend(known.into_iter().map(Open::Level));
        let common = self.stack.iter().zip(&wanted).take_while(|(is, wanted)| is == wanted).count();
        while self.stack.len() > common {
            self.pop(steps);
        }
        for open in wanted.into_iter().skip(common) {
            self.push(open, steps);
        }
    }

    /// Closes everything.
    pub(super) fn close_all(&mut self, steps: &mut Vec<Step>) {
        while !self.stack.is_empty() {
            self.pop(steps);
        }
    }

    fn open(&mut self, level: Level, depth: u32, steps: &mut Vec<Step>) {
        self.align(depth.saturating_sub(1), steps);
        self.base_is(!level.inside, depth == 1, steps);
        self.push(Open::Level(level), steps);
    }

    /// Learns the base, if this event tells it and it was not known.
    fn base_is(&mut self, inside: bool, told: bool, steps: &mut Vec<Step>) {
        if told && self.base_inside.is_none() {
            self.base_inside = Some(inside);
            if inside && self.stack.is_empty() {
                self.push(Open::Base, steps);
            }
        }
    }

    /// Makes the number of open levels `depth`.
    fn align(&mut self, depth: u32, steps: &mut Vec<Step>) {
        while self.depth > depth {
            match self.stack.last_mut() {
                Some(Open::Unknown(count)) if self.depth - *count < depth => {
                    *count -= self.depth - depth;
                    self.depth = depth;
                }
                Some(_) => self.pop(steps),
                None => self.depth = 0,
            }
        }
        if self.depth < depth {
            self.push(Open::Unknown(depth - self.depth), steps);
        }
    }

    fn push(&mut self, open: Open, steps: &mut Vec<Step>) {
        self.depth += open.depth();
        self.stack.push(open);
        steps.push(Step::Open(open));
    }

    fn pop(&mut self, steps: &mut Vec<Step>) {
        if let Some(open) = self.stack.pop() {
            self.depth -= open.depth();
            steps.push(Step::Close);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: Open = Open::Level(Level { inside: true, target: 0 });

    fn outside(target: u64) -> Open {
        Open::Level(Level { inside: false, target })
    }

    fn steps_of(track: &mut Track, what: What, depth: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        track.event(what, depth, &mut steps);
        steps
    }

    #[test]
    fn the_nested_sequence_nests_over_its_base() {
        let mut track = Track::default();
        let sequence = [
            (What::Begins(7), 0, vec![]),
            (What::Leave(0xa), 1, vec![Step::Open(Open::Base), Step::Open(outside(0xa))]),
            (What::ReverseEnter, 2, vec![Step::Open(INSIDE)]),
            (What::Leave(0xc), 3, vec![Step::Open(outside(0xc))]),
            (What::Enter, 2, vec![Step::Close]),
            (What::ReverseLeave, 1, vec![Step::Close]),
            (What::Enter, 0, vec![Step::Close]),
            (What::Ends, 0, vec![Step::Close]),
        ];
        for (what, depth, expected) in sequence {
            assert_eq!(steps_of(&mut track, what, depth), expected, "{what:?}");
        }
    }

    #[test]
    fn a_base_outside_is_no_level() {
        let mut track = Track::default();
        assert_eq!(steps_of(&mut track, What::ReverseEnter, 1), [Step::Open(INSIDE)]);
        assert_eq!(steps_of(&mut track, What::ReverseLeave, 0), [Step::Close]);
        assert_eq!(steps_of(&mut track, What::Leave(1), 1), [Step::Open(outside(1))], "known by now");
    }

    #[test]
    fn levels_opened_unseen_are_one_and_close_one_by_one() {
        let mut track = Track::default();
        let steps = steps_of(&mut track, What::Leave(9), 5);
        assert_eq!(steps, [Step::Open(Open::Unknown(4)), Step::Open(outside(9))]);
        assert_eq!(steps_of(&mut track, What::Enter, 4), [Step::Close]);
        assert_eq!(steps_of(&mut track, What::ReverseLeave, 3), [], "three are still open");
        assert_eq!(steps_of(&mut track, What::Enter, 0), [Step::Close, Step::Open(Open::Base)]);
    }

    #[test]
    fn a_lost_return_is_made_up_for() {
        let mut track = Track::default();
        steps_of(&mut track, What::ReverseEnter, 1);
        steps_of(&mut track, What::Leave(1), 2);
        // The enter was lost, or it closed a level by the way.
        assert_eq!(steps_of(&mut track, What::Leave(2), 2), [Step::Close, Step::Open(outside(2))]);
    }

    #[test]
    fn a_held_call_is_open_until_the_next_event() {
        let mut track = Track::default();
        steps_of(&mut track, What::Leave(1), 1);
        assert_eq!(steps_of(&mut track, What::Held, 1), [Step::Open(Open::Held)]);
        assert_eq!(steps_of(&mut track, What::Admitted, 1), [Step::Close]);
        assert_eq!(steps_of(&mut track, What::Enter, 0), [Step::Close]);
    }

    #[test]
    fn what_was_open_at_a_loss_is_not_drawn_on() {
        let mut track = Track::default();
        steps_of(&mut track, What::Leave(1), 1);
        steps_of(&mut track, What::Held, 1);
        let mut steps = Vec::new();
        track.lost(&mut steps);
        assert_eq!(steps, [Step::Close, Step::Close, Step::Close, Step::Open(Open::Lost)]);
        let after = steps_of(&mut track, What::Leave(2), 3);
        let opened = [Open::Base, Open::Unknown(2), outside(2)].map(Step::Open);
        assert_eq!(after[0], Step::Close);
        assert_eq!(after[1..], opened);
    }

    #[test]
    fn looks_keep_what_they_share() {
        let mut track = Track::default();
        let task = |depth, directions, targets: [u64; 3]| {
            let mut task = TaskInfo { depth, directions, ..TaskInfo::EMPTY };
            task.side = u32::from(directions & 1 == 1);
            task.targets[..3].copy_from_slice(&targets);
            task
        };
        let look = |track: &mut Track, task: &TaskInfo| {
            let mut steps = Vec::new();
            track.look(task, &mut steps);
            steps
        };
        let (a, c) = (outside(0xa), outside(0xc));
        let first = look(&mut track, &task(3, 0b1010, [0xc, 0, 0xa]));
        assert_eq!(first, [Open::Base, a, INSIDE, c].map(Step::Open));
        assert_eq!(look(&mut track, &task(3, 0b1010, [0xc, 0, 0xa])), []);
        let other = look(&mut track, &task(3, 0b1010, [0xd, 0, 0xa]));
        assert_eq!(other, [Step::Close, Step::Open(outside(0xd))]);
        assert_eq!(look(&mut track, &task(1, 0b10, [0xa, 0, 0])), [Step::Close, Step::Close]);
        // More levels than a look shows.
        let deep = look(&mut track, &task(70, 1 << 62, [0; 3]));
        assert_eq!((deep.len(), deep[1]), (64, Step::Open(Open::Unknown(8))));
        let mut steps = Vec::new();
        track.close_all(&mut steps);
        assert_eq!(steps.len(), 64);
    }

    /// Whatever is heard, what is opened is closed, and the number of open levels is that of the last event.
    #[test]
    fn nonsense_nests() {
        let seed = std::env::var("TOLLGATE_TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| u64::from(std::process::id()) << 20 | crate::look::now_ns() & 0xf_ffff);
        println!("TOLLGATE_TEST_SEED={seed}");
        let mut state = seed | 1;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let mut track = Track::default();
        let mut open = 0i64;
        for _ in 0..100_000 {
            let depth = if random(10) == 0 { random(70_000) as u32 } else { random(5) as u32 };
            let mut steps = Vec::new();
            if random(20) == 0 {
                track.lost(&mut steps);
            }
            let what = match random(9) {
                0 => What::Leave(random(4)),
                1 => What::Enter,
                2 => What::ReverseEnter,
                3 => What::ReverseLeave,
                4 => What::Held,
                5 => What::Admitted,
                6 => What::Ends,
                7 => What::Other(99),
                _ => {
                    let info = TaskInfo { depth, directions: random(u64::MAX), ..TaskInfo::EMPTY };
                    track.look(&info, &mut steps);
                    What::Other(0)
                }
            };
            track.event(what, depth, &mut steps);
            for step in &steps {
                open += if *step == Step::Close { -1 } else { 1 };
                assert!(open >= 0);
            }
            assert_eq!(open as usize, track.stack.len());
            assert_eq!(track.depth, track.stack.iter().map(|open| open.depth()).sum::<u32>());
            assert!(steps.len() < 200, "{} steps for one event", steps.len());
            let closing = [What::Enter, What::ReverseLeave].contains(&what);
            assert!(!closing || track.depth == depth);
        }
    }
}
