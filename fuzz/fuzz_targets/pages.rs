//! Pages of other processes, damaged at will.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tollgate_stress::pages::run(bytes);
});
