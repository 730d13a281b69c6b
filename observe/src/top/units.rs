//! Figures as the table shows them: short, and of one width.

/// A duration: three digits and a unit.
pub(super) fn age(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    match seconds {
        0 if ns < 1_000_000 => format!("{} us", ns / 1_000),
        0 => format!("{} ms", ns / 1_000_000),
        1..10 => format!("{:.1} s", ns as f64 / 1e9),
        10..600 => format!("{seconds} s"),
        600..36_000 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

/// A duration of a pause, which may be short.
pub(super) fn duration(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..10_000 => format!("{:.1} us", ns as f64 / 1e3),
        _ => age(ns),
    }
}

/// A rate.
pub(super) fn rate(per_second: Option<f64>) -> String {
    match per_second {
        None => "-".to_owned(),
        Some(rate) if rate < 10_000.0 => format!("{rate:.0}"),
        Some(rate) if rate < 10e6 => format!("{:.0} k", rate / 1e3),
        Some(rate) => format!("{:.0} M", rate / 1e6),
    }
}

/// A part of a whole.
pub(super) fn percent(part: Option<f64>) -> String {
    part.map_or_else(|| "-".to_owned(), |part| format!("{:.0} %", part * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let ages =
            [0, 999_999, 1_000_000, 999_999_999, 1_500_000_000, 59_000_000_000, 600_000_000_000, u64::MAX];
        assert_eq!(
            ages.map(age),
            ["0 us", "999 us", "1 ms", "999 ms", "1.5 s", "59 s", "10 min", "5124095 h"]
        );
        assert_eq!([7, 1_500, 50_000].map(duration), ["7 ns", "1.5 us", "50 us"]);
        let rates = [None, Some(0.0), Some(9_999.4), Some(123_456.0), Some(71e6)];
        assert_eq!(rates.map(rate), ["-", "0", "9999", "123 k", "71 M"]);
        assert_eq!([None, Some(0.254)].map(percent), ["-", "25 %"]);
    }
}
