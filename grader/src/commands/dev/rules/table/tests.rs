use super::super::sentences::{of_markdown, of_rust};
use super::*;

const STUDENTS: &str = "exercises/src/stages.rs";
const PAGE: &str = "exercises/steps/2-stages.md";
const FILE: &str = "grader/steps/2-stages/rules.toml";

const SOURCE: &str = "
/// Keeps 100.00 and more.
///
/// # Prints
///
/// Nothing.
pub fn keep() {}

/// Drops the rest. See
/// there.
///
/// # Prints
///
/// Nothing.
pub fn drop() {}
";

const CASES: &str = "
Text that nobody has to quote.

Some cases have no obvious answer. These are the answers of this course:

| case | what happens |
|---|---|
| exactly 100.00 | is kept |

Other text.
";

const ALL: &str = r#"
[[rule]]
says = "100.00 and more"
checks = ["stages.keep"]

[[rule]]
says = "Drops the rest."
unjudged = "no scenario drops"

[[told]]
says = "See there."

[[told]]
says = "Nothing."
of = "keep"

[[told]]
says = "Nothing."
of = "drop"

[[rule]]
says = "exactly 100.00"
in = "exercises/steps/2-stages.md"
checks = ["stages.keep"]
"#;

/// The findings for a step with one check and these rules.
fn found(rules: &str) -> Findings {
    found_with(rules, CASES)
}

fn found_with(rules: &str, page: &str) -> Findings {
    let mut table = Table::default();
    let step = r#"
        title = ""
        summary = ""
        file = "stages.rs"
        functions = []
        scenario = []

        [[check]]
        id = "keep"
        title = ""
        scenario = "one"
        facet = "kept"
        rule = ""
        hint = ""
    "#;
    let mut step: Step = toml::from_str(step).unwrap();
    step.id = "stages".into();
    step.number = 2;
    table.add(&step, FILE, toml::from_str(rules).unwrap());
    let documents = [
        (STUDENTS.to_owned(), of_rust(SOURCE)),
        (PAGE.to_owned(), of_markdown(page)),
    ];
    table.findings(&documents.into())
}

/// The only fault after a part of the rules is replaced.
fn fault(part: &str, by: &str) -> String {
    assert!(ALL.contains(part), "{part}");
    let mut faults = found(&ALL.replacen(part, by, 1)).faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn what_is_quoted_and_judged_is_sound_and_what_is_not_judged_is_counted() {
    let Findings { faults, unjudged } = found(ALL);
    assert_eq!(faults, Vec::<String>::new());
    let left = format!("{FILE}: \"Drops the rest.\" is not judged: no scenario drops");
    assert_eq!(unjudged, [left]);
}

#[test]
fn a_quote_stands_in_one_sentence() {
    let gone = "[[told]]\nsays = \"Drops nothing.\"\n\n[[told]]\nsays = \"See there.\"";
    assert_eq!(
        fault("[[told]]\nsays = \"See there.\"", gone),
        format!(
            "{FILE}: \"Drops nothing.\" is in no sentence in {STUDENTS}: quote the current \
             text, or remove the entry"
        )
    );
    let faults = found(&ALL.replace("of = \"keep\"", "")).faults;
    let several = format!(
        "{FILE}: \"Nothing.\" is in several sentences of {STUDENTS}, lines 6, 14: quote \
         more, or name the item with `of`"
    );
    assert_eq!(faults[0], several);
    let elsewhere = found(&ALL.replace("of = \"keep\"", "of = \"split\"")).faults;
    assert!(elsewhere[0].contains("is in no sentence of split"));
}

#[test]
fn each_sentence_and_each_case_is_quoted() {
    let gone = fault("[[told]]\nsays = \"See there.\"", "");
    let where_and_what = format!("{STUDENTS}:9: \"See there.\": no entry quotes it: ");
    assert!(gone.starts_with(&where_and_what), "{gone}");
    assert!(gone.ends_with(FILE), "{gone}");
    let case = ALL.split("[[rule]]").last().unwrap();
    let gone = fault(&format!("[[rule]]{case}"), "");
    assert!(gone.starts_with("exercises/steps/2-stages.md:8: \"| exactly 100.00 | is kept |\""));
}

#[test]
fn the_table_of_cases_is_there() {
    let text = "Some cases. exactly 100.00";
    let missing = "exercises/steps: no table of cases follows \"Some cases have no obvious \
                   answer\" on any page: restore it";
    assert_eq!(found_with(ALL, text).faults, [missing]);
}

#[test]
fn each_rule_names_checks_that_exist_and_each_check_is_named() {
    let unknown = fault("[\"stages.keep\"]", "[\"stages.keep\", \"keep\"]");
    assert!(unknown.contains("names keep, which is not a check"));
    let none = fault("[\"stages.keep\"]", "[]");
    assert!(none.contains("names no check"));
    let both = fault("unjudged =", "checks = [\"stages.keep\"]\nunjudged =");
    assert!(both.contains("has checks and is unjudged"));
    let told = fault(
        "says = \"See there.\"",
        "says = \"See there.\"\nchecks = [\"stages.keep\"]",
    );
    assert!(told.contains("is not a rule"));
    let faults = found(&ALL.replace("checks = [\"stages.keep\"]", "unjudged = \"\"")).faults;
    let unnamed =
        format!("stages.keep: no rule names it: quote the sentence that it covers, in {FILE}");
    assert_eq!(faults, [unnamed]);
}
