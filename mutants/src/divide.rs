//! Finds who among many fails a check, with fewer runs than one each.

use crate::check::Outcome;

/// Puts the group to the check, divided as often as it takes; answers the groups that pass, or of which the check says nothing.
///
/// Right where who fails alone also fails with others. Who fails with others only ends up apart from them.
pub fn divide<T>(
    mut group: Vec<T>,
    check: &mut impl FnMut(&[T]) -> Result<Outcome, String>,
) -> Result<Vec<Vec<T>>, String> {
    if group.is_empty() {
        return Ok(Vec::new());
    }
    let outcome = check(&group)?;
    if outcome == Outcome::Passed || group.len() == 1 {
        return Ok(if outcome.is_kill() { Vec::new() } else { vec![group] });
    }
    let rest = group.split_off(group.len() / 2);
    let mut passed = divide(group, check)?;
    passed.extend(divide(rest, check)?);
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_alone_is_found_and_who_fails_with_another_is_parted_from_it() {
        let mut runs = 0;
        let groups = divide((0..64).collect(), &mut |group: &[i32]| {
            runs += 1;
            let has = |one| group.contains(&one);
            Ok(if has(3) || has(40) || has(20) && has(21) { Outcome::Failed } else { Outcome::Passed })
        });
        let groups = groups.expect("no error");
        let mut left: Vec<i32> = groups.concat();
        left.sort_unstable();
        assert_eq!(left, (0..64).filter(|one| ![3, 40].contains(one)).collect::<Vec<_>>());
        assert!(!groups.iter().any(|group| group.contains(&20) && group.contains(&21)));
        assert!(runs < 40, "{runs} runs");
    }

    #[test]
    fn no_answer_is_no_kill() {
        let groups = divide(vec![1, 2], &mut |_: &[i32]| Ok(Outcome::Unknown));
        assert_eq!(groups, Ok(vec![vec![1], vec![2]]));
        assert!(divide(vec![1, 2], &mut |_: &[i32]| Err("no disk".to_owned())).is_err());
    }
}
