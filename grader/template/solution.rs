//! Step {number}: {title}.

/// Keeps the large amounts.
pub fn keep(amounts: Vec<f64>) -> Vec<f64> {
    let kept = amounts.into_iter().filter(|amount| *amount >= 100.00);
    kept.collect()
}
