//! The checks that mutants are put to: every test of core, capi and stress and every loom model, each by itself.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use crate::group::Group;
use crate::hash;
use crate::timed::timed;

/// One check: one test of one program.
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
    /// Its name, with the hash of what it is made of.
    pub key: String,
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
    /// It failed.
    Failed,
    /// It hangs: a wake-up was lost.
    Hangs,
    /// It had not ended when its time was over, or fails with nothing broken too: no answer.
    Unknown,
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
        name(self.group, &self.target, &self.test)
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
    /// A test that fails is run again with nothing broken: one that fails then too, because of what else the machine does, has
    /// said nothing. Models have no such reasons.
    pub fn with_mutants(&self, numbers: &[u32]) -> Outcome {
        match self.run(numbers) {
            kill if kill.is_kill() && self.group != Group::Loom && self.run(&[]) != Outcome::Passed => {
                Outcome::Unknown
            }
            outcome => outcome,
        }
    }

    fn run(&self, numbers: &[u32]) -> Outcome {
        // A model computes, and takes the longer the more else the machine does: its processor time is limited. The others
        // may wait for ever, which costs none.
        let (processor, limit) = match self.group {
            Group::Loom => (Duration::from_secs(5) + self.usual * 4, Duration::from_secs(3600)),
            _ => (Duration::from_secs(3600), Duration::from_secs(15) + self.usual * 10),
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
    fn measure(&mut self, record: &Path) -> Result<(), String> {
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

    /// The line of the cache for it: `key \t milliseconds \t numbers`.
    fn line(&self) -> String {
        let mut numbers: Vec<u32> = self.reaches.iter().copied().collect();
        numbers.sort_unstable();
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        format!("{}\t{}\t{}\n", self.key, self.usual.as_millis(), numbers.join(" "))
    }
}

fn name(group: Group, target: &str, test: &str) -> String {
    format!("{} {target}::{test}", group.name())
}

fn key(copy: &Path, group: Group, target: &str, test: &str) -> String {
    let hash = hash::of_files(copy, &group.sources(target, test));
    format!("{} {hash:016x}", name(group, target, test))
}

/// Builds the copy for each of the `groups` and measures every check, or takes the measures of the last run of the same
/// sources from `cache`. Cheapest first.
pub fn checks(copy: &Path, cache: &Path, groups: &[Group]) -> Result<Vec<Check>, String> {
    let mut all = Vec::new();
    for &group in groups {
        println!("building: {}", group.name());
        for (target, program) in programs(&mut group.build(copy))? {
            let listed = Command::new(&program)
                .args(["--list", "--format", "terse"])
                .output()
                .map_err(|e| format!("cannot run {}: {e}", program.display()))?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let tests = listed.lines().filter_map(|line| line.strip_suffix(": test"));
            all.extend(tests.filter(|test| !group.leaves_out(&target, test)).map(|test| Check {
                group,
                program: program.clone(),
                target: target.clone(),
                test: test.to_owned(),
                key: key(copy, group, &target, test),
                usual: Duration::ZERO,
                reaches: HashSet::new(),
            }));
        }
    }
    measure(&mut all, cache)?;
    all.sort_by_key(|check| check.usual);
    Ok(all)
}

/// The test programs that a command builds, by target.
fn programs(command: &mut Command) -> Result<Vec<(String, PathBuf)>, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|e| format!("cannot run cargo: {e}"))?;
    if !output.status.success() {
        return Err("the copy with the mutants does not build".to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut found = Vec::new();
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let name = message["target"]["name"].as_str();
        if let (Some(program), Some(name), Some(true)) =
            (message["executable"].as_str(), name, message["profile"]["test"].as_bool())
        {
            found.push((name.to_owned(), PathBuf::from(program)));
        }
    }
    Ok(found)
}

/// Measures who is not in the cache, two at a time: many of them wait more than they compute.
///
/// Who is in the cache and not wanted now stays there.
fn measure(all: &mut [Check], cache: &Path) -> Result<(), String> {
    let text = fs::read_to_string(cache).unwrap_or_default();
    let mut known: HashMap<String, String> = text
        .lines()
        .filter_map(|line| Some((line.split('\t').next()?.to_owned(), format!("{line}\n"))))
        .collect();
    let mut new = Vec::new();
    for check in all.iter_mut() {
        match known.get(&check.key) {
            Some(line) => {
                let mut parts = line.trim_end().split('\t').skip(1);
                let millis = parts.next().and_then(|millis| millis.parse().ok()).unwrap_or(0);
                check.usual = Duration::from_millis(millis);
                check.reaches =
                    parts.next().unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
            }
            None => new.push(check),
        }
    }
    let count = new.len();
    let queue = Mutex::new(new.into_iter().enumerate());
    let known = Mutex::new(&mut known);
    let work = |record: PathBuf| -> Result<(), String> {
        loop {
            let next = queue.lock().expect("nobody panics with the queue").next();
            let Some((number, check)) = next else { return Ok(()) };
            check.measure(&record)?;
            println!("measured {}/{count}: {} {:?}", number + 1, check.name(), check.usual);
            let mut known = known.lock().expect("nobody panics with the cache");
            known.insert(check.key.clone(), check.line());
            let lines: String = known.values().map(String::as_str).collect();
            fs::write(cache, lines).map_err(|e| format!("cannot write {}: {e}", cache.display()))?;
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| work(cache.with_extension("record2")));
        work(cache.with_extension("record"))?;
        other.join().expect("a measure does not panic")
    })
}
