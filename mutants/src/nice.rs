//! How urgent this process is: what it starts is no more urgent, and tests of priorities make threads less urgent.

use std::fs;

/// The nice value that the lowest level of a task comes to: nobody below it can be seen to be lowered.
pub const LOWEST: i64 = 10;

/// The nice value of this process.
pub fn nice() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may have anything in it; what follows it begins with the third field.
    status.rsplit(") ").next()?.split(' ').nth(16)?.parse().ok()
}
