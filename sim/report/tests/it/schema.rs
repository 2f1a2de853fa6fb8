//! `reports/summary.schema.json` is what the program prints.

use std::path::Path;

/// `UPDATE_GALLERY=1 cargo test -p patchbench-report` writes it anew.
#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/summary.schema.json");
    let text = format!("{:#}\n", patchbench_report::summary_schema());
    if std::env::var_os("UPDATE_GALLERY").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "reports/summary.schema.json is not current"
    );
}
