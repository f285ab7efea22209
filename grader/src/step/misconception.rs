//! Known mistakes, as data.

use serde::Deserialize;

/// A mistake, with a wrong submission that makes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// The submission under `fixtures/wrong` that makes only this mistake. Its results are
    /// recorded: a submission with the same results makes the same mistake.
    pub submission: String,
    /// What seems to be wrong: a clause without a full stop.
    pub name: String,
    /// From a question to the near answer.
    pub hints: [String; 3],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::course::Course;
    use crate::step;

    /// The names of the variables in a source.
    fn variables(source: &str) -> BTreeSet<&str> {
        let words: Vec<_> = source.split_whitespace().collect();
        let names = words.windows(3).filter_map(|words| match words {
            ["let", "mut", name] | ["let" | "for", name, _] => Some(*name),
            _ => None,
        });
        let is_name = |name: &&str| name.chars().all(|c| c.is_lowercase() || c == '_');
        let names = names.map(|name| name.trim_end_matches([':', ';']));
        names.filter(is_name).collect()
    }

    /// Whether code in a hint uses this variable.
    fn uses(hint: &str, name: &str) -> bool {
        hint.match_indices(name).any(|(at, _)| {
            let (before, after) = (&hint[..at], &hint[at + name.len()..]);
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let begins = !before.ends_with(is_part);
            let field = |rest: &str| rest.starts_with(|c: char| c.is_lowercase() || c == '_');
            begins
                && (before.ends_with('*')
                    || after.strip_prefix('.').is_some_and(field)
                    || [" = ", " += ", " -= ", " <= "]
                        .iter()
                        .any(|it| after.starts_with(it)))
        })
    }

    #[test]
    fn a_variable_is_told_from_a_word() {
        assert_eq!(
            variables("let mut left = 3; for page in all {}"),
            ["left", "page"].into()
        );
        assert!(uses("left -= 1", "left") && uses("*total += 1", "total"));
        assert!(uses("if page.records.is_empty()", "page"));
        assert!(!uses("Read the next page. Then", "page") && !uses("self.page.get()", "page"));
    }

    /// The student's variables have other names than those of the solutions.
    #[test]
    fn hints_use_no_variable_of_the_solutions() {
        let course = Course::find().unwrap();
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
        for step in step::load(&course).unwrap() {
            let solution = read(course.root.join("solutions/src").join(&step.file));
            let stub = read(step.stub());
            let known = stub.split(|c: char| !c.is_alphanumeric() && c != '_');
            let known: BTreeSet<_> = known.collect();
            let own = variables(&solution)
                .into_iter()
                .filter(|name| !known.contains(name));
            let own: Vec<_> = own.collect();
            for known in &step.misconceptions {
                for hint in &known.hints {
                    let used: Vec<_> = own.iter().filter(|name| uses(hint, name)).collect();
                    assert!(used.is_empty(), "{}: {used:?} in {hint}", known.submission);
                }
            }
        }
    }
}
