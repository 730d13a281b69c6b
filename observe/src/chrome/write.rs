//! Writing events as they come: a file of any length needs no memory.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{EDITION, PRODUCER};

/// Writes one trace.
///
/// The file is complete after [`finish`](Writer::finish). One that ends in the middle of the list is still read by
/// Perfetto and by `tollgate report`.
pub struct Writer<W: Write> {
    out: W,
    start_ns: u64,
    pid: u32,
    written: u64,
}

/// An event as the format wants it.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    ph: char,
    ts: f64,
    pid: u32,
    tid: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<char>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    args: Map<String, Value>,
}

impl<W: Write> Writer<W> {
    /// Begins a trace of process `pid`, named `process`, at `start_ns` of the monotonic clock.
    ///
    /// `facts` go into the file's `otherData`.
    pub fn new(
        out: W,
        start_ns: u64,
        pid: u32,
        process: &str,
        facts: &[(&str, Value)],
    ) -> io::Result<Writer<W>> {
        let mut other = Map::new();
        other.insert("producer".into(), PRODUCER.into());
        other.insert("edition".into(), EDITION.into());
        other.insert("pid".into(), pid.into());
        other.insert("process".into(), process.into());
        other.insert("clock".into(), "CLOCK_MONOTONIC".into());
        other.insert("start_ns".into(), start_ns.into());
        other.extend(facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let mut writer = Writer { out, start_ns, pid, written: 0 };
        writer.out.write_all(b"{\"displayTimeUnit\":\"ns\",\n\"otherData\":")?;
        serde_json::to_writer(&mut writer.out, &Value::Object(other))?;
        writer.out.write_all(b",\n\"traceEvents\":[\n")?;
        writer.metadata(0, "process_name", "name", process.into())?;
        Ok(writer)
    }

    /// Names a track.
    pub fn track(&mut self, track: u64, name: &str) -> io::Result<()> {
        self.metadata(track, "thread_name", "name", name.into())?;
        self.metadata(track, "thread_sort_index", "sort_index", track.into())
    }

    /// Opens a level on a track.
    pub fn begin(
        &mut self,
        track: u64,
        at_ns: u64,
        category: &str,
        name: &str,
        args: Map<String, Value>,
    ) -> io::Result<()> {
        let event = self.record('B', track, at_ns);
        self.event(&Record { name: Some(name), cat: Some(category), args, ..event })
    }

    /// Closes the innermost open level of a track.
    pub fn end(&mut self, track: u64, at_ns: u64) -> io::Result<()> {
        let event = self.record('E', track, at_ns);
        self.event(&event)
    }

    /// Something that took no time.
    pub fn instant(
        &mut self,
        track: u64,
        at_ns: u64,
        category: &str,
        name: &str,
        args: Map<String, Value>,
    ) -> io::Result<()> {
        let event = self.record('i', track, at_ns);
        self.event(&Record { name: Some(name), cat: Some(category), s: Some('t'), args, ..event })
    }

    /// Ends the list; the file is complete.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Events written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Passes on what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn metadata(&mut self, track: u64, name: &str, argument: &str, value: Value) -> io::Result<()> {
        let args = Map::from_iter([(argument.to_owned(), value)]);
        let event = self.record('M', track, self.start_ns);
        self.event(&Record { name: Some(name), args, ..event })
    }

    fn record(&self, ph: char, tid: u64, at_ns: u64) -> Record<'static> {
        let ns = at_ns.saturating_sub(self.start_ns);
        // Thousandths of a microsecond are exact in a double for a hundred days.
        Record {
            name: None,
            cat: None,
            ph,
            ts: ns as f64 / 1000.0,
            pid: self.pid,
            tid,
            s: None,
            args: Map::new(),
        }
    }

    fn event(&mut self, record: &Record) -> io::Result<()> {
        if self.written != 0 {
            self.out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut self.out, record)?;
        self.written += 1;
        Ok(())
    }
}

/// Arguments of an event.
pub(crate) fn args<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An address as arguments show it.
pub(crate) fn address(target: u64) -> Value {
    json!(format!("{target:#x}"))
}
