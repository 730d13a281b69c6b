//! Operations on one manager against the books.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tollgate_stress::trial::run(&tollgate_stress::operation::operations(bytes), 1);
});
