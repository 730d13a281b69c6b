//! The table on a terminal.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row as Cells, Table as Widget, TableState};

use super::plain::{function, marks, summary};
use super::rows::{Key, Row, Table, View};
use super::units::{age, percent, rate};

/// Colours of the terminal's own palette, which are legible on its own background, dark or light.
const INSIDE: Color = Color::Blue;
const OUTSIDE: Color = Color::Yellow;
const ALARM: Color = Color::Red;

/// Headings and widths of the columns; 0 takes what is left.
type Columns = ([&'static str; 8], [u16; 8]);
const WIDE: Columns = (
    ["TASK", "NAME", "SIDE", "DEPTH", "NATIVE FUNCTION", "AT LEAST", "CROSSINGS/S", "INSIDE"],
    [6, 24, 8, 6, 0, 9, 12, 7],
);
const NARROW: Columns = (
    ["TASK", "NAME", "SIDE", "DEEP", "NATIVE FUNCTION", "SINCE", "CROSS/S", "IN"],
    [5, 11, 7, 5, 0, 7, 8, 5],
);

fn width_of(columns: u16) -> Constraint {
    if columns == 0 { Constraint::Min(12) } else { Constraint::Length(columns) }
}

/// Draws title, table and the line of keys; `typing` is the filter while it is typed.
pub fn draw(
    frame: &mut Frame,
    title: &str,
    table: &Table,
    view: &View,
    state: &mut TableState,
    typing: Option<&str>,
    is_frozen: bool,
) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(4), Constraint::Min(1), Constraint::Length(1)])
            .areas(frame.area());
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let [tasks, gate] = summary(table);
    let gate_style =
        if table.gate.pauses == 0 && !table.gate.refuses { Style::new() } else { Style::new().fg(ALARM) };
    let frozen = if is_frozen { "  (frozen: space goes on)" } else { "" };
    let lines = vec![
        Line::styled(format!("{title}{frozen}"), bold),
        Line::raw(tasks),
        Line::styled(gate, gate_style),
        Line::raw(""),
    ];
    frame.render_widget(Paragraph::new(lines), head);
    frame.render_stateful_widget(widget(table, view, body.width), body, state);
    frame.render_widget(Paragraph::new(keys(view, typing)), foot);
}

fn widget<'a>(table: &'a Table, view: &View, width: u16) -> Widget<'a> {
    // On a narrow terminal the function is worth more than anything else.
    let (heads, widths) = if width < 100 { NARROW } else { WIDE };
    let head = heads.iter().zip(Key::ALL).map(|(head, key)| {
        let arrow = match (key == view.key, view.reversed) {
            (false, _) => "",
            (true, false) => "▾",
            (true, true) => "▴",
        };
        Cell::from(right_if(is_number(key), format!("{head}{arrow}")))
    });
    let head = Cells::new(head).style(Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
    Widget::new(table.rows.iter().map(cells), widths.map(width_of))
        .header(head)
        .column_spacing(1)
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED))
}

fn cells(row: &Row) -> Cells<'_> {
    let side = match row.side {
        "inside" => Style::new().fg(INSIDE),
        "outside" => Style::new().fg(OUTSIDE),
        _ => Style::new(),
    };
    let style = if row.stuck { Style::new().fg(ALARM) } else { Style::new() };
    let name = if row.name.is_empty() { format!("thread {}", row.os_thread) } else { row.name.clone() };
    Cells::new([
        Cell::from(right_if(true, row.task.to_string())),
        Cell::from(name),
        Cell::from(Span::styled(row.side, side)),
        Cell::from(right_if(true, row.depth.to_string())),
        Cell::from(format!("{}{}", function(row), marks(row))),
        Cell::from(right_if(true, age(row.age_ns))),
        Cell::from(right_if(true, rate(row.crossings_per_second))),
        Cell::from(right_if(true, percent(row.share_inside))),
    ])
    .style(style)
}

fn is_number(key: Key) -> bool {
    matches!(key, Key::Task | Key::Depth | Key::Age | Key::Crossings | Key::Inside)
}

fn right_if(right: bool, text: String) -> Line<'static> {
    if right { Line::from(text).right_aligned() } else { Line::from(text) }
}

fn keys<'a>(view: &View, typing: Option<&'a str>) -> Line<'a> {
    if let Some(typed) = typing {
        return Line::from(vec![
            Span::raw(format!("filter: {typed}")),
            Span::styled("▏", Style::new().add_modifier(Modifier::SLOW_BLINK)),
            Span::styled("   Enter keeps it, Esc drops it", Style::new().add_modifier(Modifier::DIM)),
        ]);
    }
    let filter = if view.filter.is_empty() { String::new() } else { format!("  filter: {}", view.filter) };
    Line::styled(
        format!("q quit  ←→ sort  r reverse  / filter  ↑↓ scroll  space freeze  +- interval{filter}"),
        Style::new().add_modifier(Modifier::DIM),
    )
}
