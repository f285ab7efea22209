//! The tables of SECURITY.md, which the tests make.

use std::fs;
use std::sync::Mutex;

use crate::project::course;

/// Compares the table between the marks of this name with the outcome of the tests.
/// `RENEW_ATTACKS=1` writes the table again.
pub fn is_in_security_md(name: &str, table: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _writing = ONE_AT_A_TIME.lock();
    let file = course().join("SECURITY.md");
    let text = fs::read_to_string(&file).unwrap();
    let mark = format!("<!-- {name} -->\n");
    let (before, rest) = text.split_once(&mark).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let renewed = format!("{before}{mark}{table}<!-- end -->{after}");
    if std::env::var_os("RENEW_ATTACKS").is_some() {
        fs::write(&file, &renewed).unwrap();
        return;
    }
    assert!(
        text == renewed,
        "SECURITY.md does not say what came of the tests:\n{table}"
    );
}
