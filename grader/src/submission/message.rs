//! The compiler's messages about a submission, with the student's own files and lines.

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticSpan};
use serde::{Deserialize, Serialize};

use super::api::{Api, State};
use super::{Submission, as_students};

/// A message of the compiler about the student's code: an error or a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CompilerMessage {
    pub file: String,
    /// Missing for an error about the program as a whole.
    pub line: Option<usize>,
    /// As in `rustc --explain`; missing for a syntax error.
    pub code: Option<String>,
    pub message: String,
    /// The message as rustc prints it, with colour.
    pub rendered: String,
    /// If the error is that the runner cannot call a function: the path of this function,
    /// such as `stages::filter_event`.
    pub call: Option<String>,
}

/// Names that cannot be resolved, from which other errors follow.
const UNRESOLVED: [&str; 6] = ["E0405", "E0412", "E0425", "E0432", "E0433", "E0583"];

/// The lint that forbids unsafe code.
pub const UNSAFE: &str = "unsafe_code";

impl CompilerMessage {
    /// A message of rustc, with the paths of the compiled files.
    pub fn of(said: &Diagnostic) -> Self {
        let span = primary(said);
        let mut rendered = said.rendered.clone().unwrap_or_default();
        if said.code.as_ref().is_some_and(|code| code.code == UNSAFE) {
            rendered
                .push_str("   = help: the exercises need no `unsafe`, and the grader forbids it\n");
        }
        Self {
            file: span.map(|span| span.file_name.clone()).unwrap_or_default(),
            line: span.map(|span| span.line_start).filter(|line| *line > 0),
            code: said.code.as_ref().map(|code| code.code.clone()),
            message: said.message.clone(),
            rendered,
            call: None,
        }
    }

    /// An error that rustc does not report itself: it took too long, or printed too much.
    pub fn about_the_whole(submission: &Submission, message: String) -> Self {
        Self {
            file: submission.source("lib.rs"),
            line: None,
            code: None,
            rendered: format!("error: {message}\n"),
            message,
            call: None,
        }
    }

    /// An error in the submitted files, found before they are compiled.
    pub fn about_the_submission(submission: &Submission, message: String) -> Self {
        Self {
            file: submission.shown_as.clone(),
            ..Self::about_the_whole(submission, message)
        }
    }

    /// The same with the student's own paths.
    pub fn as_students(mut self, submission: &Submission) -> Self {
        for text in [&mut self.file, &mut self.message, &mut self.rendered] {
            *text = as_students(submission, text);
        }
        self
    }

    /// The message as rustc prints it, with or without colour.
    pub fn shown(&self, colour: bool) -> String {
        match colour {
            true => self.rendered.clone(),
            false => console::strip_ansi_codes(&self.rendered).into_owned(),
        }
    }

    /// Its file and its line, if it has one.
    pub fn place(&self) -> String {
        let line = self.line.map(|line| format!(":{line}"));
        format!("{}{}", self.file, line.unwrap_or_default())
    }

    /// The warning in a sentence, with its possible cause.
    pub fn warning(&self) -> String {
        let awaited = match self.message.contains("Future`") {
            true => " Is an `.await` missing? Without it the code does nothing.",
            false => "",
        };
        format!(
            "The compiler warns about {}: {}.{awaited}",
            self.place(),
            self.message
        )
    }

    /// The module whose file does not exist, if that is the error.
    pub fn missing_file(&self) -> Option<&str> {
        let (_, after) = self.message.split_once("file not found for module `")?;
        Some(after.split_once('`')?.0)
    }

    /// Whether its code says that a name cannot be resolved.
    fn is_unresolved(&self) -> bool {
        let code = self.code.as_deref();
        code.is_some_and(|code| UNRESOLVED.contains(&code))
    }
}

/// The place of the error itself, not of related code.
fn primary(said: &Diagnostic) -> Option<&DiagnosticSpan> {
    said.spans.iter().find(|span| span.is_primary)
}

/// Sorts the errors: first syntax errors, then unresolved names, then all others. Within each
/// group, errors in `files` come first, in the order of `files`.
pub fn sort(errors: &mut [CompilerMessage], files: &[&str]) {
    errors.sort_by_key(|error| {
        let kind = match &error.code {
            None => 0,
            Some(_) if error.is_unresolved() => 1,
            Some(_) => 2,
        };
        let place = files.iter().position(|file| error.file.ends_with(file));
        (error.call.is_some(), kind, place.unwrap_or(files.len()))
    });
}

/// The API of a submission, and the API of the reference.
pub struct Apis {
    own: Api,
    wanted: Api,
}

impl Apis {
    pub fn of(submission: &Submission, reference: &Submission) -> Self {
        Self {
            own: Api::of(submission),
            wanted: Api::of(reference),
        }
    }
}

/// Errors for the modules that are missing in lib.rs. Other errors follow from them.
pub fn undeclared_modules(submission: &Submission, apis: &Apis) -> Vec<CompilerMessage> {
    let Apis { own, wanted } = apis;
    let modules = own.undeclared(wanted, submission).into_iter();
    let message = |module| {
        let what = format!("lib.rs has no `pub mod {module};`");
        CompilerMessage::about_the_whole(submission, what)
    };
    modules.map(message).collect()
}

/// Errors for the functions whose signature differs from the stub, if errors in the library
/// concern them. Each error is at the declaration of its function.
pub fn changed_functions(
    submission: &Submission,
    apis: &Apis,
    said: &[Diagnostic],
) -> Vec<CompilerMessage> {
    let Apis { own, wanted } = apis;
    let concerns = |file: &str, line: usize| {
        let children = said.iter().flat_map(|said| &said.children);
        let spans = said.iter().chain(children).flat_map(|said| &said.spans);
        let mut spans = spans.filter(|span| span.line_start <= line && line <= span.line_end);
        spans.any(|span| as_students(submission, &span.file_name) == file)
    };
    let mut changed = Vec::new();
    for function in wanted.functions() {
        if let State::Changed { file, line } = own.state(wanted, function) {
            let file = submission.source(&file);
            if concerns(&file, line) {
                changed.push(cannot_call(
                    function,
                    file,
                    Some(line),
                    "its signature differs from the stub",
                ));
            }
        }
    }
    changed
}

/// An error in the runner's calls, converted to an error of the called function.
pub fn in_the_runner(
    submission: &Submission,
    apis: &Apis,
    runner: &str,
    said: &Diagnostic,
) -> CompilerMessage {
    let span = primary(said);
    let function = span.and_then(|span| called(runner, span.line_start));
    let function = function.unwrap_or_default();
    let Apis { own, wanted } = apis;
    let rendered = CompilerMessage::of(said).as_students(submission).rendered;
    let module = function.split("::").next().unwrap_or_default();
    let found = match own.state(wanted, &function) {
        State::Undeclared => {
            let what = format!("lib.rs has no `pub mod {module};`");
            cannot_call(&function, submission.source("lib.rs"), None, &what)
        }
        State::Missing { file, line } => cannot_call(
            &function,
            submission.source(&file),
            line,
            "it does not exist, or it is not `pub`",
        ),
        State::Changed { file, line } | State::AsWanted { file, line } => {
            let file = submission.source(&file);
            cannot_call(&function, file, Some(line), &said.message)
        }
    };
    CompilerMessage {
        code: said.code.as_ref().map(|code| code.code.clone()),
        rendered,
        ..found
    }
}

fn cannot_call(function: &str, file: String, line: Option<usize>, what: &str) -> CompilerMessage {
    CompilerMessage {
        file,
        line,
        code: None,
        message: format!("{function}: {what}"),
        rendered: String::new(),
        call: Some(function.to_owned()),
    }
}

/// The path in the nearest line, at or above this one, that starts a call:
/// `"stages::filter_event" =>`.
fn called(runner: &str, line: usize) -> Option<String> {
    let above: Vec<_> = runner.lines().take(line).collect();
    let path = |line: &&str| {
        let (_, after) = line.split_once('"')?;
        let (path, rest) = after.split_once('"')?;
        (path.contains("::") && rest.trim_start().starts_with("=>")).then(|| path.to_owned())
    };
    let function = above.iter().rev().find_map(path)?;
    function.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_runner_is_in_the_call_above_it() {
        let runner = "match call {\n  \"stages::enrich_event together\" => {\n    wrong\n  }\n";
        assert_eq!(called(runner, 3).as_deref(), Some("stages::enrich_event"));
        assert_eq!(called(runner, 1), None);
    }

    #[test]
    fn what_other_errors_follow_from_comes_first() {
        let error = |file: &str, code: Option<&str>, call: Option<&str>| CompilerMessage {
            file: format!("exercises/src/{file}"),
            line: None,
            code: code.map(str::to_owned),
            message: "mismatched types".into(),
            rendered: String::new(),
            call: call.map(str::to_owned),
        };
        let mut errors = [
            error("setup.rs", Some("E0308"), Some("setup::setup_stream")),
            error("processor.rs", Some("E0308"), None),
            error("stages.rs", Some("E0308"), None),
            error("stateful.rs", Some("E0432"), None),
            error("cleanup.rs", None, None),
        ];
        sort(&mut errors, &["stages.rs"]);
        let files = errors
            .each_ref()
            .map(|e| e.file.rsplit('/').next().unwrap());
        assert_eq!(
            files,
            [
                "cleanup.rs",
                "stateful.rs",
                "stages.rs",
                "processor.rs",
                "setup.rs"
            ]
        );
    }
}
