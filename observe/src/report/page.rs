//! The page itself. No script, nothing from elsewhere: the policy at its head makes browsers keep that.

use std::fmt::Write;

use super::html::{Escaped, Width};
use super::numbers::{duration, grouped, percent, step};
use super::picture::{COLUMNS, Finished, Lane, ROWS, Row};
use super::sums::{Durations, FunctionSums, Kind, Sums, TaskSums};

/// Functions and tasks that the tables list.
const LISTED: usize = 60;
/// The part of the width from which on a span has room for its name; the others have it as a hint.
const NAMED: f64 = 0.03;
/// Percentiles that are shown.
const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

/// Writing to a string cannot fail: the result of `write!` means nothing here.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {{ let _ = write!($out, $($text)*); }};
}

pub(super) fn page(sums: &Sums, picture: &Finished) -> String {
    let mut out = String::new();
    let process = Escaped(&sums.header.process).to_string();
    put!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{process}: crossings</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        include_str!("style.css")
    );
    heading(&mut out, sums, &process);
    tiles(&mut out, sums);
    timeline(&mut out, sums, picture);
    functions(&mut out, sums);
    pauses(&mut out, sums);
    tasks(&mut out, sums);
    put!(out, "</main>\n</body>\n</html>\n");
    out
}

fn is_sampled(sums: &Sums) -> bool {
    sums.header.source == "looks"
}

fn heading(out: &mut String, sums: &Sums, process: &str) {
    let header = &sums.header;
    put!(out, "<h1>{process}: who was in native code, and when</h1>\n");
    let source = if is_sampled(sums) {
        format!(
            "{:.0} looks per second; what happened between two looks is not known",
            header.looks_per_second
        )
    } else {
        "every crossing, with its time".to_owned()
    };
    put!(
        out,
        "<p class=\"quiet\">Process {}, manager {} ({}). {} recorded: {}.</p>\n",
        header.pid,
        header.manager,
        Escaped(&header.policy),
        duration(sums.length_ns()),
        source
    );
    let mut note = |text: String| put!(out, "<p class=\"note\">{text}</p>\n");
    if sums.lost != 0 {
        let lost = grouped(sums.lost);
        note(format!(
            "{lost} events were overwritten before they could be read: counts and times below are too low by what they \
             would have told."
        ));
    }
    if sums.was_cut {
        note("The file ends in the middle. Everything up to there is below.".to_owned());
    }
    if sums.tasks_left_out {
        note(format!("More than {} tasks: the others are left out.", grouped(sums.tasks.len() as u64)));
    }
}

fn tiles(out: &mut String, sums: &Sums) {
    let inside: u64 = sums.tasks.values().fold(0, |sum, task| task.inside_ns.saturating_add(sum));
    let outside: u64 = sums.tasks.values().fold(0, |sum, task| task.outside_ns.saturating_add(sum));
    let took = &sums.pauses.took;
    put!(out, "<div class=\"tiles\">\n");
    let mut tile = |value: String, what: &str| {
        put!(out, "<div class=\"tile\"><b>{value}</b><span>{what}</span></div>\n")
    };
    tile(grouped(sums.tasks.len() as u64), "tasks");
    tile(grouped(sums.levels), if is_sampled(sums) { "levels seen" } else { "levels opened" });
    tile(percent(inside, inside.saturating_add(outside)), "of task time in managed code");
    tile(percent(outside, inside.saturating_add(outside)), "in native calls");
    tile(grouped(took.len()), "pauses");
    tile(if took.is_empty() { "–".to_owned() } else { duration(took.max()) }, "longest pause took");
    put!(out, "</div>\n");
}

fn timeline(out: &mut String, sums: &Sums, picture: &Finished) {
    put!(out, "<section>\n<h2>Timeline</h2>\n<div class=\"key\">");
    for (class, what) in [
        ("inside", "managed code"),
        ("outside", "native call"),
        ("unknown", "not known: before the recording, or lost"),
        ("held", "gate closed, or call held at it"),
    ] {
        put!(out, "<span><i class=\"{class}\"></i>{what}</span>");
    }
    put!(
        out,
        "</div>\n<p class=\"quiet\">One strip per task; a level lies under the one it was opened in. Strong colour: all of \
         the time; pale: part of it ({} a column).</p>\n",
        duration(picture.column_ns as u64)
    );
    gate_lane(out, sums, picture);
    for lane in &picture.lanes {
        task_lane(out, sums, lane, picture.column_ns);
    }
    axis(out, sums);
    if picture.left_out != 0 {
        put!(
            out,
            "<p class=\"quiet\">{} tasks with fewer levels, or that lived for less than a column, are not drawn.</p>\n",
            grouped(picture.left_out as u64)
        );
    }
    put!(out, "</section>\n");
}

fn gate_lane(out: &mut String, sums: &Sums, picture: &Finished) {
    if picture.gate.is_empty() && sums.pauses.took.is_empty() {
        return;
    }
    put!(out, "<div class=\"lane\"><div><b>gate</b><br><span class=\"quiet\">closed ");
    put!(out, "{}</span></div><div class=\"rows\"><div class=\"row\">", duration(sums.pauses.closed_ns));
    for span in &picture.gate {
        let (class, what) = if span.is_closed { ("closed", "closed") } else { ("closing", "closing") };
        put!(
            out,
            "<i class=\"mark {class}\" style=\"left:{};width:{}\" title=\"{what} for {}\"></i>",
            Width(span.left),
            Width(span.width),
            duration(span.length_ns)
        );
    }
    put!(out, "</div></div></div>\n");
    if picture.gate_left_out != 0 {
        put!(out, "<p class=\"quiet\">{} later pauses are not drawn.</p>\n", grouped(picture.gate_left_out));
    }
}

fn task_lane(out: &mut String, sums: &Sums, lane: &Lane, column_ns: f64) {
    let Some(task) = sums.tasks.get(&lane.task) else { return };
    let known = task.inside_ns.saturating_add(task.outside_ns);
    put!(
        out,
        "<div class=\"lane\"><div>{}<br><span class=\"quiet\">{} native{}</span></div><div class=\"rows\">",
        Escaped(name_of(lane.task, task).as_str()),
        percent(task.outside_ns, known),
        if task.deepest > ROWS { format!(", {} deep", task.deepest) } else { String::new() }
    );
    for row in &lane.rows {
        put!(out, "<div class=\"row\">");
        columns(out, row, column_ns);
        for span in &row.spans {
            let name = Escaped(&span.name);
            put!(
                out,
                "<i class=\"{}\" style=\"left:{};width:{}\" title=\"{name}: {}\">",
                class_of(span.kind),
                Width(span.left),
                Width(span.width),
                duration(span.length_ns)
            );
            if span.width >= NAMED {
                put!(out, "{name}");
            }
            put!(out, "</i>");
        }
        put!(out, "</div>");
    }
    put!(out, "</div></div>\n");
}

/// What is too narrow for a name: by column, in four strengths.
fn columns(out: &mut String, row: &Row, column_ns: f64) {
    const STRENGTHS: f64 = 4.0;
    if row.columns.is_empty() {
        return;
    }
    put!(out, "<svg viewBox=\"0 0 {COLUMNS} 1\" preserveAspectRatio=\"none\">");
    let mut kinds: Vec<(&Kind, &Vec<f64>)> = row.columns.iter().collect();
    kinds.sort_by_key(|(kind, _)| **kind);
    for (kind, sums) in kinds {
        // A column with anything in it is not empty.
        let strength = |ns: &f64| ((ns / column_ns).min(1.0) * STRENGTHS).ceil() as u32;
        for wanted in 1..=STRENGTHS as u32 {
            let mut path = String::new();
            let mut column = 0;
            while column < sums.len() {
                let run = sums[column..].iter().take_while(|ns| strength(ns) == wanted).count();
                if run != 0 {
                    put!(path, "M{column} 0h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
            if !path.is_empty() {
                let opacity = f64::from(wanted) / STRENGTHS;
                put!(out, "<path class=\"{}\" fill-opacity=\"{opacity}\" d=\"{path}\"/>", class_of(*kind));
            }
        }
    }
    put!(out, "</svg>");
}

fn axis(out: &mut String, sums: &Sums) {
    let length = sums.length_ns() as f64;
    put!(out, "<div class=\"lane axis-lane\"><div></div><div class=\"axis\">");
    let step = step(length);
    let mut at = 0.0;
    // The last mark needs room for its text.
    while length > 0.0 && at <= length * 0.95 {
        put!(out, "<span style=\"left:{}\">{}</span>", Width(at / length), duration(at as u64));
        at += step;
    }
    put!(out, "</div></div>\n");
}

fn functions(out: &mut String, sums: &Sums) {
    put!(out, "<section>\n<h2>Time in native functions</h2>\n");
    if sums.functions.is_empty() {
        put!(out, "<p class=\"quiet\">No native call was seen.</p>\n</section>\n");
        return;
    }
    let sampled = is_sampled(sums);
    let mut list: Vec<(&String, &FunctionSums)> = sums.functions.iter().collect();
    list.sort_by(|a, b| b.1.own_ns.cmp(&a.1.own_ns).then(a.0.cmp(b.0)));
    let all: u64 = list.iter().fold(0, |sum, (_, function)| function.own_ns.saturating_add(sum));
    put!(
        out,
        "<p class=\"quiet\">Own time is that of the function itself; with callees it includes the managed code that it \
         called back.{}</p>\n<div class=\"table\"><table>\n<tr><th>function</th><th class=\"bar\"></th><th>own time</th>\
         <th>with callees</th>",
        if sampled { " Calls shorter than the time between two looks were mostly not seen." } else { "" }
    );
    put!(
        out,
        "<th>{}</th><th>median</th><th>99 %</th><th>longest</th></tr>\n",
        if sampled { "seen" } else { "calls" }
    );
    for (name, function) in list.iter().take(LISTED) {
        put!(out, "<tr><td class=\"name\">{}</td><td class=\"bar\">", Escaped(name));
        put!(
            out,
            "<div class=\"track\"><i class=\"outside\" style=\"width:{}\"></i></div></td>",
            Width(function.own_ns as f64 / all.max(1) as f64)
        );
        put!(
            out,
            "<td>{} <span class=\"quiet\">{}</span></td>",
            duration(function.own_ns),
            percent(function.own_ns, all)
        );
        put!(out, "<td>{}</td><td>{}</td>", duration(function.open_ns), grouped(function.calls));
        for percentile in [50.0, 99.0, 100.0] {
            put!(out, "<td>{}</td>", duration(function.durations.value_at_percentile(percentile)));
        }
        put!(out, "</tr>\n");
    }
    put!(out, "</table></div>\n");
    more(out, list.len(), "functions");
    put!(out, "</section>\n");
}

fn pauses(out: &mut String, sums: &Sums) {
    let pauses = &sums.pauses;
    put!(out, "<section>\n<h2>Pauses</h2>\n");
    if pauses.failed != 0 {
        put!(out, "<p class=\"note\">{} pauses did not come about.</p>\n", grouped(pauses.failed));
    }
    if pauses.took.is_empty() {
        put!(out, "<p class=\"quiet\">The host did not pause its tasks.</p>\n</section>\n");
        return;
    }
    put!(out, "<p class=\"quiet\">{} pauses. ", grouped(pauses.took.len()));
    put!(out, "From the request until no task was in managed code");
    if pauses.from_buckets {
        put!(out, "; from the manager's own counts, which are up to a quarter too low");
    }
    put!(out, ".</p>\n<div class=\"table\"><table>\n<tr><th></th>");
    for percentile in PERCENTILES {
        let head = if percentile == 100.0 { "longest".to_owned() } else { format!("{percentile} %") };
        put!(out, "<th>{head}</th>");
    }
    put!(out, "</tr>\n");
    let mut row = |name: &str, durations: &Durations| {
        put!(out, "<tr><td>{name}</td>");
        for percentile in PERCENTILES {
            put!(out, "<td>{}</td>", duration(durations.value_at_percentile(percentile)));
        }
        put!(out, "</tr>\n");
    };
    row("pause took", &pauses.took);
    if !pauses.from_buckets {
        row("of that, waiting for tasks inside", &pauses.waited);
    }
    put!(out, "</table></div>\n");
    histogram(out, &pauses.took);
    put!(out, "</section>\n");
}

/// Bars by duration, each twice as long as the one before.
fn histogram(out: &mut String, durations: &Durations) {
    let first = durations.min().max(1).ilog2();
    let last = durations.max().max(1).ilog2();
    let upto = |power: u32| u64::MAX >> (63 - power);
    let count = |power: u32| durations.count_between(if power == 0 { 0 } else { 1 << power }, upto(power));
    let most = (first..=last).map(count).max().unwrap_or(0).max(1);
    put!(out, "<div class=\"histogram\">");
    for power in first..=last {
        let (height, class) =
            (count(power) as f64 / most as f64, if count(power) == 0 { " class=\"none\"" } else { "" });
        put!(
            out,
            "<i{class} style=\"height:{}\" title=\"{} from {} to {}\"></i>",
            Width(height),
            grouped(count(power)),
            duration(1 << power),
            duration(upto(power))
        );
    }
    put!(out, "</div>\n<div class=\"scale\"><span>{}</span>", duration(1 << first));
    put!(out, "<span>number of pauses by duration, each bar twice the one before</span>");
    put!(out, "<span>{}</span></div>\n", duration(upto(last)));
}

fn tasks(out: &mut String, sums: &Sums) {
    put!(out, "<section>\n<h2>Tasks</h2>\n");
    let mut list: Vec<(&u64, &TaskSums)> = sums.tasks.iter().collect();
    list.sort_by_key(|(id, task)| (std::cmp::Reverse(task.levels), **id));
    put!(
        out,
        "<div class=\"table\"><table>\n<tr><th>task</th><th class=\"bar\"></th><th>managed</th><th>native</th>\
         <th>held</th><th>levels</th><th>deepest</th></tr>\n"
    );
    for (id, task) in list.iter().take(LISTED) {
        let all = task.inside_ns.saturating_add(task.outside_ns).saturating_add(task.held_ns);
        put!(out, "<tr><td>{}</td><td class=\"bar\"><div class=\"track\">", Escaped(&name_of(**id, task)));
        for (class, part) in
            [("inside", task.inside_ns), ("outside", task.outside_ns), ("held", task.held_ns)]
        {
            put!(out, "<i class=\"{class}\" style=\"width:{}\"></i>", Width(part as f64 / all.max(1) as f64));
        }
        put!(out, "</div></td>");
        for part in [task.inside_ns, task.outside_ns] {
            put!(out, "<td>{} <span class=\"quiet\">{}</span></td>", duration(part), percent(part, all));
        }
        put!(out, "<td>{}</td>", if task.held_ns == 0 { "–".to_owned() } else { duration(task.held_ns) });
        put!(out, "<td>{}</td><td>{}</td></tr>\n", grouped(task.levels), task.deepest);
    }
    put!(out, "</table></div>\n");
    more(out, list.len(), "tasks");
    put!(out, "</section>\n");
}

fn more(out: &mut String, listed: usize, what: &str) {
    if listed > LISTED {
        put!(out, "<p class=\"quiet\">And {} more {what}.</p>\n", grouped((listed - LISTED) as u64));
    }
}

fn name_of(id: u64, task: &TaskSums) -> String {
    if task.name.is_empty() { format!("task {id}") } else { task.name.clone() }
}

fn class_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Inside => "inside",
        Kind::Outside => "outside",
        Kind::Unknown => "unknown",
        Kind::Held => "held",
    }
}
