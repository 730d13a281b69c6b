//! From events to a trace to a page, with figures that are known beforehand.

mod common;

use common::format::{Checked, check};
use common::{Random, file, seed};
use serde_json::Value;
use tollgate_core::info::TaskInfo;
use tollgate_observe::chrome::Writer;
use tollgate_observe::look::Look;
use tollgate_observe::report::report;
use tollgate_observe::trace::{Event, Names, Recorder, What};

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

struct Plain;

impl Names for Plain {
    fn target(&mut self, target: u64) -> String {
        format!("f{target}<b>&\"'")
    }

    fn task(&mut self, task: u64, _: u64) -> String {
        format!("<i>worker {task}")
    }
}

fn recorder(source: &str) -> Recorder<Vec<u8>, Plain> {
    let facts =
        [("source", Value::from(source)), ("looks_per_second", 1000.0.into()), ("policy", "govern".into())];
    let writer = Writer::new(Vec::new(), 0, 7, "a </title> host", &facts).expect("memory can be written");
    Recorder::new(writer, Plain).expect("memory can be written")
}

fn event(at_ns: u64, task: u64, depth: u32, what: What) -> Event {
    Event { at_ns, task, depth, what }
}

fn record(events: &[Event], end_ns: u64) -> String {
    let mut recorder = recorder("events");
    events.iter().try_for_each(|event| recorder.event(event)).expect("memory can be written");
    let (_, bytes) = recorder.finish(end_ns).expect("memory can be written");
    String::from_utf8(bytes).expect("JSON is text")
}

/// The page about a trace.
fn page(name: &str, trace: &str) -> String {
    let path = file(name);
    std::fs::write(&path, trace).expect("the target directory is writable");
    let page = report(&path).expect("it is a trace");
    let _ = std::fs::remove_file(path);
    page
}

#[test]
fn the_documented_sequence_nests_and_its_times_are_exact() {
    let events = [
        event(0, 1, 0, What::Begins(70)),
        event(MS, 1, 1, What::Leave(1)),
        event(2 * MS, 1, 2, What::ReverseEnter),
        event(3 * MS, 1, 3, What::Leave(2)),
        event(7 * MS, 1, 2, What::Enter),
        event(8 * MS, 1, 1, What::ReverseLeave),
        event(9 * MS, 1, 0, What::Enter),
        event(10 * MS, 1, 0, What::Ends),
    ];
    let trace = record(&events, 10 * MS);
    let checked = check(&trace);
    assert_eq!(checked.depth_of("worker 1"), 4);
    let Checked { begins, .. } = &checked;
    assert_eq!(begins.values().sum::<u64>(), 4, "{begins:?}");
    assert_eq!(checked.begun("outside", "f1<b>&\"'"), 1);
    assert_eq!(checked.begun("outside", "f2<b>&\"'"), 1);

    let html = page("sequence.json", &trace);
    // f1: 8 ms open, of which 6 in the method that it called; f2: 4 ms. The task: 9 ms from its first level on, 3 of them inside.
    for expected in [
        "<td class=\"name\">f2&lt;b&gt;&amp;&quot;&#39;</td>",
        "<td>4.00 ms <span class=\"quiet\">67 %</span></td><td>4.00 ms</td><td>1</td>",
        "<td>2.00 ms <span class=\"quiet\">33 %</span></td><td>8.00 ms</td><td>1</td>",
        "&lt;i&gt;worker 1",
        "a &lt;/title&gt; host",
        "<b>33 %</b><span>of task time in managed code</span>",
    ] {
        assert!(html.contains(expected), "no `{expected}` in\n{html}");
    }
    assert!(!html.contains("<i>worker") && !html.contains("f1<b>"));
}

#[test]
fn pauses_are_drawn_and_counted_to_the_percentile() {
    let mut events = Vec::new();
    for number in 1..=100 {
        let start = number * MS;
        events.push(event(start, 0, 0, What::PauseBegins));
        let came = event(start + number * US, 0, 1, What::PauseHolds { waited_ns: number * 500 });
        events.push(came);
        events.push(event(start + number * US + 100, 0, 0, What::Resumed { admitted: 1 }));
    }
    events.push(event(200 * MS, 0, 0, What::PauseBegins));
    events.push(event(201 * MS, 0, 0, What::PauseFails(3)));
    let trace = record(&events, 250 * MS);
    let checked = check(&trace);
    assert_eq!((checked.begun("gate", "closing"), checked.begun("gate", "closed")), (101, 100));
    assert_eq!((checked.instants["paused"], checked.instants["pause failed"]), (100, 1));
    let html = page("pauses.json", &trace);
    // Two digits are kept: 50 us, 90 us and so on, up to half a percent more.
    for expected in [
        "pause took</td><td>50.",
        "of that, waiting for tasks inside</td><td>25.",
        "1 pauses did not come about",
    ] {
        assert!(html.contains(expected), "no `{expected}` in\n{html}");
    }
}

#[test]
fn losses_are_said_and_the_rest_still_nests() {
    let mut recorder = recorder("events");
    let mut write = |event: Event| recorder.event(&event).expect("memory can be written");
    write(event(0, 1, 3, What::Leave(1)));
    write(event(US, 1, 9, What::ReverseEnter));
    write(event(2 * US, 1, 1, What::Enter));
    recorder.lost(1, 3 * US, 4_321).expect("memory can be written");
    let (summary, bytes) = recorder.finish(4 * US).expect("memory can be written");
    assert_eq!((summary.events, summary.lost, summary.tasks), (3, 4_321, 1));
    let trace = String::from_utf8(bytes).expect("JSON is text");
    let checked = check(&trace);
    assert_eq!(checked.instants["events lost"], 1);
    assert_eq!(checked.begun("unknown", "events lost"), 1, "from the last event to the end nothing is known");
    assert!(page("losses.json", &trace).contains("4\u{202f}321 events were overwritten"));
}

/// Levels too deep to be followed are left out of the sums, and do not end others in their place.
#[test]
fn levels_too_deep_do_not_end_others() {
    let opened = (1..=6_000).map(|depth| event(MS, 1, depth, What::Leave(u64::from(depth == 1))));
    let closed =
        (0..6_000).rev().map(|depth| event(if depth == 0 { 9 } else { 2 } * MS, 1, depth, What::Enter));
    let trace = record(&opened.chain(closed).collect::<Vec<_>>(), 10 * MS);
    let html = page("deep.json", &trace);
    let expected = "<td>7.00 ms <span class=\"quiet\">88 %</span></td><td>8.00 ms</td><td>1</td>";
    assert!(html.contains(expected), "no `{expected}` in\n{html}");
}

#[test]
fn looks_make_a_trace_too() {
    let mut recorder = recorder("looks");
    for step in 0..10 {
        let mut look = Look::empty(step * MS);
        look.totals.tasks_attached = 2;
        let mut task = TaskInfo { id: 1, depth: 1, directions: 0b10, ..TaskInfo::EMPTY };
        task.targets[0] = 1 + u64::from(step >= 5);
        look.tasks.push(task);
        if step < 3 {
            look.tasks.push(TaskInfo { id: 2, side: 1, ..task });
        }
        look.gate.pauses = u32::from(step == 4);
        recorder.look(&look).expect("memory can be written");
    }
    let (summary, bytes) = recorder.finish(10 * MS).expect("memory can be written");
    assert_eq!((summary.looks, summary.tasks), (10, 2));
    let trace = String::from_utf8(bytes).expect("JSON is text");
    let checked = check(&trace);
    assert_eq!(checked.begun("gate", "closed"), 1);
    let html = page("looks.json", &trace);
    assert!(html.contains("1000 looks per second"), "{html}");
    assert!(html.contains("<td>5.00 ms <span class=\"quiet\">"), "{html}");
}

/// Whatever is heard, the trace is one, and the page is made.
#[test]
fn nonsense_makes_a_correct_trace() {
    let mut random = Random::new(seed());
    let mut recorder = recorder("events");
    let mut now = 0;
    for _ in 0..20_000 {
        now += random.below(3_000);
        // Clocks of processors may differ: times go back a little.
        let at_ns = (now + 1_000).saturating_sub(random.below(2_000));
        let depth = if random.below(50) == 0 { random.below(70_000) } else { random.below(6) } as u32;
        let what = match random.below(16) {
            0..3 => What::Leave(random.below(5)),
            3 | 4 => What::ReverseEnter,
            5 | 6 => What::Enter,
            7 => What::ReverseLeave,
            8 => What::Held,
            9 => What::Admitted,
            10 => What::Refused { error: random.below(20), call: random.below(9) },
            11 => What::Ends,
            12 => What::PauseBegins,
            13 => What::PauseHolds { waited_ns: random.below(u64::MAX) },
            14 => What::PauseFails(random.below(20)),
            _ => What::Resumed { admitted: random.below(u64::MAX) },
        };
        recorder.event(&event(at_ns, random.below(8), depth, what)).expect("memory can be written");
        if random.below(200) == 0 {
            let mut look = Look::empty(at_ns);
            look.totals.tasks_attached = random.below(10);
            look.tasks.push(TaskInfo {
                id: random.below(8) + 1,
                depth,
                directions: random.below(99),
                ..TaskInfo::EMPTY
            });
            recorder.look(&look).expect("memory can be written");
        }
    }
    let (_, bytes) = recorder.finish(now).expect("memory can be written");
    let trace = String::from_utf8(bytes).expect("JSON is text");
    let checked = check(&trace);
    assert!(checked.begins.len() > 5);
    assert!(page("nonsense.json", &trace).ends_with("</html>\n"));
}
