//! What the engine does, as it does it: the only thing that it says while it works.

use std::fmt;
use std::sync::Arc;

/// Work that takes long enough to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// What submissions link to is built, or looked for.
    PrepareCompiler,
    /// A submission, as the student knows it.
    Build(String),
    BuildReference,
    /// A backend other than the embedded one, in its own words.
    StartBackend(String),
    /// A step, by its id.
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

/// Who listens to a session.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    pub fn to(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Nobody listens.
    pub fn unheard() -> Self {
        Self::to(|_| {})
    }

    /// An activity that lasts as long as what is returned, however it ends.
    pub fn during(&self, activity: Activity) -> During {
        (self.0)(Event::Started(activity.clone()));
        During {
            events: self.clone(),
            activity,
        }
    }
}

/// An activity under way.
pub struct During {
    events: Events,
    activity: Activity,
}

impl Drop for During {
    fn drop(&mut self) {
        (self.events.0)(Event::Finished(self.activity.clone()));
    }
}
