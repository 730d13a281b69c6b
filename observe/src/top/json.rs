//! The table for programs: one object a line.

use serde_json::{Value, json};

use super::rows::{Row, Table};
use crate::page::{Page, Process};
use crate::sampler::Sampler;
use crate::trace::Names;

/// Functions that are listed, those with the most time.
const LISTED: usize = 50;

/// The table as JSON, with the time by native function since the first look. Names of members are only ever added.
pub fn json(
    process: &Process,
    page: &Page,
    table: &Table,
    sampler: &Sampler,
    names: &mut impl Names,
) -> Value {
    let (inside_ns, outside_ns) = sampler.sides_ns();
    let functions = sampler.functions();
    let functions = functions.iter().take(LISTED).map(|function| {
        json!({
            "function": function.target.map(|target| names.target(target)),
            "target": function.target,
            "own_ns": function.own_ns,
            "open_ns": function.open_ns,
        })
    });
    json!({
        "pid": process.pid(),
        "process": process.command(),
        "manager": page.number(),
        "policy": page.policy(),
        "at_ns": table.at_ns,
        "interval_s": table.interval_s,
        "tasks_live": table.tasks,
        "tasks_inside": table.inside,
        "crossings_per_second": table.crossings_per_second,
        "gate": {
            "pauses": table.gate.pauses,
            "held": table.gate.held,
            "refuses": table.gate.refuses,
        },
        "pauses": {
            "count": table.pauses.count,
            "median_ns": table.pauses.median_ns,
            "p99_ns": table.pauses.p99_ns,
            "longest_ns": table.pauses.longest_ns,
        },
        "totals": {
            "tasks_attached": table.totals.tasks_attached,
            "leaves": table.totals.leaves,
            "enters": table.totals.enters,
            "reverse_enters": table.totals.reverse_enters,
            "reverse_leaves": table.totals.reverse_leaves,
            "irregularities": table.totals.irregularities,
        },
        "inside_ns": inside_ns,
        "outside_ns": outside_ns,
        "functions": functions.collect::<Value>(),
        "tasks": table.rows.iter().map(task).collect::<Value>(),
    })
}

fn task(row: &Row) -> Value {
    let level = |(level, name): &(crate::look::Level, String)| {
        json!({
            "side": if level.inside { "inside" } else { "outside" },
            "target": level.target,
            "function": name,
        })
    };
    json!({
        "task": row.task,
        "name": row.name,
        "thread": row.os_thread,
        "side": row.side,
        "depth": row.depth,
        "function": row.function,
        "at_least_ns": row.age_ns,
        "crossings_per_second": row.crossings_per_second,
        "share_inside": row.share_inside,
        "settled": row.settled,
        "stuck": row.stuck,
        "levels": row.levels.iter().map(level).collect::<Value>(),
    })
}
