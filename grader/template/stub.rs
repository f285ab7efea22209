//! Step {number}: {title}.
//!
//! Say in a line or two what this step is about.

/// Keeps the amounts that are worth a look.
///
/// Returns those of `amounts`, in US dollars, that are 100.00 or more, in the order in
/// which they came.
///
/// # Prints
///
/// Nothing.
///
/// # Judged
///
/// The amounts that are returned, on both sides of the threshold, and on it.
pub fn keep(amounts: Vec<f64>) -> Vec<f64> {
    todo!()
}
