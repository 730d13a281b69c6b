//! A place in the core, and the ways to break it.

use std::ops::Range;

/// One way to break one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// This ordering instead.
    Weaken(&'static str),
    /// The call does not take place.
    Drop,
}

impl Mutation {
    /// True if a call is left out, false if an ordering is weakened.
    pub fn is_call(&self) -> bool {
        matches!(self, Mutation::Drop)
    }
}

/// What is at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordering.
    Order(String),
    /// A call that can be left out; true if it is a whole `let _ = ...;`.
    Call,
    /// An unsafe block: not broken, but watched for being reached. False in what the compiler evaluates.
    Unsafe(bool),
}

/// A place in the core.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its file below `core/src`.
    pub file: String,
    /// File, function, and what it is; unique, and stable while its surroundings change.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Line, from 1.
    pub line: usize,
    /// Where it is, in bytes; for an unsafe block, where its first statement goes.
    pub range: Range<usize>,
}

impl Site {
    /// The ways to break it.
    pub fn mutations(&self) -> Vec<Mutation> {
        match &self.kind {
            Kind::Order(order) => match order.as_str() {
                "AcqRel" => ["Relaxed", "Acquire", "Release"].map(Mutation::Weaken).to_vec(),
                // A fence cannot be Relaxed, and no access here is SeqCst.
                "SeqCst" => vec![Mutation::Weaken("AcqRel")],
                _ => vec![Mutation::Weaken("Relaxed")],
            },
            Kind::Call => vec![Mutation::Drop],
            Kind::Unsafe(_) => Vec::new(),
        }
    }

    /// The name of one of its mutants.
    pub fn mutant(&self, mutation: &Mutation) -> String {
        match mutation {
            Mutation::Weaken(order) => format!("{} -> {order}", self.name),
            Mutation::Drop => format!("{} left out", self.name),
        }
    }
    /// False in files of another system than the one that the checks run on: they are not compiled here.
    pub fn is_of_this_system(&self) -> bool {
        !self.file.starts_with("sys/windows/")
    }

    /// File and function: what breaks there is often noticed by the same checks.
    pub fn function(&self) -> &str {
        let second = self.name.match_indices(' ').nth(1);
        second.map_or(&self.name, |(at, _)| &self.name[..at])
    }
}
