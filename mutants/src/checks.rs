//! All checks: every test of core, capi and stress and every loom model, each by itself, with what each of them reaches.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use crate::check::Check;
use crate::ground::Ground;
use crate::group::Group;

/// Builds the copy for each of the `groups` and measures every check, or takes the measures of the last run of the same check
/// and the same core from `cache`. Cheapest first.
pub fn checks(copy: &Path, cache: &Path, groups: &[Group], ground: &Ground) -> Result<Vec<Check>, String> {
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
            for test in tests.filter(|test| !group.leaves_out(&target, test)) {
                let mut check = Check {
                    group,
                    program: program.clone(),
                    target: target.clone(),
                    test: test.to_owned(),
                    made_of: 0,
                    usual: Duration::ZERO,
                    reaches: HashSet::new(),
                };
                check.made_of = ground.check(&check.name()).ok_or_else(|| {
                    format!(
                        "{} is not found in the sources: teach mutants/src/made_of.rs about it",
                        check.name()
                    )
                })?;
                all.push(check);
            }
        }
    }
    measure(&mut all, cache, ground)?;
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
fn measure(all: &mut [Check], cache: &Path, ground: &Ground) -> Result<(), String> {
    // What it reaches depends on the whole core, and so do the numbers.
    let key = |check: &Check| format!("{} {:016x}", check.key(), ground.core);
    let text = fs::read_to_string(cache).unwrap_or_default();
    let mut known: HashMap<String, String> = text
        .lines()
        .filter_map(|line| Some((line.split('\t').next()?.to_owned(), format!("{line}\n"))))
        .collect();
    let mut new = Vec::new();
    for check in all.iter_mut() {
        match known.get(&key(check)) {
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
            known.insert(key(check), line(&key(check), check));
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

/// The line of the cache for it: `key \t milliseconds \t numbers`.
fn line(key: &str, check: &Check) -> String {
    let mut numbers: Vec<u32> = check.reaches.iter().copied().collect();
    numbers.sort_unstable();
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    format!("{key}\t{}\t{}\n", check.usual.as_millis(), numbers.join(" "))
}
