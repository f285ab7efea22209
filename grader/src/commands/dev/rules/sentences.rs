//! The sentences of a document: in a Rust file, those of its doc comments; in Markdown, all.

/// A sentence, also of a list item, or a row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    /// The line where its paragraph begins, counted from 1.
    pub line: usize,
    /// The item of a Rust file that it describes; empty in the comment of a module.
    pub item: String,
    pub text: String,
}

pub fn of_rust(source: &str) -> Vec<Sentence> {
    let (mut reader, mut of_module) = (Reader::default(), false);
    for (number, line) in (1..).zip(source.lines().map(str::trim)) {
        if let Some(text) = line.strip_prefix("//!") {
            reader.read(number, text.trim());
            of_module = true;
        } else if let Some(text) = line.strip_prefix("///") {
            reader.read(number, text.trim());
        } else {
            reader.end();
            match declared(line) {
                _ if std::mem::take(&mut of_module) => reader.name(""),
                Some(item) => reader.name(item),
                None => {}
            }
        }
    }
    reader.sentences
}

pub fn of_markdown(text: &str) -> Vec<Sentence> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        reader.read(number, line.trim());
    }
    reader.end();
    reader.sentences
}

/// Reads comments line by line.
#[derive(Default)]
struct Reader {
    sentences: Vec<Sentence>,
    /// How many sentences already have their item, or belong to no item.
    nameless: usize,
    paragraph: String,
    began: usize,
    in_code: bool,
}

impl Reader {
    fn read(&mut self, number: usize, line: &str) {
        if line.starts_with("```") {
            self.in_code = !self.in_code;
            self.end();
        } else if line.starts_with("|--") {
            // The text above is the head of a table.
            self.paragraph.clear();
        } else if self.in_code || is_no_prose(line) {
            self.end();
        } else {
            self.add(number, line);
        }
    }

    fn add(&mut self, number: usize, line: &str) {
        if begins_anew(line) {
            self.end();
        }
        if self.paragraph.is_empty() {
            self.began = number;
        } else {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(&squeezed(line));
    }

    /// Ends the paragraph.
    fn end(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        for text in split(&paragraph) {
            self.sentences.push(Sentence {
                line: self.began,
                text: text.to_owned(),
                ..Sentence::default()
            });
        }
    }

    /// Sets the item of the comment that was read last.
    fn name(&mut self, item: &str) {
        for sentence in &mut self.sentences[self.nameless..] {
            item.clone_into(&mut sentence.item);
        }
        self.nameless = self.sentences.len();
    }
}

/// The text with one space in place of several spaces or a line break.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A blank line, a heading, or the definition of a link.
fn is_no_prose(line: &str) -> bool {
    line.is_empty() || line.starts_with('#') || line.starts_with('[') && line.contains("]: ")
}

/// A list item or a row of a table.
fn begins_anew(line: &str) -> bool {
    let number = line.split_once(". ").map(|(number, _)| number);
    let is_numbered = number.is_some_and(|number| number.parse::<usize>().is_ok());
    is_numbered || ["|", "- ", "* "].iter().any(|mark| line.starts_with(mark))
}

/// The name of what a line of Rust declares: an item or a field.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    let kinds = ["fn ", "struct ", "trait ", "enum ", "const "];
    let item = kinds.iter().find_map(|kind| line.strip_prefix(kind));
    let field = || line.contains(": ").then_some(line);
    let named = item.or_else(field)?;
    let end = named.find(|c: char| c != '_' && !c.is_alphanumeric());
    Some(&named[..end?]).filter(|name| !name.is_empty())
}

/// The sentences of a paragraph. A full stop in code does not end a sentence.
fn split(paragraph: &str) -> Vec<&str> {
    if paragraph.starts_with('|') {
        return vec![paragraph];
    }
    let (mut sentences, mut start, mut in_code) = (Vec::new(), 0, false);
    for (at, c) in paragraph.char_indices() {
        in_code ^= c == '`';
        let (before, after) = paragraph.split_at(at);
        if c == ' ' && !in_code && ends(before) && begins(&after[1..]) {
            sentences.push(&paragraph[start..at]);
            start = at + 1;
        }
    }
    sentences.push(&paragraph[start..]);
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn ends(text: &str) -> bool {
    let text = text.trim_end_matches([')', '"', '`']);
    // The number of a list item does not end a sentence.
    text.ends_with(['.', '!', '?']) && !text.trim_end_matches('.').chars().all(char::is_numeric)
}

fn begins(text: &str) -> bool {
    let first = text
        .trim_start_matches(['(', '"', '`', '[', '*'])
        .chars()
        .next();
    first.is_some_and(|c| c.is_uppercase() || text.starts_with('`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sentences: &[Sentence]) -> Vec<&str> {
        sentences.iter().map(|it| it.text.as_str()).collect()
    }

    #[test]
    fn a_comment_is_taken_apart_into_sentences_rows_and_list_items() {
        let source = "
            //! Step 2: stages. `a. B` is code.

            /// Keeps what is
            /// 100.00 or more (see [`x`](X::y)). A second one!
            ///
            /// # Errors
            ///
            /// | field | value |
            /// |---|---|
            /// | `id` | the id. As it is |
            ///
            /// ```text
            /// No prose. At all.
            /// ```
            ///
            /// 1. one;
            /// 2. two,
            ///    and more.
            ///
            /// [X]: https://example.com/A. B
            #[allow(dead_code)]
            pub async fn keep(
                amount: f64,
            ) {}
        ";
        let sentences = of_rust(source);
        let expected = [
            "Step 2: stages.",
            "`a. B` is code.",
            "Keeps what is 100.00 or more (see [`x`](X::y)).",
            "A second one!",
            "| `id` | the id. As it is |",
            "1. one;",
            "2. two, and more.",
        ];
        assert_eq!(texts(&sentences), expected);
        assert_eq!((sentences[1].line, sentences[1].item.as_str()), (2, ""));
        assert_eq!((sentences[3].line, sentences[3].item.as_str()), (4, "keep"));
    }

    #[test]
    fn each_item_has_its_own_comment() {
        let source =
            "/// One.\nstruct A {\n/// Two.\nb: u8,\n}\nimpl A {\n/// Three.\nfn c(&self) {}\n}";
        let items: Vec<_> = of_rust(source).into_iter().map(|it| it.item).collect();
        assert_eq!(items, ["A", "b", "c"]);
    }

    #[test]
    fn markdown_is_read_without_headings_and_code() {
        let text = "# Title\n\nOne. Two:\n\n```rust\nNo. Prose.\n```\n\n- three\n- four\n";
        let sentences = of_markdown(text);
        assert_eq!(texts(&sentences), ["One.", "Two:", "- three", "- four"]);
    }
}
