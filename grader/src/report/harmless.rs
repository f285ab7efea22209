//! Makes text of a submission safe to show, in a terminal and in the log of a CI.

use console::AnsiCodeIterator;

/// The lines of a text, each harmless.
pub fn harmless(text: &str, colour: bool) -> String {
    let lines = text.lines().map(|line| harmless_line(line, colour) + "\n");
    lines.collect()
}

/// A line with its control characters written out. Codes for colours stay if there are colours.
/// Text that a CI treats as a command gets a backslash before it.
pub fn harmless_line(line: &str, colour: bool) -> String {
    let mut shown = String::new();
    for (part, is_code) in AnsiCodeIterator::new(line) {
        match is_code && colour && is_colour(part) {
            true => shown.push_str(part),
            false => part.chars().for_each(|c| push_visible(&mut shown, c)),
        }
    }
    let plain = console::strip_ansi_codes(&shown);
    let start = plain.trim_start();
    // The commands of GitHub and Azure.
    if start.starts_with("::") || start.starts_with("##") {
        let at = first_visible(&shown);
        shown.insert(at, '\\');
    }
    // The older form of GitHub's commands may be anywhere in a line.
    shown.replace("##[", "##\\[")
}

/// The same for a text that no terminal and no CI reads: its line breaks stay.
pub fn harmless_text(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            c => push_visible(&mut shown, c),
        }
    }
    shown
}

/// The index of the first character that is not a blank and not part of a code. Colours may be
/// between it and the next character.
fn first_visible(line: &str) -> usize {
    let mut at = 0;
    for (part, is_code) in AnsiCodeIterator::new(line) {
        match part.find(|c: char| !c.is_whitespace()) {
            Some(visible) if !is_code => return at + visible,
            _ => at += part.len(),
        }
    }
    at
}

/// Only `ESC [ numbers m`: nothing that moves the cursor or controls the terminal.
fn is_colour(code: &str) -> bool {
    let numbers = code
        .strip_prefix("\x1b[")
        .and_then(|code| code.strip_suffix('m'));
    numbers.is_some_and(|numbers| numbers.chars().all(|c| c.is_ascii_digit() || c == ';'))
}

fn push_visible(shown: &mut String, c: char) {
    match c {
        '\t' => shown.push(c),
        c if c.is_control() => shown.extend(c.escape_default()),
        c if is_unseen(c) => shown.extend(c.escape_unicode()),
        c => shown.push(c),
    }
}

/// Characters that break a line, reverse its direction, or are invisible (Unicode, general
/// categories Cf, Zl and Zp).
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// JSON, with the same characters written as JSON escapes. They occur only in its texts.
pub fn harmless_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unseen(c) || c.is_control() && c != '\n' {
            true => {
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units).iter();
                units.for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
            }
            false => shown.push(c),
        }
    }
    // See `harmless_line`. Outside of texts, JSON has no such characters.
    shown.replace("##[", "##\\u005b")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_in_the_middle_of_a_line_is_none() {
        assert_eq!(
            harmless_line("yours ##[add-mask]x", false),
            r"yours ##\[add-mask]x"
        );
        let json = "{\"a\":\"##[group]\"}";
        assert!(!harmless_json(json).contains("##["));
        let values = [json, &harmless_json(json)].map(|it| serde_json::from_str(it).unwrap());
        let [before, after]: [serde_json::Value; 2] = values;
        assert_eq!(before, after);
    }

    #[test]
    fn escapes_are_written_out_and_colours_are_left() {
        let red = "\x1b[31mred\x1b[0m";
        assert_eq!(harmless_line(red, true), red);
        assert_eq!(harmless_line(red, false), r"\u{1b}[31mred\u{1b}[0m");
        for hostile in [
            "\x1b[2J",
            "\x1b]0;title\x07",
            "\x1bc",
            "\x1b[6n",
            "a\rb",
            "\u{202e}",
            "a\u{2028}::error::b",
            "\u{e0041}",
        ] {
            let shown = harmless_line(hostile, true);
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
            assert!(shown.contains('\\'), "{shown:?}");
        }
    }

    #[test]
    fn nothing_is_taken_for_a_command_of_a_ci() {
        assert_eq!(harmless_line("::error::x", false), r"\::error::x");
        assert_eq!(
            harmless_line("  ::stop-commands::x", false),
            r"  \::stop-commands::x"
        );
        assert_eq!(
            harmless_line("\x1b[1m::error::x", true),
            "\x1b[1m\\::error::x"
        );
        assert_eq!(
            harmless_line(" :\x1b[0m:error::x", true),
            " \\:\x1b[0m:error::x"
        );
        assert_eq!(harmless_line("##[error]x", false), r"\##\[error]x");
        assert_eq!(
            harmless_line("stages::filter_event", false),
            "stages::filter_event"
        );
        assert_eq!(harmless("a\n::error::b\n", false), "a\n\\::error::b\n");
    }

    #[test]
    fn json_says_the_same_in_visible_characters() {
        let text = "\u{9b}\u{202e}\u{2028}\u{e0041}é";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let shown = harmless_json(&json);
        assert!(
            !shown
                .chars()
                .any(|c| is_unseen(c) || c.is_control() && c != '\n')
        );
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap(), [text]);
    }

    proptest! {
        #[test]
        fn whatever_comes_there_is_no_control_character_but_colours(line in "[^\n]*", colour: bool) {
            let shown = harmless_line(&line, colour);
            for (part, is_code) in AnsiCodeIterator::new(&shown) {
                if is_code {
                    prop_assert!(colour && is_colour(part), "{part:?}");
                } else {
                    let hidden = |c: char| c.is_control() && c != '\t';
                    prop_assert!(!part.chars().any(hidden), "{part:?}");
                }
            }
            let start = console::strip_ansi_codes(&shown).trim_start().to_owned();
            prop_assert!(!start.starts_with("::") && !start.starts_with("##"), "{start:?}");
        }
    }
}
