//! Recordings that others wrote.
#![no_main]

#[path = "../../observe/tests/hostile/mod.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    hostile::run(bytes);
});
