//! One check: one test of one program, with mutants alive in it or with none.

use std::collections::HashSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::group::Group;
use crate::timed::timed;

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its kind.
    pub group: Group,
    /// The test program.
    pub program: PathBuf,
    /// The program's name without cargo's number.
    pub target: String,
    /// The test.
    pub test: String,
    /// The hash of what it is made of.
    pub made_of: u64,
    /// How long it takes with nothing broken.
    pub usual: Duration,
    /// The numbers of the sites that it reaches.
    pub reaches: HashSet<u32>,
}

/// The processor time that a model may take to judge mutants.
const PATIENCE: Duration = Duration::from_secs(90);

/// What ends a process whose processor time is over, and what ends it if it does not mind.
const XCPU: i32 = 24;
const KILL: i32 = 9;

/// True if the system ended the process because its time was over.
fn is_over(status: ExitStatus) -> bool {
    status.signal().is_some_and(|signal| [XCPU, KILL].contains(&signal))
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It noticed nothing.
    Passed,
    /// It failed, each time.
    Failed,
    /// It hangs, each time: a wake-up was lost.
    Hangs,
    /// It had not ended when its time was over, or fails at times: no answer.
    Unknown,
    /// It fails with nothing broken too, or takes long, because of what else the machine does: another time it may answer.
    Disturbed,
}

impl Outcome {
    /// True if that ends the mutant.
    pub fn is_kill(self) -> bool {
        matches!(self, Outcome::Failed | Outcome::Hangs)
    }
}

impl Check {
    /// Its name in lists.
    pub fn name(&self) -> String {
        format!("{} {}::{}", self.group.name(), self.target, self.test)
    }

    /// Its name with the hash of what it is made of.
    pub fn key(&self) -> String {
        format!("{} {:016x}", self.name(), self.made_of)
    }

    /// The command, ended by the system after so many seconds of processor time.
    fn command(&self, processor: Duration) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -t \"$0\"; exec \"$@\"", &processor.as_secs().max(1).to_string()])
            .arg(&self.program)
            .args(["--exact", &self.test, "--test-threads=1", "--nocapture"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env("TOLLGATE_TEST_SEQUENCES", "100")
            .env("TSAN_OPTIONS", "die_after_fork=0 halt_on_error=1");
        command
    }

    /// Runs it with these mutants alive, all at once.
    ///
    /// That many fail is taken as it is, as each of them will be asked alone. One that fails has to do so again, and the check
    /// has to pass with nothing broken in between: what a chance does, or what else the machine does, kills nobody.
    pub fn with_mutants(&self, numbers: &[u32]) -> Outcome {
        let first = self.run(numbers, self.limit());
        if !first.is_kill() || numbers.len() > 1 {
            return first;
        }
        // To hang takes long, and no chance makes a check wait for many times what it takes.
        let again = if first == Outcome::Failed && self.group != Group::Loom { 2 } else { 1 };
        for _ in 0..again {
            if !self.passes_unbroken() {
                return Outcome::Disturbed;
            }
            if !self.run(numbers, self.limit()).is_kill() {
                return Outcome::Unknown;
            }
        }
        first
    }

    /// True if it passes with nothing broken, in a fraction of the time after which it is said to hang.
    ///
    /// Models always do: they try what can happen, not what happens.
    fn passes_unbroken(&self) -> bool {
        self.group == Group::Loom || self.run(&[], self.limit() / 4) == Outcome::Passed
    }

    /// After how long it hangs.
    fn limit(&self) -> Duration {
        match self.group {
            // It computes, and takes the longer the more else the machine does: its processor time is limited instead.
            Group::Loom => Duration::from_secs(3600),
            _ => Duration::from_secs(15) + self.usual * 10,
        }
    }

    fn run(&self, numbers: &[u32], limit: Duration) -> Outcome {
        let processor = match self.group {
            Group::Loom => Duration::from_secs(5) + self.usual * 4,
            // It may wait for ever, which costs none.
            _ => Duration::from_secs(3600),
        };
        let mut command = self.command(processor);
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        command.env("TOLLGATE_MUTANTS", numbers.join(","));
        match timed(&mut command, limit) {
            Some((status, _)) if status.success() => Outcome::Passed,
            Some((status, _)) if is_over(status) => Outcome::Unknown,
            Some(_) => Outcome::Failed,
            None if self.group == Group::Loom => Outcome::Unknown,
            None => Outcome::Hangs,
        }
    }

    /// Runs it with nothing broken; fills in what it reaches and how long it takes.
    ///
    /// A model that takes longer than [`PATIENCE`] judges no mutants: it reaches nothing.
    pub(crate) fn measure(&mut self, record: &Path) -> Result<(), String> {
        fs::write(record, []).map_err(|e| format!("cannot write {}: {e}", record.display()))?;
        let mut command = self.command(if self.group == Group::Loom { PATIENCE } else { PATIENCE * 10 });
        // The file in which threads note what they reach is no object of the library's.
        command.env("TOLLGATE_MUTANT_RECORD", record).env("TSAN_OPTIONS", "die_after_fork=0 report_bugs=0");
        match timed(&mut command, PATIENCE * 20) {
            Some((status, _)) if self.group == Group::Loom && is_over(status) => {
                println!("left out, as it takes too long: {}", self.name());
                return Ok(());
            }
            Some((status, took)) if status.success() => self.usual = took,
            other => return Err(format!("{} fails with nothing broken: {other:?}", self.name())),
        }
        let bytes = fs::read(record).map_err(|e| format!("cannot read {}: {e}", record.display()))?;
        self.reaches = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Ok(())
    }
}
