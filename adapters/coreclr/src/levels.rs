//! The open levels of one thread, as the runtime's notices tell them, and what the manager is to hear of them.
//!
//! The runtime says nothing when frames are left without a return: native code jumps out of them (longjmp), or catches a
//! managed exception, which .NET 9 lets out as one of C++. Two facts give it away:
//! * a return names its function: levels opened after that function's are gone;
//! * the stack grows downwards, and all calls of one direction are told from the same depth below their stub: a level
//!   whose stack address is not above that of a new call of the same direction is gone. That holds on the thread's own
//!   stack; native code may run managed code on others, of which only returns tell.
//!
//! What is gone is closed towards the manager, innermost first, so that it hears a stream without holes.
//!
//! A manager that governs may refuse, and any may do without certain native functions. The runtime goes on all the same; a
//! level of which the manager has not heard is kept here alone, and one whose closing was refused is *overdue*: it is
//! offered again before anything else, and until it is accepted the manager goes on showing the task where it last allowed
//! it to be.

use core::ops::Range;

use crate::functions::Function;

/// One open level.
#[derive(Clone, Copy)]
pub(crate) struct Level {
    /// Outside: the native function called. Inside: the managed one.
    pub(crate) function: &'static Function,
    /// Where the stack stood at the call.
    pub(crate) stack: usize,
    /// False for a leave, true for a reverse_enter.
    pub(crate) inside: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The manager has this level.
    Open,
    /// The manager has not: it refused to open it, or does without it.
    Untold,
    /// It has returned, but the manager refused to close it.
    Overdue,
}

/// What the levels report to: the manager and the books of the thread.
pub(crate) trait Listener {
    /// Opens a level; false if the manager does not have it then.
    fn open(&mut self, inside: bool, function: &'static Function) -> bool;
    /// Closes the innermost level that was opened; false if it was refused.
    fn close(&mut self, inside: bool) -> bool;
    /// `level` was left without a return.
    fn skipped(&mut self, level: &Level);
    /// A return came whose call is not there.
    fn unmatched(&mut self, function: &'static Function);
}

/// The open levels.
pub(crate) struct Levels {
    /// Outermost first.
    stack: Vec<Level>,
    /// How many of them are overdue.
    overdue: usize,
    /// Where the thread's own stack lies.
    own: Range<usize>,
}

impl Levels {
    pub(crate) const fn new(own: Range<usize>) -> Levels {
        Levels { stack: Vec::new(), overdue: 0, own }
    }

    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(crate) fn innermost(&self) -> Option<&Level> {
        self.stack.last()
    }

    /// `function` is called in the direction of `inside`, with the stack at `stack`.
    #[inline]
    pub(crate) fn call(
        &mut self,
        inside: bool,
        function: &'static Function,
        stack: usize,
        to: &mut impl Listener,
    ) {
        if let Some(gone) = self.first_gone(inside, stack) {
            self.leave_behind(gone, to);
        }
        if self.overdue != 0 {
            self.offer_overdue(to);
        }
        let state = if self.overdue == 0 && to.open(inside, function) { State::Open } else { State::Untold };
        self.stack.push(Level { function, stack, inside, state });
    }

    /// `function` returns from a call in the direction of `inside`; false if no such call is open.
    pub(crate) fn ret(
        &mut self,
        inside: bool,
        function: &'static Function,
        stack: usize,
        to: &mut impl Listener,
    ) -> bool {
        if !self.is_innermost(inside, function, stack) {
            return self.ret_slow(inside, function, stack, to);
        }
        if to.close(inside) {
            self.stack.pop();
        } else if let Some(innermost) = self.stack.last_mut() {
            innermost.state = State::Overdue;
            self.overdue = 1;
        }
        true
    }

    /// True if the innermost level is certain to be the one that returns: it fits, and every other that might is further
    /// away. One of the other direction does not fit; .NET 9 tells calls in from above the call out that they are made in.
    #[inline]
    fn is_innermost(&self, inside: bool, function: &'static Function, stack: usize) -> bool {
        let [outer @ .., innermost] = self.stack.as_slice() else { return false };
        let distance = innermost.stack.abs_diff(stack);
        let is_further = |level: &Level| level.stack > stack && level.stack - stack > distance;
        core::ptr::eq(innermost.function, function)
            && innermost.inside == inside
            && innermost.state == State::Open
            && self.overdue == 0
            && match outer {
                [] => true,
                [.., next] if is_further(next) => true,
                [further @ .., next] => next.inside != inside && further.last().is_none_or(is_further),
            }
    }

    #[cold]
    #[inline(never)]
    fn ret_slow(
        &mut self,
        inside: bool,
        function: &'static Function,
        stack: usize,
        to: &mut impl Listener,
    ) -> bool {
        // A thread that only returns from here on would never close what the manager accepts by now.
        self.offer_overdue(to);
        let Some(found) = self.nearest(inside, function, stack) else {
            to.unmatched(function);
            return false;
        };
        self.skip_from(found + 1, to);
        self.close_from(found, to);
        true
    }

    /// The outermost level that is gone, if the levels from there to the innermost cannot enclose a call made at `stack`.
    ///
    /// Only levels of the call's own direction prove it: those of the other are told from another depth below their stub.
    /// A level above the call ends the search: it may be the one that the call is made in.
    #[inline]
    fn first_gone(&self, inside: bool, stack: usize) -> Option<usize> {
        let encloses = |level: &Level| level.stack > stack && level.stack < self.own.end;
        match self.stack.as_slice() {
            [] => None,
            [.., innermost] if encloses(innermost) => None,
            // As in `is_innermost`: the level of the other direction tells nothing, the one further out does.
            [further @ .., innermost]
                if innermost.inside != inside && further.last().is_none_or(encloses) =>
            {
                None
            }
            _ => self.first_gone_slow(inside, stack),
        }
    }

    #[cold]
    #[inline(never)]
    fn first_gone_slow(&self, inside: bool, stack: usize) -> Option<usize> {
        if !self.own.contains(&stack) {
            return None;
        }
        let mut first = None;
        for (index, level) in self.stack.iter().enumerate().rev() {
            if !self.own.contains(&level.stack) {
                continue;
            }
            if level.stack > stack {
                break;
            }
            if level.inside == inside {
                first = Some(index);
            }
        }
        first
    }

    /// The level of this function and direction whose stack address is nearest: in a recursion the right one, because a
    /// call and its return are told from almost the same depth.
    fn nearest(&self, inside: bool, function: &'static Function, stack: usize) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        for (index, level) in self.stack.iter().enumerate().rev() {
            let distance = level.stack.abs_diff(stack);
            if best.is_some_and(|(_, least)| level.stack > stack && distance > least) {
                break;
            }
            let fits = level.inside == inside
                && level.state != State::Overdue
                && core::ptr::eq(level.function, function);
            if fits && best.is_none_or(|(_, least)| distance < least) {
                best = Some((index, distance));
            }
        }
        best.map(|(index, _)| index)
    }

    #[cold]
    #[inline(never)]
    fn leave_behind(&mut self, first: usize, to: &mut impl Listener) {
        self.skip_from(first, to);
        self.close_from(first, to);
    }

    fn skip_from(&self, first: usize, to: &mut impl Listener) {
        for level in self.stack.iter().skip(first).filter(|level| level.state != State::Overdue) {
            to.skipped(level);
        }
    }

    /// Closes the levels from `first` on, innermost first; what the manager will not close stays, overdue.
    fn close_from(&mut self, first: usize, to: &mut impl Listener) {
        for index in (first..self.stack.len()).rev() {
            let Some(level) = self.stack.get_mut(index) else { continue };
            match level.state {
                // Overdue levels further in come first; the next notice offers them again.
                State::Open if self.overdue != 0 || !to.close(level.inside) => {
                    level.state = State::Overdue;
                    self.overdue += 1;
                }
                State::Open | State::Untold => {
                    self.stack.remove(index);
                }
                State::Overdue => {}
            }
        }
    }

    /// Offers the manager what is overdue, innermost first, as far as it accepts.
    #[cold]
    #[inline(never)]
    fn offer_overdue(&mut self, to: &mut impl Listener) {
        while self.overdue != 0 {
            let innermost = self.stack.iter().rposition(|level| level.state != State::Untold);
            let Some(index) = innermost else { return };
            match self.stack.get(index) {
                Some(level) if level.state == State::Overdue && to.close(level.inside) => {
                    self.stack.remove(index);
                    self.overdue -= 1;
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
