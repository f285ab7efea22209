//! Checks that the schema in the repository matches the report. Readers of reports rely on the
//! schema.

use std::path::Path;

use schemars::generate::SchemaSettings;

use super::Report;

/// If this variable is set, the test writes the schema again, and does not compare it.
const RENEW: &str = "RENEW_SCHEMA";

#[test]
fn the_schema_is_that_of_the_report() {
    let generator = SchemaSettings::draft2020_12().for_serialize();
    let schema = generator.into_generator().into_root_schema_for::<Report>();
    let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("report.schema.json");
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&file, &schema).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        known == schema,
        "grader/report.schema.json does not match the report: `{RENEW}=1 cargo test -p grader \
         --lib schema` writes it again. If a field was removed or has a different meaning, also \
         change the version."
    );
}
