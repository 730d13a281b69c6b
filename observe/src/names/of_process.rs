//! Names of the tasks and functions of another process.

use std::collections::HashMap;
use std::fs;

use crate::names::{Symbols, clean};
use crate::page::{Page, Process};
use crate::trace;

/// Names that are kept; further ones are looked up again each time.
const MOST_NAMES: usize = 1 << 16;

/// Names of one manager's tasks and targets.
pub struct ProcessNames {
    pid: u32,
    /// Thread ids mean the same here and in the process.
    shares_ids: bool,
    symbols: Option<Symbols>,
    given: HashMap<u64, String>,
    found: HashMap<u64, String>,
    tasks: HashMap<u64, String>,
}

impl ProcessNames {
    /// Names for `process`; its files are searched for symbols if `with_symbols`.
    pub fn new(process: &Process, with_symbols: bool) -> ProcessNames {
        ProcessNames {
            pid: process.pid(),
            shares_ids: process.own_pid() == u64::from(process.pid()),
            symbols: with_symbols.then(|| Symbols::new(process.pid())),
            given: HashMap::new(),
            found: HashMap::new(),
            tasks: HashMap::new(),
        }
    }

    /// Reads the names that the host has given to targets by now.
    pub fn refresh(&mut self, page: &Page) {
        page.view().for_each_name(|target, name| {
            if !name.is_empty() && self.given.len() < MOST_NAMES {
                self.given.insert(target, clean(name.as_str()));
            }
        });
    }

    /// Takes the name that the host has given a task.
    pub fn name_task(&mut self, task: u64, name: String) {
        if self.tasks.len() >= MOST_NAMES {
            self.tasks.clear();
        }
        self.tasks.insert(task, name);
    }
}

impl trace::Names for ProcessNames {
    fn target(&mut self, target: u64) -> String {
        if let Some(name) = self.given.get(&target).or_else(|| self.found.get(&target)) {
            return name.clone();
        }
        let symbol = self.symbols.as_ref().and_then(|symbols| symbols.name(target));
        let name = symbol.unwrap_or_else(|| format!("{target:#x}"));
        if self.found.len() < MOST_NAMES {
            self.found.insert(target, name.clone());
        }
        name
    }

    fn task(&mut self, task: u64, os_thread: u64) -> String {
        if let Some(name) = self.tasks.get(&task) {
            return name.clone();
        }
        // Not kept: a thread may be given its name at any time.
        if os_thread == 0 || !self.shares_ids {
            return String::new();
        }
        let comm = fs::read(format!("/proc/{}/task/{os_thread}/comm", self.pid));
        comm.map_or_else(|_| String::new(), |name| clean(String::from_utf8_lossy(&name).trim_end()))
    }
}
