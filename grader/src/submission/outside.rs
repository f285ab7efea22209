//! Code that reads files outside its own `src/`, with `#[path]`, `include!` and similar. The
//! compiler lists every file that it read, so every way to write this is found. The list does
//! not say which line asks for a file, so a search of the sources finds the line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use cargo_metadata::diagnostic::Diagnostic;

use super::slot::OUT;
use super::sources::COMPILED_AS;
use super::{CompilerMessage, Submission, as_students};

/// The list of the files that were read, in the format of `make`.
const LIST: &str = "submission.d";

/// Removes the list of an earlier compilation.
pub fn forget(slot: &Path) {
    fs::remove_file(slot.join(OUT).join(LIST)).ok();
}

/// An error for each file outside `src/` that was read. These errors replace all others,
/// which could show the content of the file.
pub fn find(submission: &Submission, slot: &Path, said: &[Diagnostic]) -> Vec<CompilerMessage> {
    let list = fs::read_to_string(slot.join(OUT).join(LIST)).unwrap_or_default();
    let complained_of = said.iter().flat_map(|said| &said.spans);
    let complained_of = complained_of.filter(|span| span.is_primary);
    let complained_of = complained_of.map(|span| PathBuf::from(&span.file_name));
    let mut files: BTreeSet<_> = listed(&list).chain(complained_of).collect();
    files.retain(|file| is_outside(file));
    let read = files.iter().map(|file| error(submission, file, None));
    let refused = said.iter().filter_map(|said| {
        let file = unread(said).filter(|file| is_outside(file))?;
        let place = said.spans.iter().find(|span| span.is_primary);
        let place = place.map(|span| (span.file_name.clone(), span.line_start));
        Some(error(submission, &file, place))
    });
    read.chain(refused).collect()
}

/// The file that the compiler could not read. In a sandbox it can read no file outside.
fn unread(said: &Diagnostic) -> Option<PathBuf> {
    let (path, _) = said
        .message
        .strip_prefix("couldn't read `")?
        .split_once('`')?;
    Some(path.into())
}

/// The files in the Makefile rules without commands, one rule a line: `a.rs:`. In a name,
/// `\ ` is a space.
fn listed(list: &str) -> impl Iterator<Item = PathBuf> {
    let files = list.lines().filter_map(|line| line.strip_suffix(':'));
    files.map(|file| PathBuf::from(file.replace("\\ ", " ")))
}

/// Whether a file is outside. The sources of the compiler and of crates do not count: they
/// are not secret, and errors in macros name them.
fn is_outside(file: &Path) -> bool {
    let up = |part| part == Component::ParentDir;
    let below = file.starts_with(COMPILED_AS) && !file.components().any(up);
    let text = file.to_string_lossy();
    let of_crates = text.contains("/registry/src/") && !file.components().any(up);
    let of_compiler = text.starts_with("/rustc/") || text.contains("/lib/rustlib/src/");
    // The compiler shows macros as files with names like `<vec macros>`.
    let nowhere = text.starts_with('<');
    !(below || of_crates || of_compiler || nowhere)
}

/// The error, at the line that asks for the file, if this line is known.
fn error(submission: &Submission, file: &Path, place: Option<(String, usize)>) -> CompilerMessage {
    let shown = file.strip_prefix(COMPILED_AS).unwrap_or(file).display();
    let message = format!("the code asks for {shown}, which lies outside src/");
    let mut error = CompilerMessage::about_the_whole(submission, message);
    if let Some((file, line)) = place.or_else(|| asked_for(submission, file)) {
        error.file = as_students(submission, &file);
        error.line = Some(line);
    }
    error.rendered = format!(
        "error: {}\n --> {}\n  = help: only files below src/ are compiled: put the files that \
         the code needs there\n",
        error.message,
        error.place()
    );
    error
}

/// The file and the line that have the file's name, without its folders.
fn asked_for(submission: &Submission, file: &Path) -> Option<(String, usize)> {
    let last = file.file_name()?.to_str()?;
    let texts = submission.files.keys();
    let mut texts = texts.filter_map(|name| Some((name, submission.text(name)?)));
    texts.find_map(|(name, text)| {
        let at = text.lines().position(|line| line.contains(last))?;
        Some((format!("{COMPILED_AS}{}", name.display()), at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_below_src_and_of_crates_is_not_outside() {
        for file in [
            "submission/src/stages.rs",
            "submission/src/stages/risk.rs",
            "/home/me/.cargo/registry/src/index/tokio-1.54.1/src/macros/select.rs",
            "/rustc/1234/library/core/src/macros/mod.rs",
            "<vec macros>",
        ] {
            assert!(!is_outside(Path::new(file)), "{file}");
        }
        for file in [
            "/etc/passwd",
            "submission/src/../../../solutions/src/stages.rs",
            "submission/other.rs",
            "/home/me/.cargo/registry/src/../credentials.toml",
            "/proc/self/environ",
        ] {
            assert!(is_outside(Path::new(file)), "{file}");
        }
    }

    #[test]
    fn the_files_of_a_list_are_read_with_their_spaces() {
        let list = "out/a.d: src/a.rs /b\\ c.rs\n\nsrc/a.rs:\n/b\\ c.rs:\n# env-dep:HOME\n";
        let files: Vec<_> = listed(list).collect();
        assert_eq!(files, [Path::new("src/a.rs"), Path::new("/b c.rs")]);
    }
}
