//! The times of several processes, by name.

use std::collections::BTreeMap;

use benches::svg::short;
use benches::timing::{least, median};

use crate::in_another_process;

/// For each name the times of all processes, in their order.
#[derive(Default)]
pub(crate) struct Times(BTreeMap<String, Vec<f64>>);

impl Times {
    /// Adds what one more process finds.
    pub(crate) fn take(&mut self, argument: &str) {
        in_another_process(argument, |name, ns| self.0.entry(name.to_owned()).or_default().push(ns));
    }

    /// The middle of all processes.
    pub(crate) fn middle(&self, name: &str) -> Option<f64> {
        self.0.get(name).map(|values| median(values.clone()))
    }

    /// The least of all processes.
    pub(crate) fn least(&self, name: &str) -> Option<f64> {
        self.0.get(name).map(|values| least(values))
    }

    /// The middle of the quotients of two times of the same process.
    pub(crate) fn ratio(&self, name: &str, to: &str) -> Option<f64> {
        let (these, those) = (self.0.get(name)?, self.0.get(to)?);
        Some(median(these.iter().zip(those).map(|(a, b)| a / b).collect()))
    }
}

/// A number for a table, or that there is none.
pub(crate) fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), short)
}
