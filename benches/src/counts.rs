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
    /// The same for a nested four.
    pub four_budget: u64,
    /// How many of a pair's the budget takes for the caller's, where the callers of a yardstick tell how many they are.
    pub callers_share: Option<u64>,
}

/// Every door; budgets as in docs/PERFORMANCE.md.
pub const DOORS: &[Door] = &[
    com("COM, static library", Build::Static, 36, 142),
    com("COM, shared library", Build::Shared, 36, 142),
    com("COM, static, descriptor", Build::DescriptorStatic, 46, 166),
    com("COM, shared, descriptor", Build::DescriptorShared, 46, 182),
    door("C function, static library", "handle", Some(Build::Static), 34, 120),
    // The call goes through the procedure linkage table: one jump more each, or two with branch protection.
    door("C function, shared library", "handle", Some(Build::Shared), 38, 136),
    // gcc knows after each call that all is well; clang adds the results up, two instructions a call.
    door("C, inlined", "inline_c", Some(Build::Static), 22, 88),
    door("C++, inlined", "inline_cpp", Some(Build::Static), 22, 88),
    door("Rust, thread-local", "tls", None, 22, 82),
    door("Rust, task handle", "task", None, 19, 74),
    door("Rust, guard", "guard", None, 19, 77),
];

/// Calls through a vtable that do nothing, from the same source as the COM door: what its callers spend.
pub const EMPTY: [Door; 2] = [
    door("empty vtable, static", "empty", Some(Build::Static), 18, 64),
    door("empty vtable, shared", "empty", Some(Build::Shared), 18, 64),
];

/// The instructions of a method that does nothing: clear the result, return.
const EMPTY_METHOD: u64 = 2;

const fn door(
    title: &'static str,
    name: &'static str,
    build: Option<Build>,
    budget: u64,
    four_budget: u64,
) -> Door {
    Door { title, name, build, budget, four_budget, callers_share: None }
}

const fn com(title: &'static str, build: Build, budget: u64, four_budget: u64) -> Door {
    Door { title, name: "com", build: Some(build), budget, four_budget, callers_share: Some(10) }
}

impl Door {
    /// The budget for `shape`.
    pub fn budget(&self, shape: Shape) -> u64 {
        match shape {
            Shape::Pairs => self.budget,
            Shape::Nested => self.four_budget,
        }
    }

    /// The instructions of a round as the budget means them, of `count` counted ones.
    ///
    /// How many the caller of a vtable spends depends on its compiler, so they are counted with the empty vtable of the
    /// same kind and replaced by the share that the budget allows for.
    pub fn as_budgeted(&self, count: u64, shape: Shape) -> Result<u64, Refused> {
        let (Some(share), Some(build)) = (self.callers_share, self.build) else { return Ok(count) };
        let empty = instructions(&EMPTY[build.plain() as usize], shape)?;
        let callers = empty - 2 * shape.pairs() * EMPTY_METHOD;
        Ok(count - callers + share * shape.pairs())
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

impl Shape {
    /// How many calls that open a level, and as many that close one, are in it.
    fn pairs(self) -> u64 {
        match self {
            Shape::Pairs => 1,
            Shape::Nested => 4,
        }
    }
}

/// Rounds that the difference is taken over.
const TIMES: u64 = 50;

/// The instructions of one round, loop included.
///
/// They are a whole number: a door that now and then takes another path is an error, not an average.
pub fn instructions(door: &Door, shape: Shape) -> Result<u64, Refused> {
    let [once, twice] = stepper::count(rounds(door, shape))?;
    match twice.checked_sub(once) {
        Some(difference) if difference % TIMES == 0 => Ok(difference / TIMES),
        _ => Err(Refused::Program(format!("{}: {once}, then {twice} instructions", door.title))),
    }
}

/// What is stepped through for that: a program that stops itself before, between and after its rounds.
pub fn rounds(door: &Door, shape: Shape) -> Command {
    let mut command = Command::new(match door.build {
        Some(build) => program(build),
        None => rust_program(),
    });
    let shape = if shape == Shape::Pairs { "pairs" } else { "nested" };
    command.args([door.name, shape, &TIMES.to_string()]);
    command
}
