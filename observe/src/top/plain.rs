//! The table as lines of text, for `--once` and for pipes.

use std::fmt::Write;

use super::rows::{Row, Table};
use super::units::{age, duration, percent, rate};

/// The heading that says whose table it is, then the table.
pub fn plain(title: &str, table: &Table) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, title, table);
    out
}

fn write(out: &mut String, title: &str, table: &Table) -> std::fmt::Result {
    writeln!(out, "{title}")?;
    for line in summary(table) {
        writeln!(out, "{line}")?;
    }
    let longest = |text: fn(&Row) -> &str| table.rows.iter().map(|row| text(row).chars().count()).max();
    let name = longest(|row| &row.name).unwrap_or(0).clamp(4, 32);
    let function = longest(|row| function(row)).unwrap_or(0).clamp(15, 60);
    writeln!(out)?;
    writeln!(
        out,
        "{:>6} {:<name$} {:>8} {:<7} {:>5} {:<function$} {:>8} {:>12} {:>6}",
        "task", "name", "thread", "side", "depth", "native function", "at least", "crossings/s", "inside"
    )?;
    for row in &table.rows {
        writeln!(
            out,
            "{:>6} {:<name$} {:>8} {:<7} {:>5} {:<function$} {:>8} {:>12} {:>6}{}",
            row.task,
            cut(&row.name, name),
            row.os_thread,
            row.side,
            row.depth,
            cut(super::plain::function(row), function),
            age(row.age_ns),
            rate(row.crossings_per_second),
            percent(row.share_inside),
            marks(row)
        )?;
    }
    Ok(())
}

/// Lines about all tasks and the gate.
pub(super) fn summary(table: &Table) -> [String; 2] {
    let hidden = table.tasks.saturating_sub(table.rows.len() as u64);
    let hidden = if hidden == 0 { String::new() } else { format!(" ({hidden} not shown)") };
    let gate = match table.gate {
        gate if gate.pauses != 0 => format!("closed, {} held", gate.held),
        gate if gate.refuses => "refuses".to_owned(),
        _ => "open".to_owned(),
    };
    let pauses = match table.pauses {
        pauses if pauses.count == 0 => "no pause so far".to_owned(),
        pauses => format!(
            "{} pauses so far: half took up to {}, 99 % up to {}, the longest {}",
            pauses.count,
            duration(pauses.median_ns),
            duration(pauses.p99_ns),
            duration(pauses.longest_ns)
        ),
    };
    [
        format!(
            "{} tasks{hidden}, {} inside, {} outside; {} crossings/s",
            table.tasks,
            table.inside,
            table.tasks.saturating_sub(table.inside),
            rate(table.crossings_per_second)
        ),
        format!("gate {gate}; {pauses}"),
    ]
}

pub(super) fn function(row: &Row) -> &str {
    row.function.as_deref().unwrap_or("-")
}

/// What is to be known of a row beside its figures.
pub(super) fn marks(row: &Row) -> &'static str {
    match (row.stuck, row.settled) {
        (true, _) => "  stuck?",
        (_, false) => "  ~",
        _ => "",
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
