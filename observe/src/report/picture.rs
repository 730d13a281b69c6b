//! The second reading: what each task did, column by column.
//!
//! A span that is wide enough to carry a name is kept as it is. All others are added up by column: how much of the
//! column's time, on which side.

use std::collections::HashMap;

use super::sums::{Kind, Sums, TaskSums};
use crate::chrome::names::{CLOSED, CLOSING};
use crate::chrome::{Event, GATE_TRACK, Header, Phase, Visit};
use crate::names::clean;

/// Columns into which the time is divided.
pub(super) const COLUMNS: usize = 800;
/// Levels of a task that are drawn.
pub(super) const ROWS: usize = 8;
/// Tasks that are drawn: of those that lived for a column or more, those with the most levels.
pub(super) const LANES: usize = 24;
/// Columns from which on a span is kept.
const KEPT: f64 = COLUMNS as f64 / 100.0;
/// Spans of a row that are kept. More do not fit side by side: then the file goes back in time.
const MOST_SPANS: usize = 100;
/// Times at which the gate was closed that are kept.
const MOST_GATE_SPANS: usize = 400;

/// A span that is drawn with its name; places are parts of the whole width.
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) left: f64,
    pub(super) width: f64,
    pub(super) length_ns: u64,
}

/// One row of a lane.
#[derive(Default)]
pub(super) struct Row {
    pub(super) spans: Vec<Span>,
    /// Nanoseconds by column of what is too narrow, one list for each kind.
    pub(super) columns: HashMap<Kind, Vec<f64>>,
}

/// One task.
pub(super) struct Lane {
    pub(super) task: u64,
    pub(super) rows: Vec<Row>,
    /// Open levels that are drawn.
    stack: Vec<(Kind, String, u64)>,
    /// Open levels above these.
    above: u64,
}

/// A time at which the gate was not open.
pub(super) struct GateSpan {
    pub(super) is_closed: bool,
    pub(super) left: f64,
    pub(super) width: f64,
    pub(super) length_ns: u64,
}

/// The picture while it is made.
pub(super) struct Picture {
    start_ns: u64,
    end_ns: u64,
    lanes: HashMap<u64, Lane>,
    left_out: usize,
    gate: Vec<GateSpan>,
    gate_left_out: u64,
    gate_open: Option<(bool, u64)>,
}

/// The picture.
pub(super) struct Finished {
    pub(super) lanes: Vec<Lane>,
    /// Tasks that are not drawn.
    pub(super) left_out: usize,
    pub(super) gate: Vec<GateSpan>,
    /// Times at which the gate was closed that are not drawn.
    pub(super) gate_left_out: u64,
    /// Nanoseconds of a column.
    pub(super) column_ns: f64,
}

impl Picture {
    pub(super) fn new(sums: &Sums) -> Picture {
        let column_ns = sums.length_ns() / COLUMNS as u64;
        let lived = |task: &TaskSums| task.last_ns.saturating_sub(task.first_ns) > column_ns;
        let seen = sums.tasks.iter().filter(|(_, task)| lived(task));
        let mut busiest: Vec<(u64, u64)> = seen.map(|(id, task)| (task.levels, *id)).collect();
        let left_out = sums.tasks.len().saturating_sub(busiest.len().min(LANES));
        busiest.sort_by_key(|(levels, id)| (std::cmp::Reverse(*levels), *id));
        let lane = |task| Lane { task, rows: Vec::new(), stack: Vec::new(), above: 0 };
        let lanes = busiest.into_iter().take(LANES).map(|(_, id)| (id, lane(id))).collect();
        let (start_ns, end_ns) = (sums.start_ns, sums.end_ns);
        Picture { start_ns, end_ns, lanes, left_out, gate: Vec::new(), gate_left_out: 0, gate_open: None }
    }

    pub(super) fn finish(mut self) -> Finished {
        let ids: Vec<u64> = self.lanes.keys().copied().collect();
        for id in ids {
            self.lanes.entry(id).and_modify(|lane| lane.above = 0);
            while self.lanes.get(&id).is_some_and(|lane| !lane.stack.is_empty()) {
                self.close(id, self.end_ns);
            }
        }
        self.gate_ends(self.end_ns);
        let column_ns = self.length_ns() / COLUMNS as f64;
        let mut lanes: Vec<Lane> = self.lanes.into_values().collect();
        // A task that opened nothing has nothing to draw.
        lanes.retain(|lane| !lane.rows.is_empty());
        lanes.sort_by_key(|lane| lane.task);
        Finished {
            lanes,
            left_out: self.left_out,
            gate: self.gate,
            gate_left_out: self.gate_left_out,
            column_ns,
        }
    }

    fn length_ns(&self) -> f64 {
        (self.end_ns.saturating_sub(self.start_ns)).max(1) as f64
    }

    /// A time as a part of the whole.
    fn part(&self, at_ns: u64) -> f64 {
        at_ns.saturating_sub(self.start_ns) as f64 / self.length_ns()
    }

    fn close(&mut self, track: u64, at_ns: u64) {
        let Some(lane) = self.lanes.get_mut(&track) else { return };
        if lane.above != 0 {
            lane.above -= 1;
            return;
        }
        let Some((kind, name, since_ns)) = lane.stack.pop() else { return };
        let depth = lane.stack.len();
        let (left, right) = (self.part(since_ns), self.part(at_ns.max(since_ns)));
        let scale = self.length_ns();
        let Some(lane) = self.lanes.get_mut(&track) else { return };
        while lane.rows.len() <= depth {
            lane.rows.push(Row::default());
        }
        let row = &mut lane.rows[depth];
        let (from, to) = (left * COLUMNS as f64, right * COLUMNS as f64);
        if to - from >= KEPT && row.spans.len() < MOST_SPANS {
            let length_ns = at_ns.saturating_sub(since_ns);
            row.spans.push(Span { kind, name, left, width: right - left, length_ns });
            return;
        }
        let columns = row.columns.entry(kind).or_insert_with(|| vec![0.0; COLUMNS]);
        let column_ns = scale / COLUMNS as f64;
        for (column, sum) in
            columns.iter_mut().enumerate().skip(from as usize).take(to as usize - from as usize + 1)
        {
            let overlap = to.min((column + 1) as f64) - from.max(column as f64);
            *sum += overlap.max(0.0) * column_ns;
        }
    }

    fn gate_ends(&mut self, at_ns: u64) {
        let Some((is_closed, since_ns)) = self.gate_open.take() else { return };
        if self.gate.len() >= MOST_GATE_SPANS {
            self.gate_left_out += u64::from(is_closed);
            return;
        }
        let (left, right) = (self.part(since_ns), self.part(at_ns));
        let length_ns = at_ns.saturating_sub(since_ns);
        self.gate.push(GateSpan { is_closed, left, width: (right - left).max(0.0), length_ns });
    }
}

impl Visit for Picture {
    fn header(&mut self, _: Header) {}

    fn event(&mut self, event: Event) {
        match event.phase {
            Phase::Begin | Phase::End if event.track == GATE_TRACK => {
                self.gate_ends(event.at_ns());
                if event.phase == Phase::Begin && [CLOSED, CLOSING].contains(&event.name.as_str()) {
                    self.gate_open = Some((event.name == CLOSED, event.at_ns()));
                }
            }
            Phase::Begin => {
                let (Some(kind), at_ns) = (Kind::of(&event.category), event.at_ns()) else { return };
                match self.lanes.get_mut(&event.track) {
                    Some(lane) if lane.stack.len() < ROWS => {
                        lane.stack.push((kind, clean(&event.name), at_ns));
                    }
                    Some(lane) => lane.above += 1,
                    None => {}
                }
            }
            Phase::End => self.close(event.track, event.at_ns()),
            _ => {}
        }
    }
}
