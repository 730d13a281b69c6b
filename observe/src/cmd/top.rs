//! `tollgate top`.

use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::widgets::TableState;

use super::output::{print, say};
use super::signals::Stop;
use super::{TopArguments, exit};
use crate::error::{Error, Result};
use crate::names::ProcessNames;
use crate::page::{Hosts, Page, Process, find};
use crate::sampler::{Figures, Sampler};
use crate::top::{Key, Table, View, draw, json, plain};

/// How long a key press waits at most.
const TICK: Duration = Duration::from_millis(50);
/// Seconds by which + and - change the interval, and its ends.
const INTERVALS: [u64; 8] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

pub(super) fn top(arguments: &TopArguments) -> Result<u8> {
    let process = match arguments.pid {
        Some(pid) => Process::open(pid)?,
        None => match the_only_one()? {
            Ok(process) => process,
            Err(list) => {
                print(&list)?;
                return Err(Error::asked("several processes have a page: name one of them"));
            }
        },
    };
    let page = Page::open(&process, arguments.manager)?;
    let mut watch = Watch::new(arguments, process, page);
    if arguments.once || !(arguments.json || io::stdout().is_terminal()) {
        return watch.once();
    }
    if arguments.json { watch.lines() } else { watch.live() }
}

/// The only process that has a page, or the list of those that have.
fn the_only_one() -> Result<std::result::Result<Process, String>> {
    let Hosts { with_pages: mut found, denied } = find()?;
    let beside = match denied {
        0 => String::new(),
        denied => format!(" ({denied} processes of others were not looked at; root may)"),
    };
    if found.len() > 1 {
        let line = |(process, pages): &(Process, Vec<_>)| {
            format!(
                "{:>8}  {:<16}  managers with a page: {}\n",
                process.pid(),
                process.command(),
                pages.len()
            )
        };
        return Ok(Err(found.iter().map(line).collect()));
    }
    let (process, _) = found.pop().ok_or_else(|| {
        Error::no_page(format!(
            "no process has a Tollgate page{beside}: a manager gets one from the flag TOLLGATE_PAGE at its creation"
        ))
    })?;
    Ok(Ok(process))
}

struct Watch<'a> {
    arguments: &'a TopArguments,
    process: Process,
    page: Page,
    names: ProcessNames,
    sampler: Sampler,
    view: View,
    title: String,
}

impl Watch<'_> {
    fn new(arguments: &TopArguments, process: Process, page: Page) -> Watch<'_> {
        let others = match page.others().len() {
            0 => String::new(),
            more => format!(" (of {}; --manager N)", more + 1),
        };
        let title = format!(
            "{} (process {}), manager {}{others}, {}",
            process.command(),
            process.pid(),
            page.number(),
            page.policy()
        );
        let view = View {
            key: arguments.sort,
            reversed: arguments.reverse,
            filter: arguments.filter.clone(),
            stuck_ns: nanoseconds(arguments.stuck),
        };
        let names = ProcessNames::new(&process, !arguments.no_symbols);
        Watch { arguments, process, page, names, sampler: Sampler::new(), view, title }
    }

    fn look(&mut self) -> (crate::look::Look, Figures) {
        let look = self.page.look(|task, name| self.names.name_task(task, name));
        let figures = self.sampler.observe(&look);
        (look, figures)
    }

    fn table(&mut self) -> Table {
        self.names.refresh(&self.page);
        let (look, figures) = self.look();
        Table::new(&look, &figures, &self.view, &mut self.names)
    }

    fn json(&mut self, table: &Table) -> String {
        format!("{}\n", json(&self.process, &self.page, table, &self.sampler, &mut self.names))
    }

    /// Two looks, for the rates, and the table of the second.
    fn once(&mut self) -> Result<u8> {
        self.look();
        thread::sleep(self.arguments.interval);
        if !self.process.is_alive() {
            return Ok(self.ended());
        }
        let table = self.table();
        let text = if self.arguments.json { self.json(&table) } else { plain(&self.title, &table) };
        print(&text)?;
        Ok(exit::DONE)
    }

    /// One line of JSON for each look, until the reader goes away.
    fn lines(&mut self) -> Result<u8> {
        let stop = Stop::on_signals()?;
        while !stop.is_asked() {
            if !self.process.is_alive() {
                return Ok(self.ended());
            }
            let table = self.table();
            if !print(&self.json(&table))? {
                break;
            }
            let next = Instant::now() + self.arguments.interval;
            while Instant::now() < next && !stop.is_asked() {
                thread::sleep(TICK.min(next.saturating_duration_since(Instant::now())));
            }
        }
        Ok(exit::DONE)
    }

    /// The table on the terminal, until somebody has seen enough.
    fn live(&mut self) -> Result<u8> {
        let stop = Stop::on_signals_in_order()?;
        let unusable = |error: io::Error| {
            Error::failed(format!("cannot use the terminal: {error}; --once prints the table without one"))
        };
        // Restores the terminal on every way out, a panic included.
        struct Restored;
        impl Drop for Restored {
            fn drop(&mut self) {
                ratatui::restore();
            }
        }
        let mut terminal = ratatui::try_init().map_err(unusable)?;
        let restored = Restored;
        let mut screen = Screen::new(self.arguments.interval);
        let mut table = self.table();
        let mut next = Instant::now() + screen.interval;
        let is_alive = loop {
            if !self.process.is_alive() {
                break false;
            }
            if stop.is_asked() {
                break true;
            }
            if Instant::now() >= next && !screen.is_frozen {
                table = self.table();
                next = Instant::now() + screen.interval;
            }
            let (title, view) = (&self.title, &self.view);
            terminal
                .draw(|frame| {
                    draw(
                        frame,
                        title,
                        &table,
                        view,
                        &mut screen.state,
                        screen.typing.as_deref(),
                        screen.is_frozen,
                    );
                })
                .map_err(unusable)?;
            let wait = next.saturating_duration_since(Instant::now()).min(TICK);
            if !event::poll(wait).map_err(unusable)? {
                continue;
            }
            match event::read().map_err(unusable)? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    if screen.key(key, &mut self.view) {
                        break true;
                    }
                    // What was asked for shows at once.
                    if !screen.is_frozen {
                        next = Instant::now();
                    }
                }
                _ => {}
            }
        };
        drop(restored);
        Ok(if is_alive { exit::DONE } else { self.ended() })
    }

    fn ended(&self) -> u8 {
        say(&format!("process {} has ended", self.process.pid()));
        exit::ENDED
    }
}

/// What keys have changed.
struct Screen {
    state: TableState,
    typing: Option<String>,
    is_frozen: bool,
    interval: Duration,
}

impl Screen {
    fn new(interval: Duration) -> Screen {
        Screen { state: TableState::default(), typing: None, is_frozen: false, interval }
    }

    /// Takes a key; true for the end.
    fn key(&mut self, key: KeyEvent, view: &mut View) -> bool {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return matches!(key.code, KeyCode::Char('c' | 'd'));
        }
        if let Some(typed) = &mut self.typing {
            match key.code {
                KeyCode::Enter => view.filter = self.typing.take().unwrap_or_default(),
                KeyCode::Esc => self.typing = None,
                KeyCode::Backspace => {
                    typed.pop();
                }
                KeyCode::Char(c) if typed.len() < 100 => typed.push(c),
                _ => {}
            }
            return false;
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return true,
            KeyCode::Right | KeyCode::Char('s') => view.key = neighbour(view.key, 1),
            KeyCode::Left => view.key = neighbour(view.key, Key::ALL.len() - 1),
            KeyCode::Char('r') => view.reversed = !view.reversed,
            KeyCode::Char('/') => self.typing = Some(view.filter.clone()),
            KeyCode::Char(' ') => self.is_frozen = !self.is_frozen,
            KeyCode::Down | KeyCode::Char('j') => self.state.scroll_down_by(1),
            KeyCode::Up | KeyCode::Char('k') => self.state.scroll_up_by(1),
            KeyCode::PageDown => self.state.scroll_down_by(20),
            KeyCode::PageUp => self.state.scroll_up_by(20),
            KeyCode::Char('+') => self.interval = other_interval(self.interval, true),
            KeyCode::Char('-') => self.interval = other_interval(self.interval, false),
            _ => {}
        }
        false
    }
}

fn neighbour(key: Key, distance: usize) -> Key {
    let at = Key::ALL.iter().position(|other| *other == key).unwrap_or(0);
    Key::ALL[(at + distance) % Key::ALL.len()]
}

fn other_interval(now: Duration, longer: bool) -> Duration {
    let mut steps = INTERVALS.map(Duration::from_millis).into_iter();
    let other = if longer { steps.find(|step| *step > now) } else { steps.rev().find(|step| *step < now) };
    other.unwrap_or(now)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
