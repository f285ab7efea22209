//! The colours of the marks.

use super::page::Look;
use crate::report::State;

impl State {
    /// The mark in its colour, where there are colours.
    pub fn painted(self, colour: bool) -> String {
        let style = self.look().style().force_styling(colour);
        style.apply_to(self.mark()).to_string()
    }

    fn look(self) -> Look {
        match self {
            Self::Passed | Self::BonusEarned => Look::Green,
            Self::Failed => Look::Red,
            Self::Blocked => Look::Yellow,
            Self::Error => Look::BoldRed,
            Self::ToDo | Self::BonusOpen => Look::Plain,
        }
    }
}
