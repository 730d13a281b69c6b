//! `cargo run --release -p mutants`: see [`HELP`].

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mutants::checks::{Check, Group, Outcome, checks};
use mutants::instrument::{Numbered, instrument, numbered};
use mutants::results::{Fate, Results};
use mutants::sites::Mutation;
use mutants::source::sources;
use mutants::survivors::survivors;
use mutants::{hash, listing};
use tollgate_tests::{target_dir, workspace};

const HELP: &str = "\
Breaks the core in one place at a time and runs the checks that reach the place, cheapest first, until one fails.

cargo run --release -p mutants -- [OPTIONS]

  --list             name every mutant and unsafe block, run nothing
  --only PATTERN     only mutants whose name contains PATTERN; several times: any of them
  --without GROUP    leave out checks: unit, loom, test or tsan
  --quicker-than MS  leave out checks that take longer: a first pass over all mutants
  --seconds N        stop after N seconds; the next run goes on where this one stopped
  --again            run what has a result already
  --write            write docs/sites.txt from what was found
  --sites            bring docs/sites.txt up to date with the core and with what earlier runs found, and run nothing
  --copy FOLDER      where the copy of the tree goes (default: target/mutants)

Ends with an error if a mutant survives that docs/mutants.txt does not name, or if it names one that is killed or gone.
Results are kept in the copy's folder, by the hash of core and of the checks.
";

struct Options {
    list: bool,
    only: Vec<String>,
    groups: Vec<Group>,
    limit: Option<Duration>,
    quicker_than: Option<Duration>,
    again: bool,
    write: bool,
    sites: bool,
    copy: PathBuf,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options {
        list: false,
        only: Vec::new(),
        groups: vec![Group::Unit, Group::Loom, Group::Native, Group::Thread],
        limit: None,
        quicker_than: None,
        again: false,
        write: false,
        sites: false,
        copy: target_dir().join("mutants"),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("list") => options.list = true,
            Long("only") => options.only.push(parser.value()?.string()?),
            Long("without") => {
                let name = parser.value()?.string()?;
                if !options.groups.iter().any(|group| group.name() == name) {
                    return Err(
                        format!("there are no checks `{name}`: unit, loom, test and tsan are known").into()
                    );
                }
                options.groups.retain(|group| group.name() != name);
            }
            Long("seconds") => options.limit = Some(Duration::from_secs(parser.value()?.parse()?)),
            Long("quicker-than") => {
                options.quicker_than = Some(Duration::from_millis(parser.value()?.parse()?));
            }
            Long("again") => options.again = true,
            Long("write") => options.write = true,
            Long("sites") => options.sites = true,
            Long("copy") => options.copy = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    let outcome = match options() {
        Ok(None) => {
            print!("{HELP}");
            Ok(())
        }
        Ok(Some(options)) => run(&options),
        Err(error) => Err(format!("{error}\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let all = numbered(workspace())?;
    if options.list {
        all.iter().for_each(|one| println!("core/src/{}:{}: {}", one.site.file, one.site.line, one.name()));
        return Ok(());
    }
    if options.sites {
        return listing::write(workspace(), &all, &known(options, &all)?, &[]);
    }
    fs::create_dir_all(&options.copy).map_err(|e| format!("cannot make {}: {e}", options.copy.display()))?;
    let tree = options.copy.join("tree");
    instrument(workspace(), &tree, &all)?;
    let mut checks = checks(&tree, &options.copy.join("checks.txt"), &options.groups)?;
    if let Some(most) = options.quicker_than {
        checks.retain(|check| check.usual <= most);
    }
    let mut results = Results::load(&options.copy.join("results.txt"));
    let fates = judge(options, &all, &checks, &mut results)?;
    if options.write {
        listing::write(workspace(), &all, &fates, &checks)?;
    }
    verdict(options, &all, &fates)
}

/// The hash of each file: a kill rests on the file of its site, and the check that killed is tried first where that changed.
fn files() -> BTreeMap<String, u64> {
    sources(workspace()).iter().map(|source| (source.name.clone(), hash::of_file(source))).collect()
}

/// What earlier runs on the same core found, and who is listed as a survivor.
fn known(options: &Options, all: &[Numbered]) -> Result<BTreeMap<String, Fate>, String> {
    let results = Results::load(&options.copy.join("results.txt"));
    let (files, listed) = (files(), survivors(workspace())?);
    let fates = all.iter().filter_map(|one| {
        let name = one.name();
        let fate = match results.known(&name, files.get(&one.site.file).copied().unwrap_or_default(), 0) {
            Some(killed) => killed.clone(),
            None if listed.contains_key(&name) => Fate::Survived(0),
            // It does so still, most likely; the next run tries it first.
            None => Fate::Killed(format!("{}, before the file changed", results.former_killer(&name)?)),
        };
        Some((name, fate))
    });
    Ok(fates.collect())
}

/// Runs the mutants whose fate is not known.
fn judge(
    options: &Options,
    all: &[Numbered],
    checks: &[Check],
    results: &mut Results,
) -> Result<BTreeMap<String, Fate>, String> {
    let files = files();
    let folders = ["core", "capi", "loom-tests", "stress"];
    // Who survived fewer checks has not survived them all.
    let names: String = checks.iter().map(Check::name).collect();
    let survived_hash = hash::of_folders(workspace(), &folders) ^ hash::of(&[names.as_bytes()]);
    let start = Instant::now();
    let mut fates = BTreeMap::new();
    for one in all.iter().filter(|one| one.mutation.is_some()) {
        let name = one.name();
        let killed_hash = files.get(&one.site.file).copied().unwrap_or_default();
        let is_wanted =
            options.only.is_empty() || options.only.iter().any(|only| name.contains(only.as_str()));
        let known = results.known(&name, killed_hash, survived_hash).cloned();
        let is_over = options.limit.is_some_and(|limit| start.elapsed() > limit);
        let fate = match known {
            Some(fate) if !(options.again && is_wanted) => fate,
            _ if !is_wanted || is_over => continue,
            _ => {
                // Reaching a site is noted under the number of its first mutant.
                let first = all.iter().find(|other| other.site.name == one.site.name).map_or(0, |o| o.number);
                let fate = put_to_the_test(one, first, checks, results.former_killer(&name));
                let hash = if matches!(fate, Fate::Killed(_)) { killed_hash } else { survived_hash };
                results.note(&name, hash, fate.clone())?;
                fate
            }
        };
        let shown = match &fate {
            Fate::Killed(by) => format!("killed by {by}"),
            Fate::Survived(count) => format!("SURVIVED {count} checks"),
        };
        println!("core/src/{}:{}: {name}: {shown}", one.site.file, one.site.line);
        fates.insert(name, fate);
    }
    Ok(fates)
}

fn put_to_the_test(one: &Numbered, site: u32, checks: &[Check], former: Option<&str>) -> Fate {
    // Another order is no other instruction here, so it takes a tool that follows orders to notice.
    let is_order = matches!(one.mutation, Some(Mutation::Weaken(_)));
    let can_judge = |check: &Check| !is_order || matches!(check.group, Group::Loom | Group::Thread);
    let reaching: Vec<&Check> =
        checks.iter().filter(|check| check.reaches.contains(&site) && can_judge(check)).collect();
    let (first, rest): (Vec<&Check>, Vec<&Check>) =
        reaching.iter().partition(|check| former.is_some_and(|former| check.name() == former));
    for check in first.into_iter().chain(rest) {
        match check.with_mutant(one.number) {
            Outcome::Failed => return Fate::Killed(check.name()),
            // A hang is a lost wake-up; a model that takes longer has more to try, which is no answer.
            Outcome::Late if check.group != Group::Loom => {
                return Fate::Killed(format!("{} (hangs)", check.name()));
            }
            Outcome::Late => println!("  no answer in time from {}", check.name()),
            Outcome::Passed => {}
        }
    }
    Fate::Survived(reaching.len())
}

fn verdict(options: &Options, all: &[Numbered], fates: &BTreeMap<String, Fate>) -> Result<(), String> {
    let listed = survivors(workspace())?;
    let killed = fates.values().filter(|fate| matches!(fate, Fate::Killed(_))).count();
    let mutants = all.iter().filter(|one| one.mutation.is_some()).count();
    println!("{mutants} mutants, {} judged, {killed} killed, {} survive", fates.len(), fates.len() - killed);
    let mut wrong = Vec::new();
    for (name, fate) in fates {
        match fate {
            Fate::Survived(_) if !listed.contains_key(name) => {
                wrong.push(format!("survives, unlisted: {name}"))
            }
            // With fewer checks than all a listed survivor says nothing, and a killed one is killed all the same.
            Fate::Killed(by) if listed.contains_key(name) => {
                wrong.push(format!("listed as a survivor, but killed by {by}: {name}"));
            }
            _ => {}
        }
    }
    for name in listed.keys().filter(|name| !all.iter().any(|one| one.name() == **name)) {
        wrong.push(format!("listed as a survivor, but gone: {name}"));
    }
    if wrong.is_empty() {
        if fates.len() < mutants && options.only.is_empty() {
            println!("{} mutants have not been run: go on with the same command", mutants - fates.len());
        }
        return Ok(());
    }
    Err(format!("docs/mutants.txt is not what was found:\n  {}", wrong.join("\n  ")))
}
