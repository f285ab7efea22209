//! The gradebook: a CSV with one row for each submission.

use super::Row;
use crate::report::Outcome;

/// The gradebook of these rows. Without a verdict, the score is empty: it is not 0 points.
pub fn gradebook(steps: &[String], rows: &[Row]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = ["name", "outcome", "score", "max_score"];
    let head = head.into_iter().chain(steps.iter().map(String::as_str));
    let mut lines: Vec<Vec<String>> = vec![head.chain(["note"]).map(str::to_owned).collect()];
    lines.extend(rows.iter().map(|row| line(steps, row)));
    for line in lines {
        table.write_record(line).expect("a CSV in memory");
    }
    let table = table.into_inner().expect("a CSV in memory");
    String::from_utf8(table).expect("the cells are UTF-8")
}

fn line(steps: &[String], row: &Row) -> Vec<String> {
    let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
    let mut cells = vec![
        harmless(&row.name),
        outcome(row.outcome).to_owned(),
        number(row.score),
        number(row.max_score),
    ];
    let score = |id: &String| row.step(id).map(|step| step.score);
    cells.extend(steps.iter().map(|id| number(score(id))));
    cells.push(harmless(&row.note));
    cells
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Graded => "graded",
        Outcome::DoesNotCompile => "does not compile",
        Outcome::CouldNotGrade => "could not grade",
    }
}

/// A text on one line that no spreadsheet takes for a formula.
///
/// See OWASP, CSV Injection.
fn harmless(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, outcome: Outcome, score: Option<u32>) -> Row {
        Row {
            name: name.to_owned(),
            outcome,
            score,
            max_score: score.map(|_| 20),
            steps: Vec::new(),
            misconceptions: Vec::new(),
            note: String::new(),
        }
    }

    #[test]
    fn without_a_verdict_there_are_no_points() {
        let rows = [
            row("ann", Outcome::Graded, Some(7)),
            row("bob", Outcome::CouldNotGrade, None),
        ];
        assert_eq!(
            gradebook(&["setup".to_owned()], &rows),
            "name,outcome,score,max_score,setup,note\nann,graded,7,20,,\nbob,could not grade,,,,\n"
        );
    }

    #[test]
    fn a_name_is_not_a_formula() {
        let rows = [row("=HYPERLINK(\"x\")\r\n", Outcome::Graded, Some(1))];
        let text = gradebook(&[], &rows);
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")  \""), "{text}");
        assert_eq!(harmless(" @SUM"), "' @SUM");
        assert_eq!(harmless("Ann-Lee"), "Ann-Lee");
    }
}
