//! Files.

use std::fmt::Write;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use serde_json::Value;
use tollgate_observe::chrome::names::{
    CLOSED, CLOSING, DURATIONS, GATE, INSIDE, LOST, OUTSIDE, PAUSE_FAILED, PAUSED, UNKNOWN,
};

use super::{NAMES, heard};

/// Numbers that somebody might not have thought of.
const NUMBERS: [&str; 10] = [
    "-1",
    "0.5",
    "1e-300",
    "1e19",
    "1e308",
    "-1e308",
    "1e999",
    "18446744073709551615",
    "9223372036854775807",
    "null",
];
const CATEGORIES: [&str; 4] = [INSIDE, OUTSIDE, UNKNOWN, GATE];
const KNOWN: [&str; 7] = [CLOSED, CLOSING, PAUSED, PAUSE_FAILED, LOST, DURATIONS, "thread_name"];
/// What takes the place of a part of a true recording.
const PIECES: [&str; 12] =
    ["{", "}", "[", "]", "\"", ",", ":", "\\ud800", "\0", "\u{ff}", "\"ph\":\"B\"", "\"otherData\":{}"];

/// A recording with everything in it, damaged in as many places as there are bytes for.
pub(super) fn damaged(bytes: &mut Unstructured) -> Result<Vec<u8>> {
    static TRUE: OnceLock<Vec<u8>> = OnceLock::new();
    let mut file = TRUE.get_or_init(heard::true_trace).clone();
    while !bytes.is_empty() {
        let start = bytes.int_in_range(0..=file.len())?;
        let end = file.len().min(start + bytes.int_in_range(0..=16_usize)?);
        let piece = match bytes.int_in_range(0..=3_u8)? {
            0 => bytes.choose(&NUMBERS)?.as_bytes().to_vec(),
            1 => bytes.choose(&PIECES)?.as_bytes().to_vec(),
            2 => file[..end].iter().rev().take(64).rev().copied().collect(),
            _ => Vec::new(),
        };
        file.splice(start..end, piece);
        if bytes.ratio(1, 64)? {
            file.truncate(bytes.int_in_range(0..=file.len())?);
        }
    }
    Ok(file)
}

/// A file of the right form, whose events follow no rule.
pub(super) fn made_up(bytes: &mut Unstructured) -> Result<Vec<u8>> {
    let mut file = String::new();
    let process = quoted(bytes.choose(&NAMES)?);
    let source = bytes.choose(&["events", "looks", "x"])?;
    let rate = number(bytes)?;
    let _ = write!(
        file,
        "{{\"otherData\":{{\"producer\":\"tollgate trace\",\"edition\":1,\"pid\":7,\"process\":{process},\
         \"policy\":{process},\"source\":\"{source}\",\"looks_per_second\":{rate}}},\"traceEvents\":["
    );
    let mut separator = "";
    let mut at = 0;
    while !bytes.is_empty() {
        // Runs of events, so that what is limited is reached: tasks, functions, levels.
        let times = match bytes.int_in_range(0..=99_u8)? {
            0 => bytes.int_in_range(1..=12_000)?,
            1..=9 => bytes.int_in_range(1..=300)?,
            _ => 1,
        };
        let form = Form::from(bytes)?;
        for turn in 0..times {
            at += form.step;
            file.push_str(separator);
            form.write(&mut file, at, turn);
            separator = ",";
        }
    }
    file.push_str("]}");
    Ok(file.into_bytes())
}

/// Events that differ in their time, and in their track or their name.
struct Form {
    phase: char,
    /// Instead of the time that goes on.
    time: Option<String>,
    step: u64,
    track: u64,
    name: &'static str,
    category: &'static str,
    args: String,
    is_other_track: bool,
    is_other_name: bool,
}

impl Form {
    fn from(bytes: &mut Unstructured) -> Result<Form> {
        let name = match bytes.int_in_range(0..=1_u8)? {
            0 => *bytes.choose(&KNOWN)?,
            _ => *bytes.choose(&NAMES)?,
        };
        Ok(Form {
            phase: *bytes.choose(&['B', 'B', 'B', 'E', 'E', 'i', 'M', 'X'])?,
            time: if bytes.ratio(1, 8)? { Some(number(bytes)?) } else { None },
            step: bytes.int_in_range(0..=1_000)?,
            track: bytes.int_in_range(0..=3)?,
            name,
            category: bytes.choose(&CATEGORIES)?,
            args: args(bytes)?,
            is_other_track: bytes.ratio(1, 8)?,
            is_other_name: bytes.ratio(1, 8)?,
        })
    }

    fn write(&self, out: &mut String, at: u64, turn: u64) {
        let track = self.track + if self.is_other_track { turn } else { 0 };
        let number = if self.is_other_name { turn.to_string() } else { String::new() };
        let name = quoted(&format!("{}{number}", self.name));
        let time = self.time.clone().unwrap_or_else(|| at.to_string());
        let Form { phase, category, args, .. } = self;
        let _ = write!(
            out,
            "{{\"ph\":\"{phase}\",\"ts\":{time},\"tid\":{track},\"name\":{name},\"cat\":\"{category}\",\"args\":{args}}}"
        );
    }
}

fn number(bytes: &mut Unstructured) -> Result<String> {
    Ok(match bytes.int_in_range(0..=7_u8)? {
        0 => (*bytes.choose(&NUMBERS)?).to_owned(),
        1 => bytes.arbitrary::<u64>()?.to_string(),
        _ => bytes.arbitrary::<u16>()?.to_string(),
    })
}

fn args(bytes: &mut Unstructured) -> Result<String> {
    Ok(match bytes.int_in_range(0..=5_u8)? {
        0 => "{}".to_owned(),
        1 => format!("{{\"name\":{}}}", quoted(bytes.choose(&NAMES)?)),
        2 => format!("{{\"count\":{}}}", number(bytes)?),
        3 => format!("{{\"took_ns\":{},\"waited_ns\":{}}}", number(bytes)?, number(bytes)?),
        4 => format!("{{\"buckets\":[[{},{}],[{}],7]}}", number(bytes)?, number(bytes)?, number(bytes)?),
        _ => "[[[]]]".to_owned(),
    })
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
