//! The first panic of a call, on any thread. Later panics, such as the unwrap of a failed
//! join, only follow from it.

use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};

use crate::message::Panic;

static FIRST: Mutex<Option<Panic>> = Mutex::new(None);

/// Notes panics instead of printing them.
pub fn note_panics() {
    std::panic::set_hook(Box::new(|info| {
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| describe(info));
    }));
}

/// The first panic since the last time this was called.
pub fn take_first() -> Option<Panic> {
    let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    first.take()
}

fn describe(info: &PanicHookInfo<'_>) -> Panic {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned());
    let location = info.location();
    Panic {
        message: message.unwrap_or_else(|| "(no message)".into()),
        file: location.map(|l| l.file().into()).unwrap_or_default(),
        line: location.map_or(0, |l| l.line()),
    }
}
