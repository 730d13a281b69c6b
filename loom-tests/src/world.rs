//! A manager with data that only the gate protects.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use tollgate_core::{Config, Door, Error, Manager, OwnedTask, Pause, Side, Unlisted};

pub use loom::thread::spawn;

/// Tasks that one model can have.
const TASKS: usize = 3;

/// A manager, and one piece of data for each task: the task writes it inside, the host while the gate is closed. A task
/// that is where it must not be, or a missing release or acquire, is a race, which loom reports.
pub struct World {
    manager: Manager,
    data: [UnsafeCell<u32>; TASKS],
}

// SAFETY: the data is loom's, which reports every unsynchronised access.
unsafe impl Sync for World {}
// SAFETY: as above.
unsafe impl Send for World {}

impl Deref for World {
    type Target = Manager;

    fn deref(&self) -> &Manager {
        &self.manager
    }
}

impl World {
    /// With the default settings.
    pub fn new() -> Arc<World> {
        World::with(Config::DEFAULT)
    }

    /// With settings of the model's own.
    pub fn with(config: Config) -> Arc<World> {
        World::of(Unlisted::new(config, Door::NONE))
    }

    /// With a door that is told of tasks that end.
    pub fn with_door(door: Door) -> Arc<World> {
        World::of(Unlisted::new(Config::DEFAULT, door))
    }

    fn of(manager: Unlisted) -> Arc<World> {
        let manager = manager.model();
        Arc::new(World { manager, data: std::array::from_fn(|_| UnsafeCell::new(0)) })
    }

    /// A fresh task that owns data number `data`; with a base inside it waits for the gate.
    pub fn attach(self: &Arc<World>, data: usize, base: Option<Side>) -> Result<Task, Error> {
        let task = self.manager.attach_task(base)?;
        // SAFETY: only the lifetime changes; the task is dropped before `world`, which keeps the manager.
        let task = unsafe { std::mem::transmute::<OwnedTask<'_>, OwnedTask<'static>>(task) };
        Ok(Task { task: ManuallyDrop::new(task), data, world: Arc::clone(self) })
    }

    /// A task that has been through the gate before, so that its next call is a fast one; on `side`.
    pub fn task(self: &Arc<World>, data: usize, side: Side) -> Task {
        let mut task = self.attach(data, Some(Side::Outside)).expect("there is a cell");
        task.reverse_enter().expect("the gate is open");
        if side == Side::Outside {
            task.reverse_leave().expect("the level is open");
        }
        task
    }

    /// Closes the gate, without a limit.
    pub fn closed(&self) -> Pause<'_> {
        self.pause(u32::MAX).expect("nothing ends the manager")
    }

    /// What a host does while no task is inside: writes all data.
    pub fn touch(&self) {
        for data in &self.data {
            write(data);
        }
    }

    /// One whole pause.
    pub fn stop_and_go(&self) {
        let _pause = self.closed();
        self.touch();
    }
}

/// A task of a world. Its end is not a part of the model unless the model calls for it.
pub struct Task {
    task: ManuallyDrop<OwnedTask<'static>>,
    data: usize,
    world: Arc<World>,
}

impl Deref for Task {
    type Target = OwnedTask<'static>;

    fn deref(&self) -> &OwnedTask<'static> {
        &self.task
    }
}

impl DerefMut for Task {
    fn deref_mut(&mut self) -> &mut OwnedTask<'static> {
        &mut self.task
    }
}

impl Task {
    /// What a task does inside: writes its data.
    pub fn touch(&self) {
        write(&self.world.data[self.data]);
    }

    /// Goes in, touches, goes out; or is refused.
    pub fn visit(&mut self) -> Result<(), Error> {
        self.reverse_enter()?;
        self.touch();
        self.reverse_leave()
    }

    /// Detaches the task.
    pub fn end(mut self) {
        // SAFETY: not used again: `self` goes with this call.
        unsafe { ManuallyDrop::drop(&mut self.task) };
    }
}

fn write(data: &UnsafeCell<u32>) {
    // SAFETY: loom checks that nobody else is at it.
    data.with_mut(|value| unsafe { *value += 1 });
}
