//! The gradebook: a CSV with one row for each submission.

use super::{Row, Rubric};

/// The gradebook of these rows, with grades if there is a rubric. Without a verdict, the score
/// and the grade are empty: they are not 0 points.
pub fn gradebook(steps: &[String], rows: &[Row], rubric: Option<&Rubric>) -> String {
    let mut lines = vec![head(steps, rubric)];
    lines.extend(rows.iter().map(|row| line(steps, row, rubric)));
    csv_text(&lines)
}

/// Lines of cells as CSV.
pub fn csv_text(lines: &[Vec<String>]) -> String {
    let mut table = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for line in lines {
        table.write_record(line).expect("a CSV in memory");
    }
    let table = table.into_inner().expect("a CSV in memory");
    String::from_utf8(table).expect("the cells are UTF-8")
}

fn head(steps: &[String], rubric: Option<&Rubric>) -> Vec<String> {
    let mut cells = vec!["name", "outcome"];
    if rubric.is_some() {
        cells.extend(["grade", "max_grade"]);
    }
    cells.extend(["score", "max_score"]);
    cells.extend(steps.iter().map(String::as_str));
    cells.push("note");
    cells.into_iter().map(str::to_owned).collect()
}

fn line(steps: &[String], row: &Row, rubric: Option<&Rubric>) -> Vec<String> {
    let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
    let mut cells = vec![harmless(&row.name), row.outcome_in_words().to_owned()];
    if let Some(rubric) = rubric {
        let grade = rubric.grade(row);
        let parts = [grade.map(|grade| grade.points), grade.map(|grade| grade.of)];
        cells.extend(parts.map(|part| part.map(|it| it.to_string()).unwrap_or_default()));
    }
    cells.extend([number(row.score), number(row.max_score)]);
    let score = |id: &String| row.step(id).map(|step| step.score);
    cells.extend(steps.iter().map(|id| number(score(id))));
    cells.push(harmless(&row.note));
    cells
}

/// A text on one line that no spreadsheet reads as a formula.
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
    use crate::report::Outcome;

    fn row(name: &str, outcome: Outcome, score: Option<u32>) -> Row {
        Row {
            name: name.to_owned(),
            outcome,
            has_sources: true,
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
            gradebook(&["setup".to_owned()], &rows, None),
            "name,outcome,score,max_score,setup,note\nann,graded,7,20,,\nbob,could not grade,,,,\n"
        );
    }

    #[test]
    fn a_rubric_adds_grades() {
        let rows = [row("ann", Outcome::Graded, Some(7)), Row::missing("bob")];
        let text = gradebook(&[], &rows, Some(&Rubric::default()));
        assert_eq!(
            text,
            "name,outcome,grade,max_grade,score,max_score,note\nann,graded,0,0,7,20,\n\
             bob,could not grade,,,,,not graded yet\n"
        );
    }

    #[test]
    fn a_name_is_not_a_formula() {
        let rows = [row("=HYPERLINK(\"x\")\r\n", Outcome::Graded, Some(1))];
        let text = gradebook(&[], &rows, None);
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")  \""), "{text}");
        assert_eq!(harmless(" @SUM"), "' @SUM");
        assert_eq!(harmless("Ann-Lee"), "Ann-Lee");
    }
}
