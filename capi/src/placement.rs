//! Where the hot functions lie: each starts a cache line.
//!
//! A call of a few nanoseconds is fetched more than it is computed. A thunk that straddles two lines costs a cycle or two
//! of the ten that a pair takes (measured on Zen 4: 10 cycles with both thunks at the start of a line, 11 to 13
//! where they lie across two), and where the linker puts it changes with every unrelated edit.
//!
//! A function's alignment cannot be stated in stable Rust, but a section's can, in assembler: each hot function is in a
//! section of its own, and here every such section gets a first, empty part that is aligned.

macro_rules! start_lines {
    ($($section:literal)*) => {
        $(core::arch::global_asm!(
            concat!(".pushsection .text.hot.tollgate.", $section, ",\"ax\",@progbits"),
            ".balign 64",
            ".popsection",
        );)*
    };
}

start_lines! {
    "leave_runtime" "enter_runtime" "reverse_enter_runtime" "reverse_leave_runtime"
    "leave" "enter" "reverse_enter" "reverse_leave"
}
