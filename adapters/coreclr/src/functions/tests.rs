//! The table of functions, full.

use super::*;

fn named(number: usize) -> Name {
    Name { inside: false, managed: number.to_string(), native: None }
}

#[test]
fn a_full_table_still_tells_bogus_ids_from_functions() {
    let mut table =
        Table { by_id: HashMap::new(), by_name: HashMap::new(), by_target: HashMap::new(), all: Vec::new() };
    for id in 1..MOST_FUNCTIONS + 100 {
        table.record((id, false), 1, named(id), false, None);
    }
    let mut add = |id, name: Name, bogus| {
        [false, true]
            .map(|inside| table.record((id, inside), 1, Name { inside, ..name.clone() }, bogus, None).0)
    };
    let functions = add(MOST_FUNCTIONS + 100, named(0), false);
    let stubs = add(MOST_FUNCTIONS + 101, metadata::bogus(), true);
    assert!(functions.iter().all(|function| !function.bogus && function.name.managed != "0"));
    assert!(stubs.iter().all(|stub| stub.bogus));
    assert!(table.all.len() <= MOST_FUNCTIONS);
    assert!(table.all.iter().enumerate().all(|(place, function)| function.index == place));
}
