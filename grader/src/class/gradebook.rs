//! The gradebook: a CSV with one row for each submission.

use super::Row;

/// What the gradebook has besides a row for each submission.
#[derive(Clone, Copy, Default)]
pub struct Columns<'a> {
    /// The ids of the steps.
    pub steps: &'a [String],
    pub grades: bool,
    pub students: bool,
    /// The students who have no submission.
    pub absent: &'a [String],
}

/// The gradebook of these rows. Without a verdict, the score and the grade are empty: they are
/// not 0 points.
pub fn gradebook(columns: Columns<'_>, rows: &[Row]) -> String {
    let mut lines = vec![columns.head()];
    lines.extend(rows.iter().map(|row| columns.line(row)));
    lines.extend(columns.absent.iter().map(|student| columns.absent(student)));
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

impl Columns<'_> {
    fn head(&self) -> Vec<String> {
        let mut cells = vec!["name"];
        if self.students {
            cells.push("student");
        }
        cells.push("outcome");
        if self.grades {
            cells.extend(["grade", "max_grade"]);
        }
        cells.extend(["score", "max_score"]);
        cells.extend(self.steps.iter().map(String::as_str));
        cells.push("note");
        cells.into_iter().map(str::to_owned).collect()
    }

    fn line(&self, row: &Row) -> Vec<String> {
        let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
        let mut cells = vec![harmless(&row.name)];
        if self.students {
            cells.push(harmless(row.student.as_deref().unwrap_or_default()));
        }
        cells.push(row.outcome_in_words().to_owned());
        if self.grades {
            let grade = row.grade.as_ref();
            let parts = grade.map(|grade| [grade.points, grade.max_points]);
            let parts = parts.map(|parts| parts.map(|part| part.to_string()));
            cells.extend(parts.unwrap_or_default());
        }
        cells.extend([number(row.score), number(row.max_score)]);
        let points = |id: &String| row.step(id).map(|step| step.points.to_string());
        cells.extend(self.steps.iter().map(|id| points(id).unwrap_or_default()));
        cells.push(harmless(&row.note));
        cells
    }

    fn absent(&self, student: &str) -> Vec<String> {
        let mut cells = vec![String::new(); self.head().len()];
        cells[1] = harmless(student);
        cells[2] = "no submission".to_owned();
        cells
    }
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
    use crate::report::{Outcome, Rubric, saved};

    fn row(name: &str, score: u32) -> Row {
        Row {
            is_done: true,
            outcome: Outcome::Graded,
            score: Some(score),
            max_score: Some(20),
            note: String::new(),
            ..Row::missing(name)
        }
    }

    #[test]
    fn without_a_verdict_there_are_no_points() {
        let columns = Columns {
            steps: &["setup".to_owned()],
            ..Columns::default()
        };
        let rows = [row("ann", 7), Row::missing("bob")];
        assert_eq!(
            gradebook(columns, &rows),
            "name,outcome,score,max_score,setup,note\nann,graded,7,20,,\n\
             bob,not graded yet,,,,\n"
        );
    }

    #[test]
    fn a_rubric_adds_grades() {
        let columns = Columns {
            grades: true,
            ..Columns::default()
        };
        let grade = Rubric::default().grade(&saved("diagnosis"));
        let ann = Row {
            grade,
            ..row("ann", 7)
        };
        assert_eq!(
            gradebook(columns, &[ann, Row::missing("bob")]),
            "name,outcome,grade,max_grade,score,max_score,note\nann,graded,19,25,7,20,\n\
             bob,not graded yet,,,,,\n"
        );
    }

    #[test]
    fn a_roster_adds_students_also_those_without_a_submission() {
        let columns = Columns {
            students: true,
            absent: &["Zoe".to_owned()],
            ..Columns::default()
        };
        let ann = Row {
            student: Some("Lee, Ann".into()),
            ..row("s1", 7)
        };
        assert_eq!(
            gradebook(columns, &[ann, row("s2", 8)]),
            "name,student,outcome,score,max_score,note\ns1,\"Lee, Ann\",graded,7,20,\n\
             s2,,graded,8,20,\n,Zoe,no submission,,,\n"
        );
    }

    #[test]
    fn a_name_is_not_a_formula() {
        let rows = [row("=HYPERLINK(\"x\")\r\n", 1)];
        let text = gradebook(Columns::default(), &rows);
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")  \""), "{text}");
        assert_eq!(harmless(" @SUM"), "' @SUM");
        assert_eq!(harmless("Ann-Lee"), "Ann-Lee");
    }
}
