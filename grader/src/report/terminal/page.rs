//! Lines of text, and the screen that they must fit on.

use console::{Style, Term, truncate_str};

use crate::report::harmless_line;

/// The size of the screen.
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
    /// The size of the terminal of standard output, or the usual size without a terminal. The
    /// width has a limit, because long lines are hard to read.
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

/// Whether standard output gets colours: `NO_COLOR` and `CLICOLOR_FORCE` decide; without them,
/// whether it is a terminal.
pub fn in_colour() -> bool {
    colored::control::SHOULD_COLORIZE.should_colorize()
}

/// How a text looks, if there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    Bold,
    Dimmed,
    Green,
    Red,
    Yellow,
    BoldGreen,
    BoldRed,
}

impl Look {
    pub fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Bold => style.bold(),
            Self::Dimmed => style.dim(),
            Self::Green => style.green(),
            Self::Red => style.red(),
            Self::Yellow => style.yellow(),
            Self::BoldGreen => style.bold().green(),
            Self::BoldRed => style.bold().red(),
        }
    }
}

/// Text that grows line by line.
#[derive(Debug)]
pub struct Page {
    pub columns: usize,
    pub colour: bool,
    pub lines: Vec<String>,
    /// The index of each line where a block begins. The lines of a block belong together.
    pub blocks: Vec<usize>,
}

impl Page {
    pub fn new(columns: usize, colour: bool) -> Self {
        Self {
            columns,
            colour,
            lines: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// An empty page that is otherwise like this one.
    pub fn another(&self) -> Self {
        Self::new(self.columns, self.colour)
    }

    pub fn paint(&self, look: Look, text: &str) -> String {
        match look {
            Look::Plain => text.to_owned(),
            _ => {
                let style = look.style().force_styling(self.colour);
                style.apply_to(text).to_string()
            }
        }
    }

    pub fn line(&mut self, text: &str) {
        self.lines.push(text.trim_end().to_owned());
    }

    /// Begins a new block: a page may be cut here.
    pub fn block(&mut self) {
        self.blocks.push(self.lines.len());
    }

    /// Text with the same look on all of its lines, after a head on the first.
    pub fn headed(&mut self, indent: usize, head: &str, look: Look, text: &str) {
        let below = " ".repeat(head.len());
        let room = self.columns.saturating_sub(indent + head.len()).max(1);
        for (at, part) in textwrap::wrap(text, room).iter().enumerate() {
            let head = if at == 0 { head } else { &below };
            let painted = self.paint(look, part);
            self.line(&format!("{:indent$}{head}{painted}", ""));
        }
    }

    /// Text with the same look on all of its lines.
    pub fn wrapped(&mut self, indent: usize, look: Look, text: &str) {
        for part in textwrap::wrap(text, self.columns.saturating_sub(indent)) {
            let painted = self.paint(look, &part);
            self.line(&format!("{:indent$}{painted}", ""));
        }
    }

    /// Text in its own column, after a head that is as wide as the indent.
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

    /// All lines. Text of a submission is made harmless.
    pub fn into_text(self) -> String {
        let lines = self.lines.iter();
        let lines = lines.map(|line| harmless_line(line, self.colour) + "\n");
        lines.collect()
    }
}
