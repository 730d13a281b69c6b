//! Addresses that stand for host functions, and their names.
//!
//! `LeaveRuntime` takes the address of the native function about to run. A Rust closure has no address of its own that
//! would tell two functions apart, so each name gets one: the address of its entry in this table, which never moves and
//! is never freed. The table grows by one entry per distinct name, however often a function is defined.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use tollgate_capi::HostManager;

/// A host function by its import name.
struct Target {
    name: String,
}

/// Names by address. Written when a function is defined, read when somebody looks at a task; never on a crossing.
static TABLE: RwLock<BTreeMap<usize, &'static Target>> = RwLock::new(BTreeMap::new());

/// Managers whose watchers are told the names. Taken after `TABLE` where both are.
static WATCHED: RwLock<Vec<&'static HostManager>> = RwLock::new(Vec::new());

/// Gives the address that stands for the host function `module`.`name`: always the same one for the same name.
///
/// **Thread:** any. **Progress:** takes a lock, may allocate.
pub fn target_of(module: &str, name: &str) -> usize {
    let full = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
    // A panic while the lock is held cannot leave the map half written, so a poisoned lock is as good as any other.
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    if let Some((address, _)) = table.iter().find(|(_, target)| target.name == full) {
        return *address;
    }
    let target: &'static Target = Box::leak(Box::new(Target { name: full }));
    let address = std::ptr::from_ref(target).addr();
    table.insert(address, target);
    let watched = WATCHED.read().unwrap_or_else(PoisonError::into_inner);
    watched.iter().for_each(|manager| publish(manager, address, &target.name));
    address
}

/// Has those who watch `manager` from another process see names instead of addresses, from now on and for all functions that
/// were defined before.
///
/// **Thread:** any. **Progress:** takes locks, may allocate.
pub(crate) fn name_targets_of(manager: &'static HostManager) {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let mut watched = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
    if !watched.iter().any(|known| std::ptr::eq(*known, manager)) {
        watched.push(manager);
        table.iter().for_each(|(address, target)| publish(manager, *address, &target.name));
    }
}

/// A name that finds no room is missing for those who watch, and for nobody else.
fn publish(manager: &'static HostManager, target: usize, name: &str) {
    let _ = manager.core().name_target(target, name);
}

/// The name behind an address that [`target_of`] gave out; `None` for any other number.
///
/// **Thread:** any. **Progress:** takes a lock; readers do not exclude each other.
pub fn target_name(target: usize) -> Option<&'static str> {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    table.get(&target).map(|target| target.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_per_name_and_back() {
        let first = target_of("env", "first");
        let second = target_of("env", "second");
        assert_ne!(first, second);
        assert_eq!(target_of("env", "first"), first);
        assert_eq!(target_name(first), Some("env.first"));
        assert_eq!(target_name(second), Some("env.second"));
        assert_eq!(target_name(first + 1), None);
        assert_eq!(target_name(0), None);
    }
}
