//! Reading our traces, event by event: a file of any length needs no memory.

use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{EDITION, PRODUCER};
use crate::error::{Error, Result};

/// What stands in a file's `otherData`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Who wrote it.
    pub producer: String,
    /// The edition of what it says.
    pub edition: u64,
    /// The process that was recorded.
    pub pid: u32,
    /// The name of its program.
    pub process: String,
    /// The number of the manager in its process.
    pub manager: u32,
    /// Its policy.
    pub policy: String,
    /// `events`, or `looks`.
    pub source: String,
    /// Looks per second, if the source is looks.
    pub looks_per_second: f64,
    /// When it was recorded, in seconds since 1970.
    pub unix_time_s: u64,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Phase {
    /// Something opens on a track.
    #[serde(rename = "B")]
    Begin,
    /// What opened last on the track closes.
    #[serde(rename = "E")]
    End,
    /// Something that takes no time.
    #[serde(rename = "i")]
    Instant,
    /// A name.
    #[serde(rename = "M")]
    Metadata,
    /// Anything else, which we do not write.
    #[serde(other)]
    Other,
}

/// One event.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// Its kind.
    #[serde(rename = "ph")]
    pub phase: Phase,
    /// When, in microseconds from the start of the recording.
    #[serde(default)]
    ts: f64,
    /// The track.
    #[serde(rename = "tid", default)]
    pub track: u64,
    /// The name of what opened or took place.
    #[serde(default)]
    pub name: String,
    /// The category.
    #[serde(rename = "cat", default)]
    pub category: String,
    /// Further arguments.
    #[serde(default)]
    pub args: Value,
}

impl Event {
    /// When, in nanoseconds from the start of the recording.
    pub fn at_ns(&self) -> u64 {
        // A number that is none, or beyond all clocks, saturates.
        (self.ts * 1000.0).round() as u64
    }
}

/// Who hears of what is in a file.
pub trait Visit {
    /// The file's own facts, before all events.
    fn header(&mut self, header: Header);
    /// The next event.
    fn event(&mut self, event: Event);
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Complete,
    /// In the middle: its recording was killed, or it was cut.
    Cut,
}

/// Reads a trace that we wrote.
///
/// **Errors:** `Failed` for what is not such a trace, with the place at which that shows.
pub fn read(from: impl Read, visit: &mut dyn Visit) -> Result<Ending> {
    let mut state = State { visit, header: None, refused: None };
    let mut json = serde_json::Deserializer::from_reader(from);
    let outcome = File(&mut state).deserialize(&mut json).and_then(|()| json.end());
    if let Some(refused) = state.refused {
        return Err(Error::failed(refused));
    }
    match outcome {
        Ok(()) if state.header.is_none() => Err(not_ours("it has no otherData.producer")),
        Ok(()) => Ok(Ending::Complete),
        Err(error) if error.is_eof() && state.header.is_some() => Ok(Ending::Cut),
        Err(error) => Err(not_ours(&format!("{error}"))),
    }
}

fn not_ours(why: &str) -> Error {
    Error::failed(format!("this is no trace of `tollgate trace`: {why}"))
}

struct State<'v> {
    visit: &'v mut dyn Visit,
    header: Option<()>,
    refused: Option<String>,
}

impl State<'_> {
    /// Whether this is a file that we wrote, of an edition that we know.
    fn take(&mut self, header: Header) -> std::result::Result<(), ()> {
        if header.producer != PRODUCER {
            let error =
                not_ours(&format!("otherData.producer is `{}`", crate::names::clean(&header.producer)));
            self.refused = Some(error.message);
            return Err(());
        }
        if header.edition != EDITION {
            self.refused = Some(format!(
                "the trace has edition {}; this program reads edition {EDITION}: use the release that recorded it",
                header.edition
            ));
            return Err(());
        }
        self.header = Some(());
        self.visit.header(header);
        Ok(())
    }
}

/// The whole file.
struct File<'s, 'v>(&'s mut State<'v>);

impl<'de> DeserializeSeed<'de> for File<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `otherData` and `traceEvents`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        use serde::de::Error as _;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "otherData" => {
                    let header = map.next_value::<Header>()?;
                    self.0.take(header).map_err(|()| A::Error::custom("refused"))?;
                }
                "traceEvents" if self.0.header.is_none() => {
                    return Err(A::Error::custom("its events come before otherData"));
                }
                "traceEvents" => map.next_value_seed(Events(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of events.
struct Events<'s, 'v>(&'s mut State<'v>);

impl<'de> DeserializeSeed<'de> for Events<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> std::result::Result<(), A::Error> {
        while let Some(event) = events.next_element::<Event>()? {
            self.0.visit.event(event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chrome::{Writer, args, names::OUTSIDE};

    #[derive(Default)]
    struct Seen {
        header: Header,
        events: Vec<Event>,
    }

    impl Visit for Seen {
        fn header(&mut self, header: Header) {
            self.header = header;
        }

        fn event(&mut self, event: Event) {
            self.events.push(event);
        }
    }

    fn sample() -> Vec<u8> {
        let facts = [("source", Value::from("events")), ("manager", Value::from(3))];
        let mut writer = Writer::new(Vec::new(), 1_000, 42, "ho\"st", &facts).unwrap();
        writer.track(7, "task 7 </script>").unwrap();
        writer.begin(7, 1_234_567, OUTSIDE, "read", args([("target", "0x10".into())])).unwrap();
        writer.end(7, 2_000_001).unwrap();
        writer.finish().unwrap()
    }

    fn read_all(bytes: &[u8]) -> (Result<Ending>, Seen) {
        let mut seen = Seen::default();
        let ending = read(bytes, &mut seen);
        (ending, seen)
    }

    #[test]
    fn what_was_written_is_read() {
        let (ending, seen) = read_all(&sample());
        assert_eq!(ending, Ok(Ending::Complete));
        let header = &seen.header;
        assert_eq!((header.pid, header.process.as_str(), header.manager), (42, "ho\"st", 3));
        let phases: Vec<Phase> = seen.events.iter().map(|event| event.phase).collect();
        let metadata = Phase::Metadata;
        assert_eq!(phases, [metadata, metadata, metadata, Phase::Begin, Phase::End]);
        let begin = &seen.events[3];
        assert_eq!((begin.track, begin.at_ns(), begin.name.as_str()), (7, 1_233_567, "read"));
        assert_eq!(begin.args["target"], "0x10");
        assert_eq!(seen.events[4].at_ns(), 1_999_001);
        assert_eq!(seen.events[1].args["name"], "task 7 </script>");
    }

    #[test]
    fn a_file_cut_anywhere_gives_what_is_there_or_a_reason() {
        let whole = sample();
        for length in 0..whole.len() {
            let (ending, seen) = read_all(&whole[..length]);
            let has_header = !seen.header.process.is_empty();
            match ending {
                // But for the last line break nothing is missing.
                Ok(Ending::Complete) => assert_eq!(length, whole.len() - 1),
                Ok(Ending::Cut) => assert!(has_header),
                Err(error) => assert!(!has_header && error.message.contains("tollgate trace"), "{error}"),
            }
        }
    }

    #[test]
    fn files_of_others_are_refused_with_the_reason() {
        let refused = |text: &str| read_all(text.as_bytes()).0.unwrap_err().message;
        assert!(refused("[]").contains("expected an object"));
        assert!(refused("{}").contains("has no otherData"));
        assert!(refused(r#"{"otherData":{"producer":"x"}}"#).contains("producer is `x`"));
        assert!(refused(r#"{"traceEvents":[]}"#).contains("before otherData"));
        let newer = r#"{"otherData":{"producer":"tollgate trace","edition":99}}"#;
        assert!(refused(newer).contains("edition 99; this program reads edition 1"));
        let start =
            r#"{"otherData":{"producer":"tollgate trace","edition":1},"traceEvents":[{"ph":"i","args":"#;
        assert!(refused(&format!("{start}{}", "[".repeat(100_000))).contains("recursion limit"));
    }
}
