//! Numbers as people read them.

/// A duration in the largest unit that leaves a digit before the point, three digits in all.
pub(super) fn duration(ns: u64) -> String {
    let (value, unit) = match ns {
        0..1_000 => return format!("{ns} ns"),
        1_000..1_000_000 => (ns as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (ns as f64 / 1e6, "ms"),
        _ => (ns as f64 / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// A number with its digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("\u{202f}")
}

/// A part of a whole in percent; small parts are not shown as none.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    match part as f64 * 100.0 / whole as f64 {
        0.0 => "0 %".to_owned(),
        value if value < 0.1 => "< 0.1 %".to_owned(),
        value if value < 10.0 => format!("{value:.1} %"),
        value => format!("{value:.0} %"),
    }
}

/// A distance between two marks of a scale of `length`, so that it has four to eight: 1, 2 or 5 times a power of ten.
pub(super) fn step(length: f64) -> f64 {
    let least = (length / 8.0).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let shown = [0, 999, 1_000, 12_345, 123_456, 5_000_000, 1_000_000_000, 754_000_000_000].map(duration);
        assert_eq!(shown, ["0 ns", "999 ns", "1.00 µs", "12.3 µs", "123 µs", "5.00 ms", "1.00 s", "754 s"]);
    }

    #[test]
    fn numbers_are_grouped_and_parts_never_vanish() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(
            [(0, 5), (1, 100_000), (5, 100), (3, 4)].map(|(part, all)| percent(part, all)),
            ["0 %", "< 0.1 %", "5.0 %", "75 %"]
        );
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn scales_have_four_to_eight_marks() {
        for length in [1.0, 3.0, 7.9, 8.1, 42.0, 1e9, 9.99e12] {
            let marks = length / step(length);
            assert!((3.2..=8.0).contains(&marks), "{length}: {marks}");
        }
    }
}
