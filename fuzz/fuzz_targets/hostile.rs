//! Hostile arguments to the C functions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tollgate_stress::hostile::run(bytes);
});
