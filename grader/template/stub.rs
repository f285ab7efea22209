//! Step {number}: {title}.
//!
//! Say in one or two sentences what this step is about.

/// Keeps the large amounts.
///
/// Returns the values of `amounts`, in US dollars, that are 100.00 or more, in the same
/// order.
///
/// # Prints
///
/// Nothing.
///
/// # Judged
///
/// The returned amounts, on both sides of the threshold and exactly on it.
pub fn keep(amounts: Vec<f64>) -> Vec<f64> {
    todo!()
}
