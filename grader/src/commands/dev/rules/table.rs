//! Compares rules with sentences and checks, without I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::sentences::{Sentence, squeezed};
use super::{Entry, Rules};
use crate::step::Step;

/// The sentence above the table of cases on a step's page begins with this.
const CASES: &str = "Some cases have no obvious answer";

/// The sentences of each document, by its path.
pub type Documents = BTreeMap<String, Vec<Sentence>>;

/// What is wrong, and the rules that no check covers yet.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    pub faults: Vec<String>,
    pub unjudged: Vec<String>,
}

/// The rules of all steps.
#[derive(Default)]
pub struct Table {
    entries: Vec<Located>,
    /// Each check, and the file that must name it.
    checks: BTreeMap<String, String>,
    /// Each student's file, and the file that must quote it.
    students: BTreeMap<String, String>,
    /// Each step's page, and the file that must quote its cases.
    pages: BTreeMap<String, String>,
}

/// An entry, and its place.
struct Located {
    file: String,
    document: String,
    is_rule: bool,
    entry: Entry,
}

impl Table {
    pub fn add(&mut self, step: &Step, file: &str, rules: Rules) {
        let own = format!("exercises/src/{}", step.file);
        let ids = step.checks.iter().map(|check| &check.id);
        let named = ids.map(|id| (format!("{}.{id}", step.id), file.to_owned()));
        self.checks.extend(named);
        let rules_and_told = [(true, rules.rules), (false, rules.told)];
        for (is_rule, entries) in rules_and_told {
            self.entries
                .extend(entries.into_iter().map(|entry| Located {
                    file: file.to_owned(),
                    document: entry.document.clone().unwrap_or_else(|| own.clone()),
                    is_rule,
                    entry,
                }));
        }
        self.students.insert(own, file.to_owned());
        let page = crate::step::page(step.number, &step.id);
        self.pages.insert(page, file.to_owned());
    }

    /// The documents that are quoted, or must be.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        let quoted = self.entries.iter().map(|located| &located.document);
        let own = self.students.keys().chain(self.pages.keys());
        quoted.chain(own).map(String::as_str)
    }

    pub fn findings(&self, documents: &Documents) -> Findings {
        let entries = self.entries.iter();
        let faults = entries.clone().flat_map(|located| {
            let quote = located.quoted(documents).err();
            quote.into_iter().chain(located.fault(&self.checks))
        });
        let faults = faults.chain(self.unnamed());
        Findings {
            faults: faults.chain(self.uncovered(documents)).collect(),
            unjudged: entries.filter_map(Located::unjudged).collect(),
        }
    }

    /// The checks without a rule.
    fn unnamed(&self) -> impl Iterator<Item = String> {
        let named = self
            .entries
            .iter()
            .flat_map(|located| &located.entry.checks);
        let named: BTreeSet<_> = named.collect();
        let checks = self.checks.iter();
        let unnamed = checks.filter(move |(check, _)| !named.contains(check));
        unnamed.map(|(check, file)| {
            format!("{check}: no rule names it: quote the sentence that it covers, in {file}")
        })
    }

    /// The sentences that must be quoted, but are not.
    fn uncovered(&self, documents: &Documents) -> Vec<String> {
        let quoted = self.entries.iter().filter_map(|located| {
            let sentence = located.quoted(documents).ok()?;
            Some((located.document.as_str(), sentence))
        });
        let quoted: BTreeSet<_> = quoted.collect();
        let of_files = self.students.iter().flat_map(|(student, file)| {
            let sentences = documents.get(student).into_iter().flatten();
            sentences.map(move |it| (student.as_str(), it, file.as_str()))
        });
        let of_pages = self.pages.iter().flat_map(|(page, file)| {
            let cases = cases(documents, page).into_iter();
            cases.map(move |it| (page.as_str(), it, file.as_str()))
        });
        let missing = of_pages.clone().next().is_none().then(|| {
            format!(
                "exercises/steps: no table of cases follows \"{CASES}\" on any page: restore it"
            )
        });
        let wanted = of_files.chain(of_pages);
        let left = wanted.filter(|(document, it, _)| !quoted.contains(&(*document, *it)));
        left.map(uncovered).chain(missing).collect()
    }
}

/// The rows of the table of cases of a page.
fn cases<'a>(documents: &'a Documents, page: &str) -> Vec<&'a Sentence> {
    let page = documents.get(page).into_iter().flatten();
    let is_row = |it: &&Sentence| it.text.starts_with('|');
    let below = page.skip_while(|it| !it.text.starts_with(CASES)).skip(1);
    let table = below.skip_while(|it| !is_row(it));
    table.take_while(is_row).collect()
}

fn uncovered((document, sentence, file): (&str, &Sentence, &str)) -> String {
    let Sentence { line, text, .. } = sentence;
    format!(
        "{document}:{line}: \"{text}\": no entry quotes it: add a [[rule]] with the checks \
         that cover it, or a [[told]] if it is not a rule, in {file}"
    )
}

impl Located {
    /// The sentence that is quoted.
    fn quoted<'a>(&self, documents: &'a Documents) -> Result<&'a Sentence, String> {
        let (quote, of) = (squeezed(&self.entry.says), self.entry.of.as_ref());
        let all = documents.get(&self.document).into_iter().flatten();
        let here = all.filter(|it| of.is_none_or(|of| it.item == *of));
        let holding: Vec<_> = here.filter(|it| it.text.contains(&quote)).collect();
        match holding.as_slice() {
            [] => Err(self.is_gone()),
            [one] => Ok(one),
            many => Err(self.is_of_several(many)),
        }
    }

    fn says(&self, what: &str) -> String {
        format!("{}: \"{}\" {what}", self.file, squeezed(&self.entry.says))
    }

    fn is_gone(&self) -> String {
        let of = self.entry.of.as_ref();
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        self.says(&format!(
            "is in no sentence{of} in {}: quote the current text, or remove the entry",
            self.document
        ))
    }

    fn is_of_several(&self, sentences: &[&Sentence]) -> String {
        let lines: Vec<_> = sentences.iter().map(|it| it.line.to_string()).collect();
        self.says(&format!(
            "is in several sentences of {}, lines {}: quote more, or name the item with `of`",
            self.document,
            lines.join(", ")
        ))
    }

    /// What is wrong with the checks of the entry.
    fn fault(&self, known: &BTreeMap<String, String>) -> Option<String> {
        let Entry {
            checks, unjudged, ..
        } = &self.entry;
        if let Some(unknown) = checks.iter().find(|check| !known.contains_key(*check)) {
            let what =
                format!("names {unknown}, which is not a check: write it like stages.generated");
            return Some(self.says(&what));
        }
        let what = match (self.is_rule, checks.is_empty(), unjudged.is_some()) {
            (true, true, false) => {
                "names no check: name the checks that fail for a submission that breaks it, or \
                 say with `unjudged` why there is no check yet"
            }
            (true, false, true) => "has checks and is unjudged: remove one of the two",
            (false, false, _) | (false, _, true) => {
                "is not a rule: make it a rule, or remove `checks` and `unjudged`"
            }
            _ => return None,
        };
        Some(self.says(what))
    }

    fn unjudged(&self) -> Option<String> {
        let why = self.entry.unjudged.as_ref()?;
        Some(self.says(&format!("is not judged: {why}")))
    }
}

#[cfg(test)]
mod tests;
