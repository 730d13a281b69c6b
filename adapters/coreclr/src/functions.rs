//! What the runtime's function ids stand for.
//!
//! Records live as long as the process: reports name functions whose modules are long gone. An id is forgotten when its
//! module or the function itself is unloaded, because the runtime gives the same address to another one; a function that
//! comes back under another id finds its record by its name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::com::{FunctionId, ModuleId};
use crate::{manager, metadata, native};

/// Functions that are counted one by one; those beyond share the record `OTHERS`.
pub(crate) const MOST_FUNCTIONS: usize = 16_384;

/// How often a native function is looked for; a library that is not there after its first calls is found by no name.
const ATTEMPTS: u32 = 3;

/// What a function is called.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Name {
    /// True if native code calls it, false if managed code does.
    pub(crate) inside: bool,
    /// Namespace, class and method, as managed code knows it.
    pub(crate) managed: String,
    /// The library and the entry in it, if the metadata names a native function.
    pub(crate) native: Option<(String, String)>,
}

impl Name {
    /// The native address, if the library is loaded now.
    fn address(&self) -> Option<usize> {
        self.native.as_ref().and_then(|(library, entry)| native::find(library, entry))
    }
}

/// A function that crossings lead to.
pub(crate) struct Function {
    /// Its place among the counters of each thread.
    pub(crate) index: usize,
    pub(crate) name: Name,
    /// Not a function: the runtime sent a code address where the id belongs (see [`native::is_executable`]).
    pub(crate) bogus: bool,
    /// The native address, 0 while it is not known.
    address: AtomicUsize,
    attempts: AtomicU32,
    /// The manager does without notices of calls.
    exempt: AtomicBool,
    /// Calls on threads that have ended.
    pub(crate) calls_ended: AtomicU64,
    /// Levels that were left without a return.
    pub(crate) skipped: AtomicU64,
    /// Threads that ended while this was their innermost level.
    pub(crate) ended_in: AtomicU64,
    /// Returns without a call.
    pub(crate) unmatched: AtomicU64,
}

impl Function {
    fn new(index: usize, name: Name, bogus: bool, address: Option<usize>) -> &'static Function {
        Box::leak(Box::new(Function {
            index,
            name,
            bogus,
            address: AtomicUsize::new(address.unwrap_or(0)),
            // The look that brought the address, or none.
            attempts: AtomicU32::new(1),
            exempt: AtomicBool::new(false),
            calls_ended: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            ended_in: AtomicU64::new(0),
            unmatched: AtomicU64::new(0),
        }))
    }

    /// A function for tests of what is done with functions.
    #[cfg(test)]
    pub(crate) fn for_test(index: usize) -> &'static Function {
        Function::new(index, Name { inside: false, managed: index.to_string(), native: None }, false, None)
    }

    /// What LeaveRuntime is given: the native address, or, while that is unknown, the address of this record.
    ///
    /// The stand-in is never 0, so that a look at the task can name the function even during its first call, when the
    /// runtime has not loaded the library yet.
    #[inline]
    pub(crate) fn target(&'static self) -> usize {
        match self.address.load(Ordering::Relaxed) {
            0 => core::ptr::from_ref(self) as usize,
            address => address,
        }
    }

    /// The native address, if it is known.
    pub(crate) fn address(&self) -> Option<usize> {
        Some(self.address.load(Ordering::Relaxed)).filter(|&address| address != 0)
    }

    /// True if the manager, asked once, does without notices of calls of this function.
    #[inline]
    pub(crate) fn is_exempt(&self) -> bool {
        self.exempt.load(Ordering::Relaxed)
    }

    /// True while it is worth looking for the native address.
    #[inline]
    pub(crate) fn is_sought(&self) -> bool {
        self.name.native.is_some()
            && self.address.load(Ordering::Relaxed) == 0
            && self.attempts.load(Ordering::Relaxed) < ATTEMPTS
    }

    /// Looks for the native address among the libraries loaded now, once more.
    #[cold]
    pub(crate) fn seek(&'static self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        if let Some(address) = self.name.address() {
            self.ask_about(address);
            self.address.store(address, Ordering::Relaxed);
            write().by_target.insert(address, self);
            manager::name(address, &self.full_name());
        }
    }

    /// Asks whether the manager wants to hear of calls to `address`.
    fn ask_about(&self, address: usize) {
        self.exempt.store(manager::does_without(address), Ordering::Relaxed);
    }

    /// The function's full name: the native one if there is one, and the managed one.
    pub(crate) fn full_name(&self) -> String {
        match &self.name.native {
            Some((library, entry)) => format!("{library}!{entry} ({})", self.name.managed),
            None => self.name.managed.clone(),
        }
    }
}

struct Table {
    by_id: HashMap<(FunctionId, bool), (ModuleId, &'static Function)>,
    by_name: HashMap<Name, &'static Function>,
    by_target: HashMap<usize, &'static Function>,
    all: Vec<&'static Function>,
}

static TABLE: RwLock<Option<Table>> = RwLock::new(None);

/// Ids forgotten so far.
static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// Grows with each forgotten id; what a thread remembers under an older number is void.
static EDITION: AtomicU32 = AtomicU32::new(0);

struct Writing(RwLockWriteGuard<'static, Option<Table>>);

impl core::ops::Deref for Writing {
    type Target = Table;
    fn deref(&self) -> &Table {
        self.0.as_ref().unwrap_or_else(|| std::process::abort())
    }
}

impl core::ops::DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Table {
        self.0.as_mut().unwrap_or_else(|| std::process::abort())
    }
}

fn write() -> Writing {
    let mut guard = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    guard.get_or_insert_with(|| Table {
        by_id: HashMap::new(),
        by_name: HashMap::new(),
        by_target: HashMap::new(),
        all: Vec::new(),
    });
    Writing(guard)
}

fn read() -> RwLockReadGuard<'static, Option<Table>> {
    TABLE.read().unwrap_or_else(PoisonError::into_inner)
}

/// The number under which a thread may remember what [`find`] said.
#[inline]
pub(crate) fn edition() -> u32 {
    // Ordering: Acquire. Pairs with the Release in `forget`: who sees the new number also finds the id gone.
    EDITION.load(Ordering::Acquire)
}

/// The function behind `id`, which the runtime has just named in a notice about calls in the direction of `inside`.
///
/// Asks the runtime only about ids it has not met, never while holding the table's lock: the runtime takes locks of its own.
pub(crate) fn find(id: FunctionId, inside: bool) -> &'static Function {
    if let Some((_, function)) = read().as_ref().and_then(|table| table.by_id.get(&(id, inside))) {
        return function;
    }
    let bogus = id != 0 && native::is_executable(id);
    let (module, described) = if bogus { (0, metadata::bogus()) } else { metadata::describe(id) };
    let name = Name { inside, ..described };
    // Looked for before another thread can find the record: it would take the stand-in for the target, which then has no name.
    let address = name.address();
    let (function, is_new) = write().record((id, inside), module, name, bogus, address);
    if is_new {
        if let Some(address) = function.address() {
            function.ask_about(address);
        }
        if !inside || function.address().is_some() {
            manager::name(function.target(), &function.full_name());
        }
    }
    function
}

impl Table {
    fn record(
        &mut self,
        id: (FunctionId, bool),
        module: ModuleId,
        name: Name,
        bogus: bool,
        address: Option<usize>,
    ) -> (&'static Function, bool) {
        let known = self.by_name.get(&name).copied();
        let function = known.unwrap_or_else(|| self.add(name, bogus, address));
        self.by_id.insert(id, (module, function));
        (function, known.is_none())
    }

    fn add(&mut self, name: Name, bogus: bool, address: Option<usize>) -> &'static Function {
        // Bogus ids never share a record with functions, whose calls are counted. Both kinds need one for each direction.
        let full = !bogus && self.all.len() >= MOST_FUNCTIONS - 4;
        let name = if full { Name { inside: name.inside, ..metadata::others() } } else { name };
        if let Some(function) = self.by_name.get(&name) {
            return function;
        }
        let address = address.filter(|_| name.native.is_some());
        let function = Function::new(self.all.len(), name.clone(), bogus, address);
        self.all.push(function);
        self.by_name.insert(name, function);
        self.by_target.insert(core::ptr::from_ref(function) as usize, function);
        self.by_target.insert(function.target(), function);
        function
    }
}

/// The runtime is about to unload what `gone` picks out: the ids will be given to others.
pub(crate) fn forget(gone: impl Fn(FunctionId, ModuleId) -> bool) {
    let mut table = write();
    let before = table.by_id.len();
    table.by_id.retain(|&(id, _), &mut (module, _)| !gone(id, module));
    let forgotten = before - table.by_id.len();
    if forgotten != 0 {
        FORGOTTEN.fetch_add(forgotten as u64, Ordering::Relaxed);
        // Ordering: Release. Pairs with the Acquire in `edition`.
        EDITION.fetch_add(1, Ordering::Release);
    }
}

/// How many ids have been forgotten.
pub(crate) fn forgotten() -> u64 {
    FORGOTTEN.load(Ordering::Relaxed)
}

/// The function that a manager's target names.
pub(crate) fn by_target(target: usize) -> Option<&'static Function> {
    read().as_ref().and_then(|table| table.by_target.get(&target).copied())
}

/// All functions met so far.
pub(crate) fn all() -> Vec<&'static Function> {
    read().as_ref().map_or_else(Vec::new, |table| table.all.clone())
}

#[cfg(test)]
mod tests;
