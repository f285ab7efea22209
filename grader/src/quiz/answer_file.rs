//! Reads the student's answers from the source, and changes one of them. Only the text of the
//! value changes: comments and layout stay as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprStruct, FieldValue, Item, Member};

use super::short;
use crate::problem::{Problem, Result};

/// Where the types of the answers are.
const TYPES: &str = "contract::quiz";

/// A file with the constant `ANSWERS`.
#[derive(Debug)]
pub struct AnswerFile {
    text: String,
    /// The name of the file in messages.
    shown_as: String,
    /// By question and item.
    values: BTreeMap<(String, String), Value>,
    /// Every name that a `use` of the file mentions.
    imported: BTreeSet<String>,
}

/// The value of a field.
#[derive(Debug)]
struct Value {
    /// In bytes of the text.
    at: Range<usize>,
    /// The answer in its short form; `None` for a `None`.
    answer: Option<String>,
}

impl AnswerFile {
    /// Finds the answers in the text of a file.
    ///
    /// # Errors
    ///
    /// The text is not valid Rust, or `ANSWERS` is not a struct literal in it.
    pub fn read(shown_as: &str, text: String) -> Result<Self> {
        // Not `parse_file`, whose spans leave out a byte order mark.
        let file: syn::File = syn::parse_str(&text).map_err(|e| {
            let line = e.span().start().line;
            Problem::usage(
                format!("{shown_as} is not valid Rust, at or near line {line}"),
                "Fix that first: `cargo grade quiz` shows the errors of the compiler.",
            )
        })?;
        let answers = file.items.iter().find_map(|item| match item {
            Item::Const(constant) if constant.ident == "ANSWERS" => fields_of(&constant.expr),
            _ => None,
        });
        let Some(answers) = answers else {
            return Err(missing(shown_as, "the constant `ANSWERS: Answers`"));
        };
        let mut values = BTreeMap::new();
        for question in &answers.fields {
            for item in fields_of(&question.expr)
                .into_iter()
                .flat_map(|q| &q.fields)
            {
                // Without a colon, the value is a variable with the name of the field.
                if let (Some(question), Some(item_name), Some(_)) =
                    (name(question), name(item), item.colon_token)
                {
                    values.insert((question, item_name), value(&text, &item.expr));
                }
            }
        }
        let uses = file.items.iter().filter_map(|item| match item {
            Item::Use(item) => Some(item.to_token_stream().to_string()),
            _ => None,
        });
        let imported = uses.flat_map(|it| it.split(' ').map(str::to_owned).collect::<Vec<_>>());
        Ok(Self {
            shown_as: shown_as.to_owned(),
            values,
            imported: imported.collect(),
            text,
        })
    }

    /// The answer to an item, or `None` if there is no answer yet.
    ///
    /// # Errors
    ///
    /// The item has no field with its own value.
    pub fn answer(&self, question: &str, item: &str) -> Result<Option<&str>> {
        Ok(self.value(question, item)?.answer.as_deref())
    }

    /// The text with `answer` as the answer to an item. `answer` is a Rust expression such as
    /// `Kind::Stateful`. If the item already has this answer, the text stays as it is.
    ///
    /// # Errors
    ///
    /// The item has no field with its own value.
    pub fn with(&self, question: &str, item: &str, answer: &str) -> Result<String> {
        let value = self.value(question, item)?;
        if value.answer.as_deref() == Some(short(answer)) {
            return Ok(self.text.clone());
        }
        let answer = match answer.split_once("::") {
            Some((of, _)) if !self.imported.contains(of) => format!("{TYPES}::{answer}"),
            _ => answer.to_owned(),
        };
        let mut text = self.text.clone();
        text.replace_range(value.at.clone(), &format!("Some({answer})"));
        Ok(text)
    }

    fn value(&self, question: &str, item: &str) -> Result<&Value> {
        let value = self.values.get(&(question.to_owned(), item.to_owned()));
        value.ok_or_else(|| {
            let field = format!("the field `{item}: None` in `ANSWERS.{question}`");
            missing(&self.shown_as, &field)
        })
    }
}

fn missing(file: &str, what: &str) -> Problem {
    Problem::usage(
        format!("{file} does not have {what}"),
        "Add it, or start again with `cargo grade reset quiz`, which keeps a copy of your file.",
    )
}

fn fields_of(expression: &Expr) -> Option<&ExprStruct> {
    match expression {
        Expr::Struct(written_out) => Some(written_out),
        _ => None,
    }
}

fn name(field: &FieldValue) -> Option<String> {
    match &field.member {
        Member::Named(name) => Some(name.to_string()),
        Member::Unnamed(_) => None,
    }
}

fn value(text: &str, expression: &Expr) -> Value {
    let source = |of: &Expr| text[of.span().byte_range()].to_owned();
    let answer = match expression {
        Expr::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "None") => None,
        Expr::Call(call) if short(&source(&call.func)) == "Some" && call.args.len() == 1 => {
            Some(short(&source(&call.args[0])).to_owned())
        }
        other => Some(source(other)),
    };
    Value {
        at: expression.span().byte_range(),
        answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}// Ünïcode ⚠ before everything\r
use contract::quiz::{Answers, Kind};\r
pub const ANSWERS: Answers = Answers {\r
    // why: because\r
    state: State { csv: None, views: Some( Kind::Stateful ) /* sure */, },\r
    shards: Shards { users: Some(600_000 / 4), none: Option::None, short },\r
    mode: MODES,\r
};\r
";

    fn answer_file() -> AnswerFile {
        AnswerFile::read("quiz.rs", FILE.into()).unwrap()
    }

    fn refusal(text: &str) -> Problem {
        AnswerFile::read("quiz.rs", text.into()).unwrap_err()
    }

    #[test]
    fn answers_are_read_as_they_stand() {
        let answer_file = answer_file();
        assert_eq!(answer_file.answer("state", "csv").unwrap(), None);
        assert_eq!(
            answer_file.answer("state", "views").unwrap(),
            Some("Stateful")
        );
        assert_eq!(
            answer_file.answer("shards", "users").unwrap(),
            Some("600_000 / 4")
        );
        assert_eq!(answer_file.answer("shards", "none").unwrap(), None);
    }

    #[test]
    fn only_the_value_changes() {
        let text = answer_file()
            .with("state", "csv", "Kind::Stateless")
            .unwrap();
        assert_eq!(
            text,
            FILE.replace("csv: None", "csv: Some(Kind::Stateless)")
        );
        let text = answer_file().with("shards", "users", "150000").unwrap();
        assert_eq!(text, FILE.replace("600_000 / 4", "150000"));
    }

    #[test]
    fn an_answer_that_stands_already_changes_nothing() {
        let text = answer_file()
            .with("state", "views", "Kind::Stateful")
            .unwrap();
        assert_eq!(text, FILE);
    }

    #[test]
    fn a_type_that_is_not_imported_is_named_in_full() {
        let file = FILE.replace(", Kind", "");
        let answer_file = AnswerFile::read("quiz.rs", file).unwrap();
        let text = answer_file.with("state", "csv", "Kind::Stateless").unwrap();
        assert!(
            text.contains("csv: Some(contract::quiz::Kind::Stateless),"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_sheet_is_named() {
        let broken = refusal(&FILE.replace("Kind};", "Kind"));
        assert!(
            broken
                .what
                .contains("quiz.rs is not valid Rust, at or near line 2"),
            "{broken}"
        );
        assert!(refusal("fn main() {}").what.contains("`ANSWERS: Answers`"));
        for (question, item) in [("state", "gone"), ("mode", "any"), ("shards", "short")] {
            let missing = answer_file().answer(question, item).unwrap_err();
            let field = format!("`{item}: None` in `ANSWERS.{question}`");
            assert!(missing.what.contains(&field), "{missing}");
        }
    }
}
