//! The open levels of a task as one word, and every pure function on it.
//!
//! ```text
//! word = 1 d1 d2 ... dn      leading one = marker; di = 0 for a leave (outside), 1 for a reverse_enter (inside)
//! ```
//!
//! A push shifts a direction in at the low end, a pop shifts it out. The pops are rotations that move the bit they
//! expect to be 0 to the top: a settled word never has bit 63, so one sign test tells a refused pop, a full word and an
//! armed cell alike. An empty stack is the bare marker, whose lowest bit 1 refuses an enter without a test of its own.
//!
//! Invariants, relied upon by the hot path and by every reader:
//! 1. A settled word of a task has bit 63 clear and is not 0; 0 belongs to free cells alone.
//! 2. No function here turns a non-zero word into 0 but `pop_inside` of the empty word, which callers test for.

/// Where a task executes, as far as its calls tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Side {
    /// In native code.
    Outside = 0,
    /// In managed code.
    Inside = 1,
}

/// The word of a cell that no task has.
pub const FREE: u64 = 0;
/// The word without a level.
pub const EMPTY: u64 = 1;
/// Set in a word only while its owner is in the middle of something: readers look again.
pub const UNSETTLED: u64 = 1 << 63;
/// Levels that fit the word; the next push shows [`UNSETTLED`].
pub const WORD_LEVELS: u32 = 62;
/// Levels that move between the word and the spill record at a time.
pub const SPILL_LEVELS: u32 = 32;
/// Levels a task can have open in all.
pub const MAX_LEVELS: u32 = 4096;

/// The word after a leave.
#[inline(always)]
pub const fn push_outside(word: u64) -> u64 {
    word.rotate_left(1)
}

/// The word after a reverse_enter.
#[inline(always)]
pub const fn push_inside(word: u64) -> u64 {
    (word << 1) | 1
}

/// The word after an enter; unsettled if the innermost level is not a leave or none is open.
#[inline(always)]
pub const fn pop_outside(word: u64) -> u64 {
    word.rotate_right(1)
}

/// The word after a reverse_leave; unsettled if the innermost level is not a reverse_enter, 0 if none is open.
#[inline(always)]
pub const fn pop_inside(word: u64) -> u64 {
    (word ^ 1).rotate_right(1)
}

/// True if `word` must not be taken at face value.
#[inline(always)]
pub const fn is_unsettled(word: u64) -> bool {
    word & UNSETTLED != 0
}

/// Levels in a settled word.
#[inline(always)]
pub const fn depth(word: u64) -> u32 {
    63 - (word | 1).leading_zeros()
}

/// The side of the innermost level in `word`, or `below` when it has none.
#[inline(always)]
pub const fn side(word: u64, below: Side) -> Side {
    if word <= EMPTY {
        below
    } else if word & 1 == 1 {
        Side::Inside
    } else {
        Side::Outside
    }
}

/// How many levels of `word` are outside levels.
pub const fn outside_levels(word: u64) -> u32 {
    (depth(word) + 1) - word.count_ones()
}

/// How many levels of `word` are inside levels.
pub const fn inside_levels(word: u64) -> u32 {
    // 0 for a free cell too, which a reader may meet between its two looks.
    word.count_ones().saturating_sub(1)
}

/// How many of the innermost levels must go so that the innermost is on `side`; `None` if `word` has no such level.
pub const fn levels_above(word: u64, side: Side) -> Option<u32> {
    let directions = word ^ (1 << depth(word));
    let matching = match side {
        Side::Inside => directions,
        Side::Outside => !word & ((1 << depth(word)) - 1),
    };
    if matching == 0 { None } else { Some(matching.trailing_zeros()) }
}

/// A full word cut in two: the directions of its 32 outermost levels, and the word of the rest.
pub const fn split(word: u64) -> (u32, u64) {
    let kept = depth(word) - SPILL_LEVELS;
    ((word >> kept) as u32, (1 << kept) | (word & ((1 << kept) - 1)))
}

/// The word of one spilled block alone.
pub const fn join(directions: u32) -> u64 {
    (1 << SPILL_LEVELS) | directions as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn word_of(stack: &[Side]) -> u64 {
        stack.iter().fold(EMPTY, |w, s| match s {
            Side::Outside => push_outside(w),
            Side::Inside => push_inside(w),
        })
    }

    /// Every stack of up to 12 levels.
    fn stacks() -> impl Iterator<Item = Vec<Side>> {
        (0..=12u32).flat_map(|n| {
            (0..1u32 << n).map(move |bits| {
                (0..n).map(|i| if bits >> i & 1 == 1 { Side::Inside } else { Side::Outside }).collect()
            })
        })
    }

    #[test]
    fn every_short_stack_answers_like_a_vector() {
        for stack in stacks() {
            let word = word_of(&stack);
            assert_eq!(depth(word) as usize, stack.len());
            let innermost = stack.last().copied();
            for below in [Side::Outside, Side::Inside] {
                assert_eq!(side(word, below), innermost.unwrap_or(below));
            }
            assert_eq!(outside_levels(word) as usize, stack.iter().filter(|s| **s == Side::Outside).count());
            assert_eq!(inside_levels(word) as usize, stack.iter().filter(|s| **s == Side::Inside).count());
            for wanted in [Side::Outside, Side::Inside] {
                let above = stack.iter().rev().position(|s| *s == wanted);
                assert_eq!(levels_above(word, wanted).map(|n| n as usize), above);
            }
            let shorter = word_of(&stack[..stack.len().saturating_sub(1)]);
            assert_eq!(pop_outside(word) == shorter, innermost == Some(Side::Outside));
            assert_eq!(is_unsettled(pop_outside(word)), innermost != Some(Side::Outside));
            if word != EMPTY {
                assert_eq!(pop_inside(word) == shorter, innermost == Some(Side::Inside));
                assert_eq!(is_unsettled(pop_inside(word)), innermost != Some(Side::Inside));
            }
        }
        assert_eq!(pop_inside(EMPTY), 0, "the case that callers test for");
        assert_eq!(inside_levels(FREE), 0, "the case that a reader may meet");
    }

    #[test]
    fn the_level_after_the_last_shows_bit_63() {
        let full = word_of(&[Side::Outside; WORD_LEVELS as usize]);
        assert!(!is_unsettled(full));
        assert!(is_unsettled(push_outside(full)));
        assert!(is_unsettled(push_inside(full)));
        assert_eq!(pop_outside(push_outside(full)), full, "an undone push gives the word back");
    }

    #[test]
    fn a_split_word_joins_again() {
        let stack: Vec<Side> =
            (0..WORD_LEVELS).map(|i| if i % 3 == 0 { Side::Inside } else { Side::Outside }).collect();
        let (directions, rest) = split(word_of(&stack));
        assert_eq!(join(directions), word_of(&stack[..32]));
        assert_eq!(rest, word_of(&stack[32..]));
    }
}
