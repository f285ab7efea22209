//! The words of documents, texts and comments: those in `grader/words.toml` are refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::course::Course;
use crate::problem::{Problem, Result, io, read};

/// The words to refuse, each with what to write instead.
type Words = BTreeMap<String, String>;

const LIST: &str = "grader/words.toml";

/// Where the texts are, from the top of the course.
const TEXTS: [&str; 11] = [
    "README.md",
    "SECURITY.md",
    "BENCHMARKS.md",
    "CHANGELOG.md",
    "exercises",
    "solutions/src",
    "grader/AUTHORS.md",
    "grader/steps",
    "grader/src",
    "grader/contract/src",
    "grader/protocol/src",
];

/// The refused words in the texts of the course.
pub fn refused(course: &Course) -> Result<Vec<String>> {
    let list = read(&course.root.join(LIST))?;
    let words: Words = toml::from_str(&list).map_err(|e| Problem::bug(format!("{LIST}: {e}")))?;
    let mut found = Vec::new();
    for text in TEXTS {
        for file in files(&course.root.join(text))? {
            let name = course.display(&file);
            let lines = read(&file)?;
            let lines = (1..).zip(lines.lines());
            let prose = lines.filter(|(_, line)| is_prose(&file, line));
            found.extend(prose.flat_map(|(number, line)| {
                let refused = words.iter().filter(move |(word, _)| has(line, word));
                let name = name.clone();
                refused.map(move |(word, instead)| {
                    format!("{name}:{number}: \"{word}\": write \"{instead}\"")
                })
            }));
        }
    }
    Ok(found)
}

/// The texts at a path: the file, or those below the folder.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(io("cannot read", path))? {
        let entry = entry.map_err(io("cannot read", path))?.path();
        let is_text = entry
            .extension()
            .is_some_and(|it| it == "md" || it == "toml" || it == "rs");
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if is_text {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a line is for readers: of code, only a comment is.
fn is_prose(file: &Path, line: &str) -> bool {
    let is_code = file.extension().is_some_and(|it| it == "rs");
    !is_code || line.trim_start().starts_with("//")
}

/// Whether the word or the words are in the line, not as a part of longer words.
fn has(line: &str, word: &str) -> bool {
    let line = line.to_lowercase();
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "-_".contains(c));
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !is_letter(before) && !is_letter(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_in_either_case() {
        assert!(has("Nobody hears of it.", "hears of"));
        assert!(has("Mend it", "mend"));
        assert!(!has("They recommend it", "mend"));
        assert!(!has("setup-created-anew", "anew"));
    }

    #[test]
    fn of_code_the_comments_are_read() {
        let (code, text) = (Path::new("a.rs"), Path::new("a.md"));
        assert!(is_prose(code, "    /// A comment"));
        assert!(!is_prose(code, "let mend = 1;"));
        assert!(is_prose(text, "let mend = 1;"));
    }
}
