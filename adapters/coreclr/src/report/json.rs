//! The report for programs: one JSON object on one line.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::Occasion;
use super::picture::{Called, Picture};
use crate::watched::{Crossings, Summary};

pub(super) fn render(picture: &Picture) -> String {
    let members = [
        ("runtime", text(&picture.runtime)),
        ("process", picture.process.to_string()),
        ("occasion", text(occasion(picture.occasion))),
        ("crossings", crossings(&picture.crossings)),
        ("oddities", object(picture.oddities.iter().map(|&(name, count)| (name, count.to_string())))),
        ("forgotten", picture.forgotten.to_string()),
        ("books", books(picture)),
        ("threads", array(picture.threads.iter().map(|(live, summary)| thread(*live, summary)))),
        ("threads_beyond", thread(false, &picture.beyond)),
        ("functions", array(picture.functions.iter().filter(|called| called.calls != 0).map(function))),
    ];
    object(members) + "\n"
}

fn occasion(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Exit => "exit",
        Occasion::Signal => "signal",
        Occasion::Abort => "abort",
        Occasion::Call => "call",
    }
}

fn books(picture: &Picture) -> String {
    let Some(books) = &picture.books else { return "null".to_owned() };
    object([
        ("balanced", books.is_balanced().to_string()),
        ("tasks", books.tasks_attached.to_string()),
        ("open", (books.open_outside + books.open_inside).to_string()),
        ("closed_outside", books.closed_outside.to_string()),
        ("closed_inside", books.closed_inside.to_string()),
        ("irregularities", books.irregularities.to_string()),
        ("unattributed", books.unattributed.to_string()),
    ])
}

fn thread(live: bool, summary: &Summary) -> String {
    object([
        ("thread", summary.os_thread.to_string()),
        ("name", text(&summary.name)),
        ("live", live.to_string()),
        ("threads", summary.threads.to_string()),
        ("crossings", crossings(&summary.crossings)),
        ("depth", summary.depth.to_string()),
        ("innermost", summary.innermost.map_or("null".to_owned(), |function| text(&function.full_name()))),
    ])
}

fn function(called: &Called) -> String {
    let function = called.function;
    let native = |part: fn(&(String, String)) -> &String| {
        function.name.native.as_ref().map_or("null".to_owned(), |names| text(part(names)))
    };
    object([
        ("calls", called.calls.to_string()),
        ("native", (!function.name.inside).to_string()),
        ("library", native(|(library, _)| library)),
        ("entry", native(|(_, entry)| entry)),
        ("managed", text(&function.name.managed)),
        ("address", function.address().map_or("null".to_owned(), |address| address.to_string())),
        ("exempt", function.is_exempt().to_string()),
        ("skipped", function.skipped.load(Ordering::Relaxed).to_string()),
        ("ended_in", function.ended_in.load(Ordering::Relaxed).to_string()),
        ("unmatched", function.unmatched.load(Ordering::Relaxed).to_string()),
    ])
}

fn crossings(crossings: &Crossings) -> String {
    let names = ["leave", "enter", "reverse_enter", "reverse_leave"];
    object(names.into_iter().zip(crossings.map(|count| count.to_string())))
}

fn object(members: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn array(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(text("a\"b\\c\nd"), r#""a\"b\\c\u000ad""#);
        assert_eq!(object([("a", "1".to_owned()), ("b", array(["2".to_owned()]))]), r#"{"a":1,"b":[2]}"#);
    }
}
