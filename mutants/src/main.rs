//! `cargo run --release -p mutants`: see [`HELP`].

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mutants::check::Check;
use mutants::checks::checks;
use mutants::ground::Ground;
use mutants::group::Group;
use mutants::instrument::{Numbered, instrument, numbered};
use mutants::judge::Court;
use mutants::listing;
use mutants::nice::{LOWEST, nice};
use mutants::results::{Fate, Results};
use mutants::survivors::survivors;
use tollgate_tests::{target_dir, workspace};

const HELP: &str = "\
Breaks the core in one place at a time and runs the checks that reach the place until one fails.

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
Results are kept in the copy's folder, and hold as long as the mutant's file and what the check is made of stay, comments aside.
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
        groups: Group::ALL.to_vec(),
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
    let ground = Ground::read(workspace(), &all);
    if options.sites {
        return listing::write(workspace(), &all, &known(options, &all, &ground), &[], &ground);
    }
    if nice().is_none_or(|nice| nice >= LOWEST) {
        return Err(format!(
            "at nice {LOWEST} and above, tests of priorities cannot fail: run it below that"
        ));
    }
    fs::create_dir_all(&options.copy).map_err(|e| format!("cannot make {}: {e}", options.copy.display()))?;
    let tree = options.copy.join("tree");
    instrument(workspace(), &tree, &all)?;
    let mut checks = checks(&tree, &options.copy.join("checks.txt"), &options.groups, &ground)?;
    if let Some(most) = options.quicker_than {
        checks.retain(|check| check.usual <= most);
    }
    let fates = judge(options, &all, &checks, &ground)?;
    if options.write {
        listing::write(workspace(), &all, &fates, &checks, &ground)?;
    }
    verdict(options, &all, &fates)
}

/// What earlier runs found of mutants that were killed; the list itself knows the others.
fn known(options: &Options, all: &[Numbered], ground: &Ground) -> BTreeMap<String, Fate> {
    let results = Results::load(&options.copy, ground);
    let fates = all.iter().filter_map(|one| {
        let name = one.name();
        let fate = match results.killer(&name) {
            Some(by) => Fate::Killed(by.to_owned()),
            // It does so still, most likely; the next run tries it first.
            None => Fate::Former(results.former_killer(&name)?.to_owned()),
        };
        Some((name, fate))
    });
    fates.collect()
}

/// What the checks find of the mutants that are wanted, as far as time allows.
fn judge(
    options: &Options,
    all: &[Numbered],
    checks: &[Check],
    ground: &Ground,
) -> Result<BTreeMap<String, Fate>, String> {
    let mut results = Results::load(&options.copy, ground);
    let is_wanted = |one: &&Numbered| {
        let name = one.name();
        one.mutation.is_some()
            && one.site.is_of_this_system()
            && (options.only.is_empty() || options.only.iter().any(|only| name.contains(only.as_str())))
    };
    let wanted: Vec<&Numbered> = all.iter().filter(is_wanted).collect();
    if options.again {
        wanted.iter().for_each(|one| results.forget(&one.name()));
    }
    let court = Court {
        all,
        wanted,
        checks,
        former: listing::lines(workspace())?,
        listed: survivors(workspace())?,
        end: options.limit.map(|limit| Instant::now() + limit),
        results: Mutex::new(results),
    };
    court.judge()?;
    Ok(court.fates())
}

fn verdict(options: &Options, all: &[Numbered], fates: &BTreeMap<String, Fate>) -> Result<(), String> {
    let listed = survivors(workspace())?;
    let count = |is: fn(&Fate) -> bool| fates.values().filter(|fate| is(fate)).count();
    let killed = count(|fate| matches!(fate, Fate::Killed(_)));
    let open = count(|fate| matches!(fate, Fate::Open(_) | Fate::Former(_)));
    let survive = fates.len() - killed - open;
    println!("{} mutants: {killed} killed, {survive} survive, {open} not put to all checks yet", fates.len());
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
        if open != 0 && options.only.is_empty() {
            println!("go on with the same command");
        }
        return Ok(());
    }
    Err(format!("docs/mutants.txt is not what was found:\n  {}", wrong.join("\n  ")))
}
