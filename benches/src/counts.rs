//! The instructions of every door, counted in the release artifact.

use std::process::Command;

use crate::programs::{Build, program, rust_program};
use crate::stepper::{self, Refused};

/// A door as it is counted, and what it may take.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// As tables show it.
    pub title: &'static str,
    /// What the program calls it.
    pub name: &'static str,
    /// How the C artifact is built and linked; `None` for a door of Rust.
    pub build: Option<Build>,
    /// The most instructions for a leave and an enter with what the caller spends on them, the loop included.
    pub budget: u64,
    /// How many of them the budget takes for the caller's, where the callers of a yardstick tell how many they are.
    pub callers_share: Option<u64>,
}

/// Every door; budgets as in docs/PERFORMANCE.md.
pub const DOORS: &[Door] = &[
    com("COM, static library", Build::Static, 36),
    com("COM, shared library", Build::Shared, 36),
    com("COM, static, descriptor", Build::DescriptorStatic, 46),
    com("COM, shared, descriptor", Build::DescriptorShared, 46),
    door("C function, static library", "handle", Some(Build::Static), 34),
    // The call goes through the procedure linkage table: one jump more each, or two with branch protection.
    door("C function, shared library", "handle", Some(Build::Shared), 38),
    door("C, inlined", "inline_c", Some(Build::Static), 22),
    door("C++, inlined", "inline_cpp", Some(Build::Static), 22),
    door("Rust, thread-local", "tls", None, 22),
    door("Rust, task handle", "task", None, 19),
    door("Rust, guard", "guard", None, 19),
];

/// Calls through a vtable that do nothing, from the same source as the COM door: what its callers spend.
pub const EMPTY: [Door; 2] = [
    door("empty vtable, static", "empty", Some(Build::Static), 18),
    door("empty vtable, shared", "empty", Some(Build::Shared), 18),
];

/// The instructions of a method that does nothing: clear the result, return.
const EMPTY_METHOD: u64 = 2;

const fn door(title: &'static str, name: &'static str, build: Option<Build>, budget: u64) -> Door {
    Door { title, name, build, budget, callers_share: None }
}

const fn com(title: &'static str, build: Build, budget: u64) -> Door {
    Door { title, name: "com", build: Some(build), budget, callers_share: Some(10) }
}

impl Door {
    /// The instructions of a pair as the budget means them, of `pair` counted ones.
    ///
    /// How many the caller of a vtable spends depends on its compiler, so they are counted with the empty vtable of the
    /// same kind and replaced by the share that the budget allows for.
    pub fn as_budgeted(&self, pair: u64) -> Result<u64, Refused> {
        let (Some(share), Some(build)) = (self.callers_share, self.build) else { return Ok(pair) };
        let callers = instructions(&EMPTY[build.plain() as usize], Shape::Pairs)? - 2 * EMPTY_METHOD;
        Ok(pair - callers + share)
    }
}

/// What is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A leave and an enter.
    Pairs,
    /// Four levels, alternating, opened and closed.
    Nested,
}

/// Rounds that the difference is taken over.
const TIMES: u64 = 50;

/// The instructions of one round, loop included.
///
/// They are a whole number: a door that now and then takes another path is an error, not an average.
pub fn instructions(door: &Door, shape: Shape) -> Result<u64, Refused> {
    let mut command = Command::new(match door.build {
        Some(build) => program(build),
        None => rust_program(),
    });
    let shape = if shape == Shape::Pairs { "pairs" } else { "nested" };
    command.args([door.name, shape, &TIMES.to_string()]);
    let [once, twice] = stepper::count(command)?;
    match twice.checked_sub(once) {
        Some(difference) if difference % TIMES == 0 => Ok(difference / TIMES),
        _ => Err(Refused::Program(format!("{}: {once}, then {twice} instructions", door.title))),
    }
}
