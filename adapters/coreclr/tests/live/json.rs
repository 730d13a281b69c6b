//! Just enough JSON to read the library's own reports.

use std::collections::BTreeMap;

/// A value of a report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The member `name`.
    pub(crate) fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(members) => {
                members.get(name).unwrap_or_else(|| panic!("the report has no `{name}` in {self:?}"))
            }
            other => panic!("`{name}` asked of {other:?}"),
        }
    }

    /// The member `name`, a number.
    pub(crate) fn number(&self, name: &str) -> u64 {
        match self.get(name) {
            Json::Number(number) => *number,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// The member `name`, a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Json::Text(text) => text,
            other => panic!("`{name}` is {other:?}"),
        }
    }

    /// The member `name`, a list.
    pub(crate) fn list(&self, name: &str) -> &[Json] {
        match self.get(name) {
            Json::List(list) => list,
            other => panic!("`{name}` is {other:?}"),
        }
    }
}

/// Reads one value; panics on what is not JSON.
pub(crate) fn parse(text: &str) -> Json {
    let mut rest = text.trim();
    let value = value(&mut rest);
    assert!(rest.trim().is_empty(), "after the report: {rest}");
    value
}

fn take(rest: &mut &str, expected: char) -> bool {
    match rest.strip_prefix(expected) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn value(rest: &mut &str) -> Json {
    for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
        if let Some(after) = rest.strip_prefix(word) {
            *rest = after;
            return value;
        }
    }
    if rest.starts_with('"') {
        return Json::Text(string(rest));
    }
    if take(rest, '[') {
        let mut list = Vec::new();
        while !take(rest, ']') {
            list.push(value(rest));
            take(rest, ',');
        }
        return Json::List(list);
    }
    if take(rest, '{') {
        let mut members = BTreeMap::new();
        while !take(rest, '}') {
            let name = string(rest);
            assert!(take(rest, ':'), "no colon before {rest}");
            members.insert(name, value(rest));
            take(rest, ',');
        }
        return Json::Object(members);
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, after) = rest.split_at(digits);
    *rest = after;
    Json::Number(number.parse().unwrap_or_else(|_| panic!("no JSON value: {after}")))
}

fn string(rest: &mut &str) -> String {
    assert!(take(rest, '"'), "no text: {rest}");
    let mut text = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                *rest = &rest[at + 1..];
                return text;
            }
            '\\' => match chars.next().expect("an escaped character").1 {
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    panic!("a text without an end: {text}")
}
