//! Plots as SVG, just enough of them: horizontal bars, and lines over two logarithmic axes.

use std::fmt::Write;

/// One bar: title, value, and whether it is one of ours.
pub struct Bar {
    /// What it stands for.
    pub title: String,
    /// Its length.
    pub value: f64,
    /// Drawn in the stronger colour.
    pub ours: bool,
}

/// One line: title and points, in ascending order of the first coordinate.
pub struct Line {
    /// What it stands for.
    pub title: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

const OURS: &str = "#1f5fa8";
const THEIRS: &str = "#b0b0b0";
const COLOURS: [&str; 4] = [OURS, "#c0392b", "#2e8b57", "#8a6d3b"];
const WIDTH: f64 = 820.0;
const LEFT: f64 = 230.0;

fn open(height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{}\" y=\"24\" font-size=\"15\" text-anchor=\"middle\">{}</text>\n",
        WIDTH / 2.0,
        escape(title)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = escape(words);
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>")
        .expect("a string");
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>")
        .expect("a string");
}

/// A value with as many digits as tell something.
pub fn short(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Powers of ten from the one at or below `least` to the one at or above `most`.
fn decades(least: f64, most: f64) -> impl Iterator<Item = f64> {
    let (first, last) = (least.log10().floor() as i32, most.log10().ceil() as i32);
    (first..=last).map(|exponent| 10f64.powi(exponent))
}

/// Where `value` lies between `least` and `most` on a logarithmic scale, 0 to 1.
fn place(value: f64, least: f64, most: f64) -> f64 {
    (value / least).log10() / (most / least).log10()
}

/// Bars over a logarithmic scale.
pub fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    let values = || bars.iter().map(|bar| bar.value);
    let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN_POSITIVE, f64::max));
    let scale: Vec<f64> = decades(least / 2.0, most).collect();
    let (least, most) = (scale[0], scale[scale.len() - 1]);
    let (top, step) = (44.0, 26.0);
    let bottom = top + step * bars.len() as f64;
    let x = |value: f64| LEFT + place(value, least, most) * (WIDTH - LEFT - 70.0);
    let mut svg = open(bottom + 50.0, title);
    for mark in &scale {
        line(&mut svg, (x(*mark), top), (x(*mark), bottom), "#dddddd");
        text(&mut svg, x(*mark), bottom + 18.0, "middle", &format!("{mark}"));
    }
    text(&mut svg, (LEFT + WIDTH) / 2.0, bottom + 38.0, "middle", unit);
    for (number, bar) in bars.iter().enumerate() {
        let y = top + step * number as f64;
        let (width, colour) = (x(bar.value) - LEFT, if bar.ours { OURS } else { THEIRS });
        text(&mut svg, LEFT - 8.0, y + 17.0, "end", &bar.title);
        writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            y + 4.0,
            step - 8.0
        )
        .expect("a string");
        text(&mut svg, x(bar.value) + 6.0, y + 17.0, "start", &short(bar.value));
    }
    svg + "</svg>\n"
}

/// Lines over two logarithmic axes.
pub fn lines(title: &str, horizontal: &str, vertical: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let span = |of: fn(&(f64, f64)) -> f64| {
        let scale: Vec<f64> = decades(
            points().map(of).fold(f64::MAX, f64::min),
            points().map(of).fold(f64::MIN_POSITIVE, f64::max),
        )
        .collect();
        scale
    };
    let (across, up) = (span(|point| point.0), span(|point| point.1));
    let (left, top, right, bottom) = (90.0, 44.0, WIDTH - 30.0, 400.0);
    let x = |value: f64| left + place(value, across[0], across[across.len() - 1]) * (right - left);
    let y = |value: f64| bottom - place(value, up[0], up[up.len() - 1]) * (bottom - top);
    let mut svg = open(bottom + 60.0, title);
    for mark in &across {
        line(&mut svg, (x(*mark), top), (x(*mark), bottom), "#dddddd");
        text(&mut svg, x(*mark), bottom + 18.0, "middle", &format!("{mark}"));
    }
    for mark in &up {
        line(&mut svg, (left, y(*mark)), (right, y(*mark)), "#dddddd");
        text(&mut svg, left - 8.0, y(*mark) + 4.0, "end", &format!("{mark}"));
    }
    text(&mut svg, (left + right) / 2.0, bottom + 40.0, "middle", horizontal);
    text(&mut svg, 10.0, top - 12.0, "start", vertical);
    for (number, (curve, colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let path: String =
            curve.points.iter().map(|point| format!("{:.1},{:.1} ", x(point.0), y(point.1))).collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.trim_end()
        )
        .expect("a string");
        let legend = top + 18.0 + 20.0 * number as f64;
        line(&mut svg, (left + 14.0, legend - 4.0), (left + 40.0, legend - 4.0), colour);
        text(&mut svg, left + 48.0, legend, "start", &curve.title);
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_ten_times_as_long_is_one_decade_further() {
        let at = |value| place(value, 1.0, 100.0);
        assert!((at(100.0) - 1.0).abs() < 1e-9);
        assert!((at(10.0) - at(1.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn titles_are_text_and_not_markup() {
        let svg = bars("a < b", "ns", &[Bar { title: "x & y".to_owned(), value: 3.0, ours: true }]);
        assert!(svg.contains("a &lt; b") && svg.contains("x &amp; y"));
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    }
}
