//! Lines of text, and the screen they are to fit on.

use console::{Term, truncate_str};

/// How much of a report is seen at once.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub rows: usize,
    pub columns: usize,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            rows: 24,
            columns: 80,
        }
    }
}

impl Screen {
    /// That of standard output, the usual one where that is no terminal. Lines do
    /// not get longer than they are easily read.
    pub fn here() -> Self {
        let usual = Self::default();
        Term::stdout()
            .size_checked()
            .map_or(usual, |(rows, columns)| Self {
                rows: usize::from(rows).max(16),
                columns: usize::from(columns).clamp(40, usual.columns),
            })
    }
}

/// Text that grows line by line.
#[derive(Debug)]
pub struct Page {
    pub columns: usize,
    pub lines: Vec<String>,
}

impl Page {
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            lines: Vec::new(),
        }
    }

    pub fn line(&mut self, text: &str) {
        self.lines.push(text.trim_end().to_owned());
    }

    /// Text with the same look on all of its lines.
    pub fn wrapped(&mut self, indent: usize, text: &colored::ColoredString) {
        let plain: &str = text;
        for part in textwrap::wrap(plain, self.columns.saturating_sub(indent)) {
            let mut styled = text.clone();
            styled.input = part.into_owned();
            self.line(&format!("{:indent$}{styled}", ""));
        }
    }

    /// Text in a column of its own, after a head that is as wide as the indent.
    pub fn hanging(&mut self, indent: usize, head: &str, text: &str) {
        let options = textwrap::Options::new(self.columns.saturating_sub(indent))
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let mut lines = textwrap::wrap(text, options).into_iter();
        self.line(&format!("{head}{}", lines.next().unwrap_or_default()));
        lines.for_each(|line| self.line(&format!("{:indent$}{line}", "")));
    }

    /// A line that is cut where the page ends.
    pub fn cut(&mut self, indent: usize, text: &str) {
        let room = self.columns.saturating_sub(indent);
        self.line(&format!("{:indent$}{}", "", truncate_str(text, room, "…")));
    }

    pub fn into_text(self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}
