//! Threads that do what a test tells them, one step at a time, so that its order is the test's and not the scheduler's.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Far beyond what any step takes; reached only when something is broken.
const LIMIT: Duration = Duration::from_secs(600);

type Step = Box<dyn FnOnce() + Send>;

/// A thread that runs the steps it is given, in their order, and ends when dropped.
pub(crate) struct Actor {
    steps: Option<Sender<Step>>,
    thread: Option<JoinHandle<()>>,
}

/// What a step will answer.
pub(crate) struct Pending<R>(Receiver<R>);

impl<R> Pending<R> {
    /// The answer, waited for.
    #[track_caller]
    pub(crate) fn get(self) -> R {
        self.0.recv_timeout(LIMIT).expect("the step ends")
    }

    /// True if the answer is not there yet. A false "still waiting" is possible, a false "done" is not.
    pub(crate) fn is_waiting(&mut self) -> bool {
        match self.0.try_recv() {
            Ok(answer) => {
                let (sender, receiver) = channel();
                sender.send(answer).expect("the receiver is here");
                self.0 = receiver;
                false
            }
            Err(_) => true,
        }
    }
}

impl Actor {
    pub(crate) fn new() -> Actor {
        let (steps, inbox) = channel::<Step>();
        let thread = std::thread::spawn(move || inbox.iter().for_each(|step| step()));
        Actor { steps: Some(steps), thread: Some(thread) }
    }

    /// Has the thread run `step`, without waiting for it.
    pub(crate) fn start<R: Send + 'static>(&self, step: impl FnOnce() -> R + Send + 'static) -> Pending<R> {
        let (sender, answer) = channel();
        let step = Box::new(move || {
            // The test may have lost interest, and failed, by the time the step ends.
            let _ = sender.send(step());
        });
        self.steps.as_ref().expect("alive").send(step).expect("the thread waits for steps");
        Pending(answer)
    }

    /// Has the thread run `step`, and waits for its answer.
    #[track_caller]
    pub(crate) fn run<R: Send + 'static>(&self, step: impl FnOnce() -> R + Send + 'static) -> R {
        self.start(step).get()
    }

    /// Lets the thread end, and waits until it is gone.
    pub(crate) fn end(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        drop(self.steps.take());
        let ended = self.thread.take().map(JoinHandle::join);
        // A thread whose step panicked has reported that already, and its test fails for want of an answer.
        drop(ended);
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        // A failed test must not wait for a thread that may be parked for ever.
        if !std::thread::panicking() {
            self.finish();
        }
    }
}

/// Looks again and again until `condition` holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "still waiting for: {what}");
        std::thread::sleep(Duration::from_micros(100));
    }
}
