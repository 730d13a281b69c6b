//! Puts mutants to checks until each is killed or has passed them all.
//!
//! Two lines of work, side by side:
//!
//! * **Calls** that are left out, one at a time, to the checks that reach them: the quick ones first over all mutants, then what
//!   takes longer over those that are left.
//! * **Orderings**, one at a time to the quick models, and those that are left **all at once**. An order that is weaker admits
//!   more and forbids nothing, so a model that holds with many weakened at once holds with each of them. Where it fails, it is put
//!   to the halves, and so on down to who does it alone. For the same reason Relaxed that passes speaks for Acquire and Release.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::check::{Check, Outcome};
use crate::divide::divide;
use crate::group::Group;
use crate::instrument::Numbered;
use crate::results::{Fate, Results, killer};
use crate::site::Mutation;

/// What takes longer waits until all mutants have been put to what is quicker.
const STEPS: [Duration; 3] = [Duration::from_millis(700), Duration::from_secs(5), Duration::MAX];
/// A model that takes no longer is quick.
const QUICK: Duration = Duration::from_millis(1500);

/// The mutants, the checks, and what is known of them.
pub struct Court<'a> {
    /// Every site of the core: reaching one is noted under the number of its first mutant.
    pub all: &'a [Numbered],
    /// Who is to be judged.
    pub wanted: Vec<&'a Numbered>,
    /// Cheapest first.
    pub checks: &'a [Check],
    /// What killed whom, says the committed list.
    pub former: BTreeMap<String, String>,
    /// Known survivors.
    pub listed: BTreeMap<String, String>,
    /// When to stop.
    pub end: Option<Instant>,
    /// Kept between runs.
    pub results: Mutex<Results<'a>>,
}

impl<'a> Court<'a> {
    /// Judges everybody, as far as time allows.
    pub fn judge(&self) -> Result<(), String> {
        let (calls, orders): (Vec<&Numbered>, Vec<&Numbered>) =
            self.wanted.iter().partition(|one| one.mutation.as_ref().is_some_and(Mutation::is_call));
        std::thread::scope(|scope| {
            let orders = scope.spawn(move || {
                let quick = |check: &Check| check.group == Group::Loom && check.usual <= QUICK;
                self.one_by_one(&orders, quick)?;
                self.at_once(&orders)
            });
            for step in STEPS {
                self.one_by_one(&calls, |check| check.usual <= step)?;
            }
            orders.join().expect("judging does not panic")
        })
    }

    /// What is known now.
    pub fn fates(&self) -> BTreeMap<String, Fate> {
        let results = self.results();
        let mut fates = BTreeMap::new();
        for &one in &self.wanted {
            let name = one.name();
            let fate =
                match (results.killer(&name), self.passing(one, &results), results.former_killer(&name)) {
                    (Some(by), _, _) => Fate::Killed(by.to_owned()),
                    // It does so still, most likely.
                    (None, Fate::Open(_), Some(by)) => Fate::Former(by.to_owned()),
                    (None, passing, _) => passing,
                };
            fates.insert(name, fate);
        }
        fates
    }

    fn passing(&self, one: &Numbered, results: &Results<'_>) -> Fate {
        let name = one.name();
        let reaching = self.reaching(one);
        let (passed, rest): (Vec<&Check>, Vec<&Check>) =
            reaching.into_iter().partition(|check| results.has_passed(check, &name));
        let (silent, open): (Vec<&Check>, Vec<&Check>) =
            rest.into_iter().partition(|check| results.is_silent(check, &name));
        let mut said = by_group(&passed);
        if !silent.is_empty() {
            said += &format!("; no answer from {}", by_group(&silent));
        }
        if open.is_empty() { Fate::Survived(said) } else { Fate::Open(said) }
    }

    fn results(&self) -> std::sync::MutexGuard<'_, Results<'a>> {
        self.results.lock().expect("nobody panics with the results")
    }

    fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() > end)
    }

    fn is_killed(&self, one: &Numbered) -> bool {
        self.results().killer(&one.name()).is_some()
    }

    fn is_open(&self, check: &Check, one: &Numbered) -> bool {
        let (results, name) = (self.results(), one.name());
        !results.has_passed(check, &name) && !results.is_silent(check, &name)
    }

    /// The checks that can judge it, cheapest first.
    fn reaching(&self, one: &Numbered) -> Vec<&Check> {
        let Some(mutation) = &one.mutation else { return Vec::new() };
        let site = self.all.iter().find(|other| other.site.name == one.site.name).map_or(0, |o| o.number);
        self.checks
            .iter()
            .filter(|check| check.reaches.contains(&site) && check.group.can_judge(mutation))
            .collect()
    }

    /// Each by itself to the checks of `chosen` that it has not passed yet, and to the one that killed it before.
    fn one_by_one(&self, mutants: &[&Numbered], chosen: impl Fn(&Check) -> bool) -> Result<(), String> {
        // How often a check has killed in a function and in a file.
        let mut kills: HashMap<(String, String), u32> = HashMap::new();
        for &one in mutants {
            if self.is_over() || self.is_killed(one) {
                continue;
            }
            let name = one.name();
            let former = self.results().former_killer(&name).map(str::to_owned);
            let former = former.or_else(|| self.former.get(&name).cloned());
            let is_former = |check: &Check| former.as_deref().is_some_and(|former| is_named(former, check));
            let mut checks = self.reaching(one);
            checks.retain(|check| (chosen(check) || is_former(check)) && self.is_open(check, one));
            let promise = |check: &Check| {
                let of = |place: &str| kills.get(&(place.to_owned(), check.name())).copied().unwrap_or(0);
                let promise = 1
                    + 20 * of(one.site.function())
                    + 2 * of(&one.site.file)
                    + 1000 * u32::from(is_former(check));
                (check.usual + Duration::from_millis(10)) / promise
            };
            checks.sort_by_cached_key(|check| promise(check));
            for check in checks {
                if self.is_over() {
                    return Ok(());
                }
                if self.settle(check, &[one])?.is_kill() {
                    for place in [one.site.function(), &one.site.file] {
                        *kills.entry((place.to_owned(), check.name())).or_default() += 1;
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// All at once, to each check that is left.
    ///
    /// Who fails together and not apart stays apart: each group has passed all checks so far.
    fn at_once(&self, mutants: &[&Numbered]) -> Result<(), String> {
        let is_listed = |one: &&&Numbered| self.listed.contains_key(&one.name());
        let (listed, rest) = mutants.iter().partition::<Vec<&Numbered>, _>(is_listed);
        let mut groups = vec![listed, rest];
        for check in self.checks {
            for group in std::mem::take(&mut groups) {
                let (mut put, mut spared) = (Vec::new(), Vec::new());
                for one in group.into_iter().filter(|one| !self.is_killed(one)) {
                    let is_reached = self.reaching(one).iter().any(|reaching| reaching.key() == check.key());
                    let is_open = is_reached && self.is_open(check, one);
                    if is_open && !self.is_over() { put.push(one) } else { spared.push(one) }
                }
                let mut passed = divide(put, &mut |group: &[&Numbered]| {
                    if self.is_over() { Ok(Outcome::Unknown) } else { self.settle(check, group) }
                })?;
                // Those that this check does not reach stay with the first group.
                match passed.first_mut() {
                    Some(first) => first.extend(spared),
                    None => passed.push(spared),
                }
                groups.extend(passed.into_iter().filter(|group| !group.is_empty()));
            }
        }
        Ok(())
    }

    /// Runs the check with these mutants alive, and notes what can be said of each.
    fn settle(&self, check: &Check, mutants: &[&Numbered]) -> Result<Outcome, String> {
        let numbers: Vec<u32> = mutants.iter().map(|one| one.number).collect();
        let outcome = check.with_mutants(&numbers);
        match (outcome, mutants) {
            (Outcome::Passed, _) => {
                let names: Vec<String> = mutants.iter().flat_map(|one| self.spoken_for(one)).collect();
                self.results().note_passed(check, &names)?;
            }
            (Outcome::Failed | Outcome::Hangs, [one]) => {
                let by = self.results().note_killed(&one.name(), check, outcome == Outcome::Hangs)?;
                println!("core/src/{}:{}: {}: killed by {by}", one.site.file, one.site.line, one.name());
            }
            (Outcome::Unknown, [one]) => {
                println!("  no answer for {} from {}", one.name(), check.name());
                self.results().note_silent(check, &one.name())?;
            }
            (Outcome::Disturbed, _) => println!("  {} is disturbed and not asked now", check.name()),
            (_, many) => println!("  {} at once do not pass {}", many.len(), check.name()),
        }
        Ok(outcome)
    }

    /// Whatever passes with this one passes with them.
    fn spoken_for(&self, one: &Numbered) -> Vec<String> {
        match one.mutation {
            Some(Mutation::Weaken("Relaxed")) => {
                let same = self.all.iter().filter(|other| other.site.name == one.site.name);
                same.map(Numbered::name).collect()
            }
            _ => vec![one.name()],
        }
    }
}

/// True if what the list says of a mutant is the name of this check, or the one that it had in another file of its program.
fn is_named(said: &str, check: &Check) -> bool {
    let (said, name) = (killer(said), check.name());
    let ends = |name: &str| name.rsplit("::").next().map(str::to_owned);
    let program = |name: &str| name.split("::").next().map(str::to_owned);
    said == name || (program(said), ends(said)) == (program(&name), ends(&name))
}

/// `3 loom, 12 tsan`.
pub fn by_group(checks: &[&Check]) -> String {
    let mut counts: BTreeMap<Group, usize> = BTreeMap::new();
    for check in checks {
        *counts.entry(check.group).or_default() += 1;
    }
    let parts: Vec<String> =
        counts.iter().map(|(group, count)| format!("{count} {}", group.name())).collect();
    parts.join(", ")
}
