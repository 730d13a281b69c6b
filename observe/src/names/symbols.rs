//! Names of functions from the files that a process has mapped.

use std::path::Path;

use blazesym::Pid;
use blazesym::symbolize::source::{Process, Source};
use blazesym::symbolize::{Input, Symbolized, Symbolizer};

use super::clean;

/// The symbols of one process.
pub struct Symbols {
    pid: u32,
    symbolizer: Symbolizer,
}

impl Symbols {
    /// Symbols of process `pid`; nothing is read before the first name is asked for.
    pub fn new(pid: u32) -> Symbols {
        Symbols { pid, symbolizer: Symbolizer::new() }
    }

    /// The function at `address`, as `library!function`; in the program's own file just `function`.
    ///
    /// **Progress:** reads the process's files. `None` if they tell nothing of the address, or the process has ended.
    pub fn name(&self, address: u64) -> Option<String> {
        // The kernel's links to mapped files are right even for files that were replaced, but not everybody may use them.
        let symbol = self.look_up(address, true).or_else(|| self.look_up(address, false))?;
        let Symbolized::Sym(symbol) = symbol else { return None };
        let distance = if symbol.offset == 0 { String::new() } else { format!("+{:#x}", symbol.offset) };
        let library = symbol.module.as_deref().and_then(|module| library_name(Path::new(module)));
        let library = library.map_or_else(String::new, |library| format!("{library}!"));
        Some(clean(&format!("{library}{}{distance}", symbol.name)))
    }

    fn look_up(&self, address: u64, map_files: bool) -> Option<Symbolized<'_>> {
        let mut process = Process::new(Pid::from(self.pid));
        process.map_files = map_files;
        let found =
            self.symbolizer.symbolize_single(&Source::Process(process), Input::AbsAddr(address)).ok()?;
        matches!(found, Symbolized::Sym(_)).then_some(found)
    }
}

/// `c` for `/lib/libc.so.6`; `None` for files that are not named like libraries.
fn library_name(module: &Path) -> Option<String> {
    let file = module.file_name()?.to_str()?;
    let (name, _) = file.split_once(".so")?;
    Some(name.strip_prefix("lib").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_named_without_what_all_have() {
        assert_eq!(library_name(Path::new("/lib/x86_64-linux-gnu/libc.so.6")).as_deref(), Some("c"));
        assert_eq!(library_name(Path::new("/opt/clrtest.so")).as_deref(), Some("clrtest"));
        assert_eq!(library_name(Path::new("/usr/bin/host")), None);
    }

    #[test]
    fn functions_of_this_program_and_of_the_c_library_have_names() {
        extern "C" fn a_function_of_this_program() {}
        let symbols = Symbols::new(std::process::id());
        let own = symbols.name(a_function_of_this_program as extern "C" fn() as usize as u64);
        assert!(own.as_deref().is_some_and(|name| name.contains("a_function_of_this_program")), "{own:?}");
        assert_eq!(symbols.name(8), None);
    }
}
