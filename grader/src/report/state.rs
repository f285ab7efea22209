//! The mark and the word next to a step or a check. They are the same in every form of a
//! report.

use super::{CheckReport, StepReport};
use crate::check::Status;

/// What a step or a check looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Passed,
    Failed,
    /// There is no code for it yet.
    ToDo,
    Blocked,
    Error,
    BonusEarned,
    BonusOpen,
}

impl State {
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Failed,
        Self::ToDo,
        Self::Blocked,
        Self::Error,
        Self::BonusEarned,
        Self::BonusOpen,
    ];

    pub fn of_check(check: &CheckReport) -> Self {
        match check.status {
            Status::Passed if check.bonus => Self::BonusEarned,
            _ if check.bonus => Self::BonusOpen,
            _ if check.is_unwritten() => Self::ToDo,
            Status::Passed => Self::Passed,
            Status::Failed | Status::Missed => Self::Failed,
            Status::Blocked => Self::Blocked,
            Status::Error => Self::Error,
        }
    }

    pub fn of_step(step: &StepReport) -> Self {
        if step.passed {
            Self::Passed
        } else if step.is_untouched() {
            Self::ToDo
        } else {
            Self::Failed
        }
    }

    pub fn is_passed(self) -> bool {
        matches!(self, Self::Passed | Self::BonusEarned)
    }

    /// Whether there is code that does not do what it must.
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }

    pub fn mark(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Failed => "✗",
            Self::ToDo => "·",
            Self::Blocked => "○",
            Self::Error => "!",
            Self::BonusEarned => "★",
            Self::BonusOpen => "☆",
        }
    }

    /// The word for places without the mark, which tells an earned bonus from an open one.
    pub fn words(self) -> &'static str {
        match self {
            Self::BonusEarned => "bonus, earned",
            Self::BonusOpen => "bonus, not earned",
            other => other.word(),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::ToDo => "to do",
            Self::Blocked => "blocked",
            Self::Error => "error",
            Self::BonusEarned | Self::BonusOpen => "bonus",
        }
    }
}
