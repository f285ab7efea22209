//! `cargo grade quiz --ask`: asks the questions in the terminal, one after the other.
//!
//! Each answer is written into the student's file immediately, and the file is read again
//! before that. So no answer is lost if the quiz stops, and no change that an editor made in
//! the meantime.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use colored::{ColoredString, Colorize};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::{backup, interrupt, output};
use crate::course::Course;
use crate::problem::{Problem, Result, read};
use crate::quiz::{Allowed, AnswerFile, Item, QUIZ, Question, questions, short};
use crate::report::{self, Screen};
use crate::step::Step;

/// How the quiz ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything was asked.
    Finished,
    Stopped,
}

/// Asks the quiz, and writes the answers into the submission in `dir`. `named` is the value of
/// `--dir`, if there is one. `steps` are the steps to grade: only the quiz is allowed.
///
/// # Errors
///
/// There are other steps, or there is no terminal. The student's file does not have the fields
/// of the questions, or cannot be written.
pub async fn run(course: &Course, steps: &[Step], dir: &Path, named: Option<&Path>) -> Result<End> {
    let [Step { id, file, .. }] = steps else {
        return Err(not_the_quiz());
    };
    if id != QUIZ {
        return Err(not_the_quiz());
    }
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(Problem::usage(
            "--ask needs a terminal",
            "Without a terminal, edit the file and use `cargo grade quiz`.",
        ));
    }
    let questions = questions(course)?;
    let mut asking = Asking {
        course,
        items: items(&questions),
        paper: Paper::open(dir, file),
        cancellation: interrupt::cancellation()?,
        lines: lines(),
    };
    asking.introduce()?;
    let end = asking.go_on().await?;
    asking.conclude(end, named)?;
    Ok(end)
}

fn not_the_quiz() -> Problem {
    Problem::usage(
        "--ask works only for the quiz, without other steps",
        "Use `cargo grade quiz --ask`.",
    )
}

/// Every item with its question and the number of that question.
fn items(questions: &[Question]) -> Vec<(usize, &Question, &Item)> {
    let numbered = (1..).zip(questions);
    numbered
        .flat_map(|(number, question)| question.items.iter().map(move |it| (number, question, it)))
        .collect()
}

struct Asking<'a> {
    course: &'a Course,
    items: Vec<(usize, &'a Question, &'a Item)>,
    paper: Paper,
    cancellation: CancellationToken,
    lines: UnboundedReceiver<String>,
}

impl Asking<'_> {
    /// Says how many answers there are and how to answer, after every item was found.
    fn introduce(&self) -> Result<()> {
        let file = self.course.display(&self.paper.file);
        let all = self.items.len();
        show(
            2,
            &match self.answered()? {
                0 => format!("The quiz has {all} answers. Each one is saved in {file}.").normal(),
                given => format!("The quiz: {file} already has {given} of {all} answers.").normal(),
            },
        )?;
        show(
            2,
            &"Type the number of an answer, or its name. Enter keeps the answer in [brackets], \
              s skips, b goes back, q stops."
                .dimmed(),
        )
    }

    async fn go_on(&mut self) -> Result<End> {
        let (mut at, mut shown) = (0, 0);
        while let Some(&(number, question, item)) = self.items.get(at) {
            if number != shown {
                self.head(number, question)?;
                shown = number;
            }
            match self.ask(at, question, item).await? {
                Entry::Answer(answer) => {
                    self.paper.write(self.course, question, item, &answer)?;
                    at += 1;
                }
                Entry::Keep | Entry::Skip => at += 1,
                Entry::Back => at = at.saturating_sub(1),
                Entry::Stop => return Ok(End::Stopped),
            }
        }
        Ok(End::Finished)
    }

    fn head(&self, number: usize, question: &Question) -> Result<()> {
        let of = self.items.last().map_or(0, |(number, ..)| *number);
        output::line("")?;
        let title = format!("Question {number} of {of} · {}", question.title);
        show(2, &title.bold())?;
        // The text is wrapped for the screen, without the line breaks of the file.
        show(2, &question.text.replace('\n', " ").normal())
    }

    /// Asks for one answer until the input can be understood.
    async fn ask(&mut self, at: usize, question: &Question, item: &Item) -> Result<Entry> {
        let answer_file = self.paper.answer_file(self.course)?;
        let given = answer_file.answer(&question.id, &item.id)?;
        output::line("")?;
        show(4, &item.text.normal())?;
        show(6, &question.answers.to_string().cyan())?;
        let place = format!("{}/{}", at + 1, self.items.len());
        let given_shown = given.map(|answer| format!("[{answer}] "));
        loop {
            output::print(&format!(
                "    {} {}> ",
                place.dimmed(),
                given_shown.as_deref().unwrap_or_default().bold()
            ))?;
            let Some(line) = self.line().await else {
                // The cursor is still behind the prompt.
                output::line("")?;
                return Ok(Entry::Stop);
            };
            match Entry::parse(&line, &question.answers) {
                Ok(Entry::Keep) if given.is_none() => {
                    show(
                        4,
                        &"There is no answer to keep yet. Type s to skip this one.".yellow(),
                    )?;
                }
                Ok(entry) => return Ok(entry),
                Err(why) => show(4, &why.as_str().yellow())?,
            }
        }
    }

    /// The next line that is typed; `None` after Ctrl-C or Ctrl-D.
    async fn line(&mut self) -> Option<String> {
        tokio::select! {
            () = self.cancellation.cancelled() => None,
            line = self.lines.recv() => line,
        }
    }

    /// Says what was written and where. If the quiz was stopped, it says how to continue.
    fn conclude(&self, end: End, named: Option<&Path>) -> Result<()> {
        let (given, all) = (self.answered()?, self.items.len());
        output::line("")?;
        show(2, &format!("{given} of {all} answered.").normal())?;
        if let Some(kept) = &self.paper.kept {
            let kept = self.course.display(kept);
            show(
                2,
                &format!("A copy of your old file is in {kept}.").normal(),
            )?;
        }
        if end == End::Stopped {
            let dir = report::dir_option(named);
            output::line(format!("  {} cargo grade quiz{dir}", "Next:".bold()))?;
            output::line(format!(
                "        cargo grade quiz --ask{dir} continues the quiz"
            ))?;
        }
        output::line("")
    }

    fn answered(&self) -> Result<usize> {
        let answer_file = self.paper.answer_file(self.course)?;
        let mut answered = 0;
        for (_, question, item) in &self.items {
            answered += usize::from(answer_file.answer(&question.id, &item.id)?.is_some());
        }
        Ok(answered)
    }
}

/// What was typed.
#[derive(Debug, PartialEq)]
enum Entry {
    /// A Rust expression.
    Answer(String),
    Keep,
    Skip,
    Back,
    Stop,
}

impl Entry {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// The line is not an allowed answer; the error says which answers are allowed.
    fn parse(line: &str, allowed: &Allowed) -> Result<Self, String> {
        let line = line.trim();
        match line.to_lowercase().as_str() {
            "" => return Ok(Self::Keep),
            "s" => return Ok(Self::Skip),
            "b" => return Ok(Self::Back),
            "q" => return Ok(Self::Stop),
            _ => {}
        }
        let answer = match allowed {
            Allowed::OneOf(all) => (1..)
                .zip(all)
                .find(|(number, answer): &(usize, _)| {
                    line == number.to_string() || is_named(line, answer)
                })
                .map(|(_, answer)| answer.clone())
                .or_else(|| begun(line, all)),
            Allowed::Number => {
                let line = line.trim_end_matches('%').trim_end();
                let groups: Vec<_> = line.split([',', '_', ' ']).collect();
                // Thousands may be separated; `4,0` is not forty.
                let whole = groups[1..].iter().all(|group| group.len() == 3);
                let number = groups.concat().parse::<u64>().ok().filter(|_| whole);
                number.map(|number| number.to_string())
            }
        };
        let answer =
            answer.ok_or_else(|| format!("`{line}` is not an answer here. Possible: {allowed}"));
        answer.map(Self::Answer)
    }
}

/// The names of an answer: in Rust, in short, and in everyday words.
fn names(answer: &str) -> [&str; 3] {
    let said = match answer {
        "true" => "yes",
        "false" => "no",
        other => other,
    };
    [answer, short(answer), said]
}

fn is_named(line: &str, answer: &str) -> bool {
    let mut names = names(answer).into_iter();
    names.any(|name| line.eq_ignore_ascii_case(name))
}

/// The only answer with a name that begins with the typed text.
fn begun(line: &str, all: &[String]) -> Option<String> {
    let typed = line.to_lowercase();
    let begins = |answer: &&String| {
        let mut names = names(answer).into_iter();
        names.any(|name| name.to_lowercase().starts_with(&typed))
    };
    let mut found = all.iter().filter(begins);
    found.next().filter(|_| found.next().is_none()).cloned()
}

/// The student's file. A copy is kept before the first change.
struct Paper {
    submission: PathBuf,
    name: String,
    file: PathBuf,
    kept: Option<PathBuf>,
}

impl Paper {
    fn open(submission: &Path, name: &str) -> Self {
        Self {
            submission: submission.to_owned(),
            name: name.to_owned(),
            file: submission.join("src").join(name),
            kept: None,
        }
    }

    fn answer_file(&self, course: &Course) -> Result<AnswerFile> {
        AnswerFile::read(&course.display(&self.file), read(&self.file)?)
    }

    fn write(
        &mut self,
        course: &Course,
        question: &Question,
        item: &Item,
        answer: &str,
    ) -> Result<()> {
        let old = read(&self.file)?;
        let answer_file = AnswerFile::read(&course.display(&self.file), old.clone())?;
        let new = answer_file.with(&question.id, &item.id, answer)?;
        if new == old {
            return Ok(());
        }
        if self.kept.is_none() {
            let kept = backup::keep(&self.submission, &self.name, old.as_bytes())?;
            self.kept = Some(kept);
        }
        backup::replace(&self.file, &new)
    }
}

/// Lines as they are typed, read on a thread that ends with the program.
fn lines() -> UnboundedReceiver<String> {
    let (typed, lines) = unbounded_channel();
    std::thread::spawn(move || {
        let mut all = std::io::stdin().lock().split(b'\n').map_while(Result::ok);
        all.try_for_each(|line| typed.send(String::from_utf8_lossy(&line).into_owned()))
    });
    lines
}

/// Prints text with a margin, wrapped at the width of the screen.
fn show(indent: usize, text: &ColoredString) -> Result<()> {
    let plain: &str = text;
    for line in textwrap::wrap(plain, Screen::here().columns.saturating_sub(indent)) {
        let mut styled = text.clone();
        styled.input = line.into_owned();
        output::line(format!("{:indent$}{styled}", ""))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Entry, String> {
        Ok(Entry::Answer(text.into()))
    }

    #[test]
    fn an_answer_is_typed_as_its_number_or_its_name() {
        let kinds = Allowed::OneOf(vec!["Kind::Stateless".into(), "Kind::Stateful".into()]);
        for typed in ["2", " stateful ", "Kind::Stateful"] {
            assert_eq!(Entry::parse(typed, &kinds), answer("Kind::Stateful"));
        }
        assert_eq!(Entry::parse("statef", &kinds), answer("Kind::Stateful"));
        let words = Allowed::OneOf(vec!["true".into(), "false".into()]);
        for (typed, meant) in [
            ("t", "true"),
            ("Yes", "true"),
            ("y", "true"),
            ("n", "false"),
        ] {
            assert_eq!(Entry::parse(typed, &words), answer(meant), "{typed}");
        }
        for typed in ["0", "3", "State", "None"] {
            let said = Entry::parse(typed, &kinds).unwrap_err();
            assert!(said.contains("1 Stateless   2 Stateful"), "{said}");
        }
    }

    #[test]
    fn a_number_is_typed_as_people_write_it() {
        for typed in ["150000", "150,000", "150_000", "150 000"] {
            assert_eq!(Entry::parse(typed, &Allowed::Number), answer("150000"));
        }
        for typed in ["80%", "80 %"] {
            assert_eq!(Entry::parse(typed, &Allowed::Number), answer("80"));
        }
        for typed in ["-1", "four", "%", "1.5", "4,0", ",", "99999999999999999999"] {
            assert!(Entry::parse(typed, &Allowed::Number).is_err(), "{typed}");
        }
    }

    #[test]
    fn one_letter_steers() {
        for (typed, entry) in [
            ("", Entry::Keep),
            ("s", Entry::Skip),
            ("B", Entry::Back),
            ("q", Entry::Stop),
        ] {
            assert_eq!(Entry::parse(typed, &Allowed::Number), Ok(entry));
        }
    }
}
