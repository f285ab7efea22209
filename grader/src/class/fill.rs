//! Fills grades into the gradebook that a learning platform has exported, so that it can be
//! imported again. Everything else in the file stays as it is.

use std::collections::BTreeMap;

use super::Row;
use super::gradebook::csv_text;

/// A gradebook with grades.
#[derive(Debug, PartialEq)]
pub struct Filled {
    pub text: String,
    /// How many rows have a grade of this run.
    pub filled: usize,
    /// The submissions without a row in the gradebook.
    pub unknown: Vec<String>,
    /// The submissions whose row had the grade of another one. The better grade counts.
    pub twice: Vec<String>,
    /// The submissions whose grade is above the most points of the gradebook.
    pub above: Vec<String>,
}

/// The forms that are known.
enum Form {
    /// The grading worksheet of an assignment. Moodle's export names a submission
    /// `Full name_ID_assignsubmission_file_`, and the worksheet has `Participant ID`
    /// (Moodle, mod/assign/feedback/offline).
    Moodle,
    /// The export of the gradebook. Canvas names a submission `name_ID_number_file`, and the
    /// gradebook has the ID (Canvas, Gradebook export and "Download submissions").
    Canvas,
}

/// Fills the grades of these rows into a column of a gradebook. A submission without a verdict
/// leaves its cell as it is.
///
/// # Errors
///
/// The text is not a gradebook of Moodle or Canvas, or has no such column.
pub fn fill(text: &str, column: Option<&str>, rows: &[Row]) -> Result<Filled, String> {
    let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK, rest),
        None => ("", text),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let lines: Result<Vec<Vec<String>>, _> = reader.deserialize().collect();
    let mut lines = lines.map_err(|e| e.to_string())?;
    let head = lines.first().cloned().unwrap_or_default();
    let (form, key) = form(&lines)?;
    let at = form.column(&head, column)?;
    let mut given: BTreeMap<usize, f64> = BTreeMap::new();
    let (mut unknown, mut twice, mut above) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let id = form.id(&row.name);
        let is_its_line =
            |line: &Vec<String>| line.get(key).map(|cell| form.id_of_cell(cell)) == id;
        let line = lines.iter().skip(1).position(is_its_line);
        let Some(line) = line.filter(|_| id.is_some()).map(|line| line + 1) else {
            unknown.push(row.label());
            continue;
        };
        let Some(grade) = row.points() else {
            continue;
        };
        if form.most(&lines, line, at).is_some_and(|most| grade > most) {
            above.push(row.label());
        }
        let known = given.get(&line).copied();
        if known.is_some() {
            twice.push(row.label());
        }
        given.insert(line, known.map_or(grade, |known| known.max(grade)));
    }
    for (line, grade) in &given {
        let line = &mut lines[*line];
        line.resize(line.len().max(at + 1), String::new());
        line[at] = grade.to_string();
    }
    Ok(Filled {
        text: mark.to_owned() + &csv_text(&lines),
        filled: given.len(),
        unknown,
        twice,
        above,
    })
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The form of a gradebook, and the column with the ids.
fn form(lines: &[Vec<String>]) -> Result<(Form, usize), String> {
    let at = |name: &str| lines.first()?.iter().position(|cell| cell.trim() == name);
    match (at("Identifier"), at("Student"), at("ID")) {
        (Some(key), ..) => Ok((Form::Moodle, key)),
        (None, Some(_), Some(key)) => Ok((Form::Canvas, key)),
        // A worksheet has its titles in the language of the course.
        (None, None, _)
            if lines.len() > 1 && lines[1..].iter().all(|line| is_participant(line)) =>
        {
            Ok((Form::Moodle, 0))
        }
        _ => Err("it is not a grading worksheet of Moodle or a gradebook of Canvas".into()),
    }
}

/// Whether a line begins with a word and a number, such as `Participant 77`.
fn is_participant(line: &[String]) -> bool {
    let cell = line.first().and_then(|cell| cell.trim().rsplit_once(' '));
    cell.is_some_and(|(_, number)| number.parse::<u64>().is_ok())
}

impl Form {
    /// The column of the grades.
    fn column(&self, head: &[String], named: Option<&str>) -> Result<usize, String> {
        let named = match (self, named) {
            (_, Some(named)) => named,
            (Self::Moodle, None) => "Grade",
            (Self::Canvas, None) => return Err("name the column with --column".into()),
        };
        // Canvas adds the number of the assignment: `Lab 12 (4711)`.
        let is_named = |cell: &String| {
            let rest = cell.trim().strip_prefix(named);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
        };
        let found: Vec<_> = (0..head.len()).filter(|at| is_named(&head[*at])).collect();
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(format!(
                "it has no column `{named}`: name the column with --column"
            )),
            _ => Err(format!("it has more than one column `{named}`")),
        }
    }

    /// The most points of a grade, if the gradebook has them: in Moodle in a column, in Canvas
    /// in a line of their own.
    fn most(&self, lines: &[Vec<String>], line: usize, column: usize) -> Option<f64> {
        let cell = match self {
            Self::Moodle => {
                let mut head = lines.first()?.iter();
                let at = head.position(|cell| cell.trim() == "Maximum Grade")?;
                lines[line].get(at)
            }
            Self::Canvas => {
                let is_most = |line: &&Vec<String>| {
                    line.first()
                        .is_some_and(|it| it.trim() == "Points Possible")
                };
                lines.iter().find(is_most)?.get(column)
            }
        };
        cell?.trim().parse().ok()
    }

    /// The id in the name of a submission.
    fn id<'a>(&self, name: &'a str) -> Option<&'a str> {
        let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        match self {
            Self::Moodle => {
                let (before, _) = name.split_once("_assignsubmission_")?;
                before.rsplit('_').next().filter(is_number)
            }
            Self::Canvas => {
                let parts: Vec<_> = name.split('_').collect();
                let mut pairs = parts.windows(2);
                let pair = pairs.find(|pair| pair.iter().all(is_number))?;
                Some(pair[0])
            }
        }
    }

    fn id_of_cell<'a>(&self, cell: &'a str) -> &'a str {
        match self {
            // `Participant 77`, with the first word in the language of the course.
            Self::Moodle => cell.trim().rsplit(' ').next().unwrap_or_default(),
            Self::Canvas => cell.trim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Rubric, saved};

    fn row(name: &str) -> Row {
        Row::new(name, &saved("diagnosis"))
    }

    #[test]
    fn a_worksheet_of_moodle() {
        let worksheet = "\u{feff}Identifier,\"Full name\",Status,Grade,\"Maximum Grade\"\n\
                         \"Participant 77\",\"Ann, Lee\",Submitted,,25.00\n\
                         \"Participant 7\",=Bob,Submitted,3,25.00\n";
        let rows = [
            row("Ann, Lee_77_assignsubmission_file_"),
            row("Zoe_8_assignsubmission_file_"),
            Row::missing("Bob_7_assignsubmission_file_"),
        ];
        let filled = fill(worksheet, None, &rows).unwrap();
        assert_eq!(
            filled.text,
            "\u{feff}Identifier,Full name,Status,Grade,Maximum Grade\n\
             Participant 77,\"Ann, Lee\",Submitted,19,25.00\n\
             Participant 7,=Bob,Submitted,3,25.00\n"
        );
        assert_eq!((filled.filled, filled.unknown.len()), (1, 1));
    }

    #[test]
    fn a_worksheet_in_another_language() {
        let worksheet = "ID,Vollständiger Name,Bewertung\nTeilnehmer/in 77,\"Lee, Ann\",\n";
        let rows = [row("Lee_77_assignsubmission_file_")];
        let fault = fill(worksheet, None, &rows).unwrap_err();
        assert_eq!(
            fault,
            "it has no column `Grade`: name the column with --column"
        );
        let filled = fill(worksheet, Some("Bewertung"), &rows).unwrap();
        assert!(
            filled.text.ends_with("Teilnehmer/in 77,\"Lee, Ann\",19\n"),
            "{filled:?}"
        );
    }

    #[test]
    fn a_gradebook_of_canvas() {
        let gradebook = "Student,ID,SIS Login ID,Section,Lab 1 (9),Lab 12 (10)\n\
                         \"    Points Possible\",,,,10,25\n\
                         \"Lee, Ann\",4711,ann,A,1,\n";
        let rows = [row("leeann_LATE_4711_90001_exercises")];
        let filled = fill(gradebook, Some("Lab 12"), &rows).unwrap();
        assert!(
            filled.text.ends_with("\"Lee, Ann\",4711,ann,A,1,19\n"),
            "{filled:?}"
        );
        assert!(filled.text.contains("    Points Possible,,,,10,25\n"));
        assert_eq!(filled.above, Vec::<String>::new());
        let fault = |column| fill(gradebook, column, &rows).unwrap_err();
        assert!(fault(None).contains("--column"));
        assert!(fault(Some("Lab 2")).contains("no column `Lab 2`"));
    }

    #[test]
    fn a_grade_above_the_most_points_is_told() {
        let rows = [row("a_5_assignsubmission_file_")];
        let moodle = "Identifier,Grade,Maximum Grade\nParticipant 5,,10.00\n";
        assert_eq!(
            fill(moodle, None, &rows).unwrap().above,
            [rows[0].name.clone()]
        );
        let rows = [row("a_5_90_x")];
        let canvas = "Student,ID,Lab\n    Points Possible,,18.5\nA,5,\n";
        let above = fill(canvas, Some("Lab"), &rows).unwrap().above;
        assert_eq!(above, [rows[0].name.clone()]);
    }

    #[test]
    fn any_other_table_is_refused() {
        assert!(fill("a,b\n1,2\n", None, &[]).is_err());
        assert!(fill("", None, &[]).is_err());
    }

    #[test]
    fn of_two_submissions_the_better_grade_counts() {
        let rows = [
            row("a_5_assignsubmission_file_"),
            row("b_5_assignsubmission_file_"),
        ];
        let mut rows = rows.map(|row| Row {
            score: Some(3),
            ..row
        });
        rows[0].score = Some(9);
        let filled = fill("Identifier,Grade\nParticipant 5,\n", None, &rows).unwrap();
        assert!(filled.text.contains("Participant 5,9\n"), "{filled:?}");
        assert_eq!(
            (filled.filled, filled.twice),
            (1, vec![rows[1].name.clone()])
        );
    }

    #[test]
    fn the_rubric_decides_the_grade() {
        let rubric: Rubric = toml::from_str("cap = 12.5").unwrap();
        let rows = [Row {
            grade: rubric.grade(&saved("diagnosis")),
            ..row("a_5_assignsubmission_file_")
        }];
        let filled = fill("Identifier,Grade\nParticipant 5,\n", None, &rows);
        assert!(filled.unwrap().text.contains("Participant 5,12.5"));
    }
}
