//! The forms of a report, and which of them a command has.

use clap::ValueEnum;

use super::reports::Target;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Terminal,
    Json,
    Html,
    Junit,
    Gradescope,
    Github,
    Markdown,
    Classroom50,
}

impl Format {
    /// The forms that `load` has.
    pub const OF_LOAD: [Self; 3] = [Self::Terminal, Self::Json, Self::Html];

    fn name(self) -> String {
        let value = self.to_possible_value();
        value
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// The names of these forms in a sentence.
    pub fn names(formats: &[Self]) -> String {
        let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("{} or {last}", others.join(", "))
            }
            _ => names.concat(),
        }
    }
}

/// A report of `load`, which is not a grading.
pub fn of_load(text: &str) -> Result<Target, String> {
    let target: Target = text.parse()?;
    match Format::OF_LOAD.contains(&target.format) {
        true => Ok(target),
        false => {
            let (name, all) = (target.format.name(), Format::names(&Format::OF_LOAD));
            Err(format!("`{name}` is a form of a grading; use {all}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_has_only_the_forms_that_are_not_about_a_grading() {
        assert!(of_load("html=a").is_ok());
        let said = "`junit` is a form of a grading; use terminal, json or html";
        assert_eq!(of_load("junit=a"), Err(said.into()));
    }
}
