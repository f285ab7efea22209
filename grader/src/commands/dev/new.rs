//! `cargo grade dev new`: creates the files of a new step. The step can be built and graded
//! from the start. Its author then replaces the contents of the files.

use std::collections::BTreeMap;
use std::fs;

use clap::CommandFactory;

use crate::commands::cli::Cli;
use crate::commands::output;
use crate::course::Course;
use crate::problem::{Problem, Result, exit, io, read};
use crate::step::{self, Step};

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../../template/", $name))
    };
}

/// The files of a step, with their contents. `{name}`, `{number}`, `{title}` and `{last}` (the
/// name of the previous step) are filled in.
const FILES: [(&str, &str); 9] = [
    (
        "grader/steps/{number}-{name}/step.toml",
        template!("step.toml"),
    ),
    (
        "grader/steps/{number}-{name}/misconceptions.toml",
        template!("misconceptions.toml"),
    ),
    (
        "grader/steps/{number}-{name}/rules.toml",
        template!("rules.toml"),
    ),
    ("grader/steps/{number}-{name}/stub.rs", template!("stub.rs")),
    ("exercises/src/{name}.rs", template!("stub.rs")),
    ("exercises/steps/{number}-{name}.md", template!("page.md")),
    ("solutions/src/{name}.rs", template!("solution.rs")),
    ("fixtures/functions/{name}.json", template!("cases.json")),
    (
        "fixtures/wrong/{name}-threshold-dropped.toml",
        template!("wrong.toml"),
    ),
];

/// Where a line goes.
enum Place {
    /// Above the line with this text.
    Above(&'static str),
    /// Below the line that starts with this.
    Below(&'static str),
    /// Among the modules, which are sorted.
    Modules,
}

/// The lines that add a step to existing files.
const LINES: [(&str, Place, &str); 6] = [
    (
        "grader/runner/src/calls.rs",
        Place::Above("// `cargo grade dev new` adds a function here."),
        template!("call.rs"),
    ),
    (
        "exercises/README.md",
        Place::Below("| [{last}]("),
        "| [{number} {name}](steps/{number}-{name}.md) | `src/{name}.rs` | `keep` | 5 |",
    ),
    (
        "exercises/src/lib.rs",
        Place::Below("//! | {last} |"),
        "//! | {number} {name} | `{name}.rs` |",
    ),
    ("exercises/src/lib.rs", Place::Modules, "pub mod {name};"),
    ("solutions/src/lib.rs", Place::Modules, "pub mod {name};"),
    (
        "fixtures/alternative/helper-modules/lib.rs",
        Place::Modules,
        "pub mod {name};",
    ),
];

pub fn run(course: &Course, name: &str, title: Option<&str>) -> Result<u8> {
    let steps = step::load(course)?;
    check_name(course, &steps, name)?;
    let number = steps.len() + 1;
    let last = steps.last();
    let last = last.map_or_else(String::new, |last| format!("{} {}", last.number, last.id));
    let fill = |text: &str| {
        text.replace("{name}", name)
            .replace("{number}", &number.to_string())
            .replace("{title}", title.unwrap_or(name))
            .replace("{last}", &last)
    };
    // All texts are prepared before the first file is written.
    let mut files = BTreeMap::new();
    for (file, text) in FILES {
        files.insert(fill(file), fill(text));
    }
    let new: Vec<_> = files.keys().cloned().collect();
    if let Some(taken) = new.iter().find(|file| course.root.join(file).exists()) {
        return Err(Problem::usage(
            format!("{taken} already exists"),
            "Choose another name, or move that file away.",
        ));
    }
    for (file, place, line) in &LINES {
        let text = match files.remove(*file) {
            Some(text) => text,
            None => read(&course.root.join(file))?,
        };
        let with = insert(&text, place, fill, &fill(line)).ok_or_else(|| {
            let what = format!("{file} has no place for a line of step {name}");
            Problem::usage(
                what,
                "Restore that file, or add the step by hand: see grader/AUTHORS.md.",
            )
        })?;
        files.insert((*file).to_owned(), with);
    }
    for (file, text) in &files {
        let path = course.root.join(file);
        let dir = path.parent().unwrap_or(&path);
        fs::create_dir_all(dir).map_err(io("cannot create", dir))?;
        fs::write(&path, text).map_err(io("cannot write", &path))?;
        let what = if new.contains(file) {
            "new    "
        } else {
            "changed"
        };
        output::line(format!("  {what} {file}"))?;
    }
    output::line(format!(
        "\n  Step {number}, {name}, now exists. Create its expectations and check it:\n\n    \
         cargo grade dev accept\n    cargo grade dev check\n\n  \
         Then replace the example with your own step: see grader/AUTHORS.md."
    ))?;
    Ok(exit::PASSED)
}

/// A step's name is typed on the command line. It is also the name of its module.
fn check_name(course: &Course, steps: &[Step], name: &str) -> Result<()> {
    let is_module = syn::parse_str::<syn::Ident>(name).is_ok()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_command = Cli::command()
        .get_subcommands()
        .any(|it| it.get_name() == name);
    let is_step = steps.iter().any(|step| step.id == name) || name == "all";
    let is_file = course
        .solutions()
        .join("src")
        .join(format!("{name}.rs"))
        .exists();
    let why = match (is_module, is_command, is_step, is_file) {
        (false, ..) => "is not a valid name of a Rust module",
        (_, true, ..) => "is a command",
        (_, _, true, _) => "is a step",
        (.., true) => "is a file of another step",
        _ => return Ok(()),
    };
    Err(Problem::usage(
        format!("a new step cannot have the name `{name}`: it {why}"),
        "Choose a different name: short and in lower case.",
    ))
}

/// The text with the added line; `None` if it has no such place.
fn insert(text: &str, place: &Place, fill: impl Fn(&str) -> String, line: &str) -> Option<String> {
    let mut lines: Vec<_> = text.lines().collect();
    let at = match place {
        Place::Above(marker) => lines.iter().position(|line| line.trim() == *marker)?,
        Place::Below(start) => {
            let start = fill(start);
            lines.iter().position(|line| line.starts_with(&start))? + 1
        }
        Place::Modules => {
            let is_module = |line: &&str| line.starts_with("pub mod ");
            let first = lines.iter().position(is_module)?;
            let before = |other: &&&str| is_module(other) && ***other < *line;
            first + lines[first..].iter().take_while(before).count()
        }
    };
    lines.insert(at, line.trim_end_matches('\n'));
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, place: Place, line: &str) -> Option<String> {
        insert(
            text,
            &place,
            |start| start.replace("{last}", "9 quiz"),
            line,
        )
    }

    #[test]
    fn lines_go_where_they_belong() {
        let modules = "pub mod a;\npub mod c;\n\nfn other() {}\n";
        let with = |module: &str| put(modules, Place::Modules, module).unwrap();
        assert_eq!(
            with("pub mod b;"),
            "pub mod a;\npub mod b;\npub mod c;\n\nfn other() {}\n"
        );
        assert_eq!(
            with("pub mod d;"),
            "pub mod a;\npub mod c;\npub mod d;\n\nfn other() {}\n"
        );
        let table = "| [9 quiz](x) |\n\nText\n";
        let below = put(table, Place::Below("| [{last}]("), "| [10 new] |");
        assert_eq!(below.unwrap(), "| [9 quiz](x) |\n| [10 new] |\n\nText\n");
        assert_eq!(put(table, Place::Above("// here"), "x"), None);
    }
}
