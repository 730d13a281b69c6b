//! What is heard of a host that lies: records of its rings, looks at its tasks, and losses.

use arbitrary::{Result, Unstructured};
use serde_json::Value;
use tollgate_core::TaskInfo;
use tollgate_core::trace::{
    TRACE_ENTER, TRACE_HELD, TRACE_LEAVE, TRACE_PAUSE_BEGINS, TRACE_PAUSE_HOLDS, TRACE_RESUMED,
    TRACE_REVERSE_ENTER, TRACE_REVERSE_LEAVE, TRACE_TASK_BEGINS, TRACE_TASK_ENDS, TraceRecord,
};
use tollgate_observe::chrome::Writer;
use tollgate_observe::look::Look;
use tollgate_observe::sampler::Sampler;
use tollgate_observe::trace::{Event, Names, Recorder};

use super::NAMES;

/// The process that is said to have been recorded.
pub(super) const PID: u32 = 7;

/// Any name for anything.
struct Hostile;

impl Names for Hostile {
    fn target(&mut self, target: u64) -> String {
        NAMES[(target % NAMES.len() as u64) as usize].to_owned()
    }

    fn task(&mut self, task: u64, _: u64) -> String {
        self.target(task)
    }
}

fn recorder(process: &str) -> Recorder<Vec<u8>, Hostile> {
    let facts = [("source", Value::from("events")), ("policy", "govern".into())];
    let writer = Writer::new(Vec::new(), 0, PID, process, &facts).expect("memory can be written");
    Recorder::new(writer, Hostile).expect("memory can be written")
}

/// A trace of what the bytes say was heard.
pub(super) fn trace(bytes: &mut Unstructured) -> Result<Vec<u8>> {
    let mut recorder = recorder(bytes.choose(&NAMES)?);
    let mut sampler = Sampler::new();
    let mut now = 0_u64;
    while !bytes.is_empty() {
        now = if bytes.ratio(1, 64)? {
            bytes.arbitrary()?
        } else {
            now.wrapping_add(bytes.int_in_range(0..=5_000)?)
        };
        let heard = match bytes.int_in_range(0..=15_u8)? {
            0 => {
                let look = look(bytes, now)?;
                sampler.observe(&look);
                recorder.look(&look)
            }
            1 => recorder.lost(bytes.int_in_range(0..=8)?, now, bytes.arbitrary()?),
            _ => {
                // A task's clock may be a little behind.
                let at_ns = now.saturating_sub(bytes.int_in_range(0..=2_000)?);
                recorder.event(&Event::from(&record(bytes, at_ns)?))
            }
        };
        heard.expect("memory can be written");
    }
    Ok(recorder.finish(now).expect("memory can be written").1)
}

fn record(bytes: &mut Unstructured, time_ns: u64) -> Result<TraceRecord> {
    const USUAL: [u32; 10] = [
        TRACE_LEAVE,
        TRACE_ENTER,
        TRACE_REVERSE_ENTER,
        TRACE_REVERSE_LEAVE,
        TRACE_HELD,
        TRACE_TASK_BEGINS,
        TRACE_TASK_ENDS,
        TRACE_PAUSE_BEGINS,
        TRACE_PAUSE_HOLDS,
        TRACE_RESUMED,
    ];
    let is_usual = bytes.ratio(7, 8)?;
    Ok(TraceRecord {
        time_ns,
        task: bytes.int_in_range(0..=8)?,
        value: if bytes.ratio(1, 8)? { bytes.arbitrary()? } else { bytes.int_in_range(0..=20)? },
        kind: if is_usual { *bytes.choose(&USUAL)? } else { bytes.int_in_range(0..=40)? },
        depth: if bytes.ratio(1, 32)? {
            bytes.int_in_range(0..=70_000)?
        } else {
            bytes.int_in_range(0..=5)?
        },
    })
}

fn look(bytes: &mut Unstructured, at_ns: u64) -> Result<Look> {
    let mut look = Look::empty(at_ns);
    for _ in 0..bytes.int_in_range(0..=4_u8)? {
        let mut task = TaskInfo {
            id: bytes.int_in_range(0..=8)?,
            os_thread: bytes.arbitrary()?,
            leaves: bytes.arbitrary()?,
            directions: bytes.arbitrary()?,
            depth: if bytes.ratio(1, 8)? {
                bytes.int_in_range(0..=70_000)?
            } else {
                bytes.int_in_range(0..=9)?
            },
            side: bytes.int_in_range(0..=2)?,
            flags: bytes.int_in_range(0..=3)?,
            ..TaskInfo::EMPTY
        };
        task.targets[..4].copy_from_slice(&bytes.arbitrary::<[u64; 4]>()?);
        look.tasks.push(task);
    }
    look.left_out = u64::from(bytes.ratio(1, 8)?);
    look.totals.tasks_attached = bytes.int_in_range(0..=9)?;
    look.gate.pauses = bytes.int_in_range(0..=2)?;
    let bucket = bytes.choose_index(look.pause_durations.len())?;
    look.pause_durations[bucket] = bytes.arbitrary()?;
    Ok(look)
}

/// A recording as it should be, with most that there can be in one.
pub(super) fn true_trace() -> Vec<u8> {
    let mut recorder = recorder("host");
    let kinds = [
        (TRACE_TASK_BEGINS, 0, 0),
        (TRACE_LEAVE, 1, 1),
        (TRACE_REVERSE_ENTER, 0, 2),
        (TRACE_LEAVE, 2, 3),
        (TRACE_HELD, 0, 3),
        (TRACE_ENTER, 0, 2),
        (TRACE_REVERSE_LEAVE, 0, 1),
        (TRACE_ENTER, 0, 0),
        (TRACE_TASK_ENDS, 0, 0),
    ];
    for (time_ns, (kind, value, depth)) in (1_000..).step_by(1_000).zip(kinds) {
        let events = [
            TraceRecord { time_ns, task: 1, value, kind, depth },
            TraceRecord { time_ns, task: 0, value: 1, kind: TRACE_PAUSE_BEGINS, depth: 0 },
            TraceRecord { time_ns, task: 0, value: 400, kind: TRACE_PAUSE_HOLDS, depth: 1 },
            TraceRecord { time_ns, task: 0, value: 1, kind: TRACE_RESUMED, depth: 0 },
        ];
        events
            .iter()
            .try_for_each(|event| recorder.event(&Event::from(event)))
            .expect("memory can be written");
    }
    recorder.lost(1, 9_000, 5).expect("memory can be written");
    recorder.finish(10_000).expect("memory can be written").1
}
