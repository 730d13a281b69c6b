//! Native libraries and pages of this process.

use std::ffi::{CStr, CString, c_int, c_void};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::mem::MaybeUninit;
use std::ops::Range;

/// The address of `entry` in the loaded library that a managed program calls `library`, if there is one.
///
/// Loads nothing: what the program has not loaded is not there. The runtime tries a name with and without `lib` before and
/// `.so` behind it, and so does this.
pub(crate) fn find(library: &str, entry: &str) -> Option<usize> {
    let entry = CString::new(entry).ok()?;
    if library == "__Internal" {
        return symbol(None, &entry);
    }
    symbol(Some(&loaded(library)?), &entry)
}

/// The path of the loaded library that goes by `name`.
fn loaded(name: &str) -> Option<CString> {
    struct Search<'a> {
        name: &'a str,
        found: Option<CString>,
    }

    unsafe extern "C" fn visit(object: *mut libc::dl_phdr_info, _size: usize, search: *mut c_void) -> c_int {
        // SAFETY: `loaded` passes its search.
        let search = unsafe { &mut *search.cast::<Search<'_>>() };
        // SAFETY: the loader passes an object it knows.
        let path = unsafe { (*object).dlpi_name };
        if path.is_null() {
            return 0;
        }
        // SAFETY: the loader's names end in 0 and stay while its lock is held.
        let path = unsafe { CStr::from_ptr(path) };
        let file = path.to_str().unwrap_or("").rsplit('/').next().unwrap_or("");
        if !goes_by(file, search.name) {
            return 0;
        }
        search.found = Some(path.to_owned());
        1
    }

    let file = name.rsplit('/').next().unwrap_or(name);
    let mut search = Search { name: file, found: None };
    // SAFETY: the callback fits the data.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    search.found
}

/// True if the runtime could have meant `file` by `name`.
fn goes_by(file: &str, name: &str) -> bool {
    let bare = |text: &str| {
        let text = text.split_once(".so").map_or(text, |(before, _)| before);
        text.strip_prefix("lib").unwrap_or(text).to_owned()
    };
    !file.is_empty() && (file == name || bare(file) == bare(name))
}

fn symbol(path: Option<&CStr>, entry: &CStr) -> Option<usize> {
    let path = path.map_or(core::ptr::null(), CStr::as_ptr);
    // SAFETY: NULL or a path; NOLOAD runs no code of the library.
    let library = unsafe { libc::dlopen(path, libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
    if library.is_null() {
        return None;
    }
    // SAFETY: an open library and a name.
    let address = unsafe { libc::dlsym(library, entry.as_ptr()) };
    // SAFETY: opened above; the program's own reference keeps it loaded.
    unsafe { libc::dlclose(library) };
    Some(address as usize).filter(|&address| address != 0)
}

/// The full path of the loaded library that `address` lies in.
pub(crate) fn library_of(address: *const c_void) -> Option<String> {
    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked about.
    if unsafe { libc::dladdr(address, found.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: zeroes or what the loader wrote.
    let path = unsafe { found.assume_init() }.dli_fname;
    if path.is_null() {
        return None;
    }
    // SAFETY: the loader's names end in 0 and stay as long as the library.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    std::fs::canonicalize(path).ok()?.to_str().map(str::to_owned)
}

/// Where the calling thread's stack lies; everywhere, if the system does not say.
pub(crate) fn own_stack() -> Range<usize> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: no argument.
    let thread = unsafe { libc::pthread_self() };
    // SAFETY: the calling thread, and a writable record.
    if unsafe { libc::pthread_getattr_np(thread, attributes.as_mut_ptr()) } != 0 {
        return 0..usize::MAX;
    }
    let (mut lowest, mut size) = (core::ptr::null_mut(), 0);
    // SAFETY: filled in above.
    unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) };
    // SAFETY: as above; given up once.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    lowest as usize..(lowest as usize).saturating_add(size)
}

/// True if `address` lies in a page with code.
///
/// .NET 8 to 10 name the address of a stub, where a function id belongs, around calls through pointers made by
/// `coreclr_create_delegate`. Records of functions are data. Asking the runtime about such an id crashes it.
pub(crate) fn is_executable(address: usize) -> bool {
    let Ok(maps) = File::open("/proc/self/maps") else { return false };
    BufReader::new(maps).lines().map_while(Result::ok).any(|line| covers(&line, address))
}

fn covers(line: &str, address: usize) -> bool {
    let mut words = line.split(' ');
    let Some((start, end)) = words.next().and_then(|range| range.split_once('-')) else { return false };
    let hex = |text| usize::from_str_radix(text, 16);
    let (Ok(start), Ok(end)) = (hex(start), hex(end)) else { return false };
    (start..end).contains(&address) && words.next().is_some_and(|rights| rights.contains('x'))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU8;

    use super::*;

    #[test]
    fn code_is_executable_and_data_is_not() {
        // What can change is in no page with code; what cannot may lie beside it.
        static DATA: AtomicU8 = AtomicU8::new(0);
        assert!(is_executable(code_is_executable_and_data_is_not as fn() as usize));
        assert!(!is_executable(&raw const DATA as usize));
        assert!(!is_executable(0));
    }

    #[test]
    fn a_local_variable_is_on_the_own_stack_and_nothing_else_is() {
        static ELSEWHERE: u8 = 0;
        let local = 0u8;
        let check = |address: *const u8| own_stack().contains(&(address as usize));
        assert!(check(&raw const local));
        assert!(!check(&raw const ELSEWHERE));
        let lent = (&raw const local).addr();
        std::thread::spawn(move || assert!(!own_stack().contains(&lent))).join().expect("another stack");
    }

    #[test]
    fn library_names_fit_as_the_runtime_tries_them() {
        for (file, name) in [
            ("libfoo.so", "foo"),
            ("libfoo.so", "libfoo"),
            ("libfoo.so", "libfoo.so"),
            ("libc.so.6", "libc"),
            ("foo.so", "foo"),
        ] {
            assert!(goes_by(file, name), "{file} {name}");
        }
        assert!(!goes_by("libfoobar.so", "foo"));
        assert!(!goes_by("", ""));
    }

    #[test]
    fn an_entry_is_found_in_a_loaded_library_only() {
        assert_eq!(find("libc", "getpid"), Some(libc::getpid as unsafe extern "C" fn() -> i32 as usize));
        assert_eq!(find("libc", "no_such_entry"), None);
        assert_eq!(find("no_such_library", "getpid"), None);
    }
}
