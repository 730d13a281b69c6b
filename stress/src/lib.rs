//! The library under load and under operations at random.
//!
//! | module | idea |
//! |---|---|
//! | [`operation`] | what can be done to tasks and managers, made of plain bytes |
//! | [`books`] | what must come of it, in the plainest form: vectors and counts |
//! | [`trial`] | runs operations on the library beside the books; the tests and the fuzzer call it |
//! | [`hostile`] | the C functions with arguments that no well-behaved host would give |
//! | [`pages`] | pages of other processes, damaged at will |
//! | [`random`] | seeds and numbers |
//!
//! The command `tollgate-stress` is in `main.rs` and `soak`.

pub mod books;
pub mod hostile;
pub mod operation;
pub mod pages;
pub mod random;
pub mod trial;
