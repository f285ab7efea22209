//! Events that tell what the engine is doing: its only output while it works.

use std::fmt;
use std::sync::Arc;

/// Work that takes long enough to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// Builds or finds the libraries that submissions link to.
    PrepareCompiler,
    /// Builds a submission. The text is the name that the student knows.
    Build(String),
    BuildReference,
    /// Starts a backend other than the embedded one. The text comes from the backend.
    StartBackend(String),
    /// Grades a step. The text is its id.
    Grade(String),
}

/// Something that happened in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Started(Activity),
    Finished(Activity),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrepareCompiler => f.write_str("Preparing the compiler"),
            Self::Build(submission) => write!(f, "Building {submission}"),
            Self::BuildReference => f.write_str("Building solutions"),
            Self::StartBackend(doing) => f.write_str(doing),
            Self::Grade(step) => write!(f, "Grading {step}"),
        }
    }
}

/// The listener of a session.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    pub fn to(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// No listener.
    pub fn unheard() -> Self {
        Self::to(|_| {})
    }

    /// Starts an activity. It ends when the returned value is dropped.
    pub fn during(&self, activity: Activity) -> During {
        (self.0)(Event::Started(activity.clone()));
        During {
            events: self.clone(),
            activity,
        }
    }
}

/// An activity that has not ended.
pub struct During {
    events: Events,
    activity: Activity,
}

impl Drop for During {
    fn drop(&mut self) {
        (self.events.0)(Event::Finished(self.activity.clone()));
    }
}
