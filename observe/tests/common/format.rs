//! Chrome's trace format, checked by its published rules ("Trace Event Format"): an object with `traceEvents`, a list of
//! events with `ph`, `ts`, `pid` and `tid`; on each track begins and ends that nest and do not go back in time; instants
//! with a scope; metadata that names.

use std::collections::HashMap;

use serde_json::Value;

/// What a correct trace says.
#[derive(Default)]
pub(crate) struct Checked {
    /// Begins, by category and name.
    pub(crate) begins: HashMap<(String, String), u64>,
    /// Instants, by name.
    pub(crate) instants: HashMap<String, u64>,
    /// The deepest nesting of each track, by the name of the track.
    pub(crate) deepest: HashMap<String, usize>,
}

impl Checked {
    /// How often something of that category and name began.
    pub(crate) fn begun(&self, category: &str, name: &str) -> u64 {
        self.begins.get(&(category.to_owned(), name.to_owned())).copied().unwrap_or(0)
    }

    /// The deepest nesting on the tracks whose names end in `name`; 0 if there is none.
    pub(crate) fn depth_of(&self, name: &str) -> usize {
        let found =
            self.deepest.iter().filter(|(track, _)| track.ends_with(name)).map(|(_, deepest)| *deepest);
        found.max().unwrap_or(0)
    }
}

/// Checks a trace, whole.
pub(crate) fn check(text: &str) -> Checked {
    let (checked, left_open) = read(text);
    assert!(left_open.is_empty(), "left open: {left_open:?}");
    checked
}

/// Checks what has come into the file of a trace that goes on.
pub(crate) fn so_far(file: &[u8]) -> Checked {
    let text = String::from_utf8_lossy(file);
    let begin = text.find("\"traceEvents\":[\n").unwrap_or(text.len());
    // The last event may be there in part.
    let Some(end) = text[begin..].rfind(",\n") else { return Checked::default() };
    read(&format!("{}]}}", &text[..begin + end])).0
}

/// What a trace says, and what is open at its end, by the name of the track.
fn read(text: &str) -> (Checked, HashMap<String, Vec<String>>) {
    let trace: Value = serde_json::from_str(text).expect("a trace is JSON");
    assert!(["ms", "ns"].contains(&trace["displayTimeUnit"].as_str().expect("a unit")), "displayTimeUnit");
    let events = trace["traceEvents"].as_array().expect("traceEvents is a list");
    let mut checked = Checked::default();
    let mut names: HashMap<(u64, u64), String> = HashMap::new();
    let mut stacks: HashMap<(u64, u64), (Vec<String>, f64, usize)> = HashMap::new();
    for event in events {
        let number = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("no {name}: {event}"));
        let at = event["ts"].as_f64().unwrap_or_else(|| panic!("no ts: {event}"));
        assert!(at >= 0.0 && at.is_finite(), "{event}");
        let track = (number("pid"), number("tid"));
        let text =
            |name: &str| event[name].as_str().unwrap_or_else(|| panic!("no {name}: {event}")).to_owned();
        match event["ph"].as_str().expect("a phase") {
            "M" => {
                let name = text("name");
                match name.as_str() {
                    "process_name" => assert!(event["args"]["name"].is_string(), "{event}"),
                    "thread_name" => {
                        names.insert(track, event["args"]["name"].as_str().expect("a name").to_owned());
                    }
                    "thread_sort_index" => assert!(event["args"]["sort_index"].is_number(), "{event}"),
                    other => panic!("no metadata of the format: {other}"),
                }
            }
            "B" => {
                let (stack, last, deepest) = stacks.entry(track).or_default();
                assert!(at >= *last, "a track goes back in time: {event}");
                *last = at;
                stack.push(text("name"));
                *deepest = (*deepest).max(stack.len());
                *checked.begins.entry((text("cat"), text("name"))).or_default() += 1;
            }
            "E" => {
                let (stack, last, _) = stacks.entry(track).or_default();
                assert!(at >= *last, "a track goes back in time: {event}");
                *last = at;
                stack.pop().unwrap_or_else(|| panic!("an end without a begin: {event}"));
            }
            "i" => {
                assert!(["g", "p", "t"].contains(&text("s").as_str()), "{event}");
                *checked.instants.entry(text("name")).or_default() += 1;
            }
            other => panic!("no phase that we write: {other}"),
        }
    }
    let mut left_open = HashMap::new();
    for (track, (stack, _, deepest)) in stacks {
        let name = names.get(&track).unwrap_or_else(|| panic!("track {track:?} has no name"));
        checked.deepest.insert(name.clone(), deepest);
        if !stack.is_empty() {
            left_open.insert(name.clone(), stack);
        }
    }
    (checked, left_open)
}
