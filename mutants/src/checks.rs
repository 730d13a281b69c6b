//! The checks that mutants are put to: every test of core and capi and every loom model, each by itself.

use std::collections::HashSet;
use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tollgate_tests::artifact::cargo;

use crate::hash;

/// Kinds of checks, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Unit tests of core.
    Unit,
    /// Models; broken twins are left out: they fail for reasons of their own.
    Loom,
    /// The other tests of core and capi, on this machine.
    Native,
    /// The same under ThreadSanitizer, which sees a missing order on a processor that keeps it anyway.
    Thread,
}

impl Group {
    const ALL: [Group; 4] = [Group::Unit, Group::Loom, Group::Native, Group::Thread];

    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Group::Unit => "unit",
            Group::Loom => "loom",
            Group::Native => "test",
            Group::Thread => "tsan",
        }
    }

    fn build(self, copy: &Path) -> Vec<Command> {
        let target = copy.join("target").join(self.name());
        let base = || {
            let mut command = if self == Group::Thread { Command::new("cargo") } else { cargo() };
            command.current_dir(copy).env("CARGO_TARGET_DIR", &target).env_remove("CARGO_ENCODED_RUSTFLAGS");
            command
        };
        let mut command = base();
        match self {
            Group::Unit => command.args(["test", "-p", "tollgate-core", "--lib"]),
            Group::Loom => {
                command.env("RUSTFLAGS", "--cfg loom").args(["test", "--release", "-p", "loom-tests"])
            }
            Group::Native => command.args([
                "test",
                "-p",
                "tollgate-core",
                "-p",
                "tollgate-capi",
                "-p",
                "tollgate-stress",
                "--tests",
            ]),
            Group::Thread => {
                // What cargo sets for the programs it starts would name the toolchain of this one.
                command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
                command
                    .arg("+nightly")
                    .env("RUSTFLAGS", "-Zsanitizer=thread -Cdebug-assertions=on --cfg tsan")
                    .env("CARGO_PROFILE_DEV_PANIC", "unwind")
                    .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
                    .args([
                        "test",
                        "-Zbuild-std=std,panic_unwind,test",
                        "--target",
                        "x86_64-unknown-linux-gnu",
                    ])
                    .args([
                        "-p",
                        "tollgate-core",
                        "-p",
                        "tollgate-capi",
                        "-p",
                        "tollgate-stress",
                        "--lib",
                        "--tests",
                    ])
            }
        };
        command.args(["--no-run", "--message-format=json-render-diagnostics"]);
        vec![command]
    }
}

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
    /// It had not ended when its time was over.
    Late,
}

impl Check {
    /// Its name in lists.
    pub fn name(&self) -> String {
        format!("{} {}::{}", self.group.name(), self.target, self.test)
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

    /// Runs it with mutant `number` alive.
    pub fn with_mutant(&self, number: u32) -> Outcome {
        // A model computes, and takes the longer the more else the machine does: its processor time is limited. The others
        // may wait for ever, which costs none.
        let (processor, limit) = match self.group {
            Group::Loom => (Duration::from_secs(5) + self.usual * 4, Duration::from_secs(3600)),
            _ => (Duration::from_secs(3600), Duration::from_secs(40) + self.usual * 10),
        };
        let mut command = self.command(processor);
        command.env("TOLLGATE_MUTANT", number.to_string());
        match timed(&mut command, limit) {
            Some((status, _)) if status.success() => Outcome::Passed,
            Some((status, _)) if is_over(status) => Outcome::Late,
            Some(_) => Outcome::Failed,
            None => Outcome::Late,
        }
    }

    /// Runs it with nothing broken; fills in what it reaches and how long it takes.
    ///
    /// A model that takes longer than [`PATIENCE`] judges no mutants: it reaches nothing.
    fn measure(&mut self, record: &Path) -> Result<(), String> {
        fs::write(record, []).map_err(|e| format!("cannot write {}: {e}", record.display()))?;
        let mut command = self.command(if self.group == Group::Loom { PATIENCE } else { PATIENCE * 10 });
        command.env("TOLLGATE_MUTANT_RECORD", record);
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

/// Runs a command in a process group of its own; `None` if it had to be ended.
fn timed(command: &mut Command, limit: Duration) -> Option<(ExitStatus, Duration)> {
    let start = Instant::now();
    let mut child = command.process_group(0).spawn().expect("the check starts");
    let mut nap = Duration::from_millis(2);
    loop {
        if let Some(status) = child.try_wait().expect("the check can be waited for") {
            end_group(child.id());
            return Some((status, start.elapsed()));
        }
        if start.elapsed() > limit {
            end_group(child.id());
            child.wait().expect("the check can be waited for");
            return None;
        }
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(50));
    }
}

/// Ends what a check has started: children of forks may wait for ever where something is broken.
fn end_group(leader: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{leader}")]).stderr(Stdio::null()).status();
}

/// Tests that prove nothing about mutants, or take their time to prove something else.
fn is_left_out(group: Group, target: &str, test: &str) -> bool {
    // The fuzzer's inputs are not in the copy.
    if test.starts_with("inputs_of_the_fuzzer") {
        return true;
    }
    match group {
        Group::Loom => target != "models" || test.contains("broken_"),
        // Counts the pages of the process, in which the sanitizer maps pages of its own.
        Group::Thread => test.contains("refused_threads_leave_nothing_behind"),
        _ => false,
    }
}

/// Builds the copy for each of the `groups` and measures every check, or takes the measures of the last run of the same
/// sources from `cache`.
pub fn checks(copy: &Path, cache: &Path, groups: &[Group]) -> Result<Vec<Check>, String> {
    let mut all = Vec::new();
    for group in Group::ALL.into_iter().filter(|group| groups.contains(group)) {
        println!("building: {}", group.name());
        let mut found = Vec::new();
        for mut command in group.build(copy) {
            found.extend(programs(&mut command)?);
        }
        if group == Group::Native {
            // The unit tests of core are a group of their own.
            found.retain(|(target, _)| target != "tollgate_core");
        }
        for (target, program) in found {
            let listed = Command::new(&program)
                .args(["--list", "--format", "terse"])
                .output()
                .map_err(|e| format!("cannot run {}: {e}", program.display()))?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            for test in listed.lines().filter_map(|line| line.strip_suffix(": test")) {
                if !is_left_out(group, &target, test) {
                    all.push(Check {
                        group,
                        program: program.clone(),
                        target: target.clone(),
                        test: test.to_owned(),
                        usual: Duration::ZERO,
                        reaches: HashSet::new(),
                    });
                }
            }
        }
    }
    measure(&mut all, cache)?;
    all.sort_by_key(|check| (check.group, check.usual));
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

/// Cache: for each check a line `key \t milliseconds \t numbers`, where the key has the program's contents in it.
fn measure(all: &mut [Check], cache: &Path) -> Result<(), String> {
    let known = fs::read_to_string(cache).unwrap_or_default();
    let known: std::collections::HashMap<&str, (&str, &str)> = known
        .lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            Some((parts.next()?, (parts.next()?, parts.next()?)))
        })
        .collect();
    let record = cache.with_extension("record");
    let mut lines = String::new();
    let mut hashes: std::collections::HashMap<PathBuf, u64> = std::collections::HashMap::new();
    let count = all.len();
    for (done, check) in all.iter_mut().enumerate() {
        let program = *hashes
            .entry(check.program.clone())
            .or_insert_with(|| hash::of(&[&fs::read(&check.program).unwrap_or_default()]));
        let key = format!("{} {program:016x}", check.name());
        match known.get(key.as_str()) {
            Some((millis, numbers)) => {
                check.usual = Duration::from_millis(millis.parse().unwrap_or(0));
                check.reaches = numbers.split(' ').filter_map(|n| n.parse().ok()).collect();
            }
            None => {
                check.measure(&record)?;
                println!("measured {}/{count}: {} {:?}", done + 1, check.name(), check.usual);
            }
        }
        let mut numbers: Vec<u32> = check.reaches.iter().copied().collect();
        numbers.sort_unstable();
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        lines += &format!("{key}\t{}\t{}\n", check.usual.as_millis(), numbers.join(" "));
        fs::write(cache, &lines).map_err(|e| format!("cannot write {}: {e}", cache.display()))?;
    }
    Ok(())
}
