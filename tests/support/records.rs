//! What left for a platform, kept for those who check it against the platform's own description (`.ci/bodies`).

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

/// Adds a body to the records in the directory `DESKBELL_RECORD`; without it nothing is kept.
#[expect(clippy::disallowed_methods, reason = "tests have no app to read the environment for them")]
pub(crate) fn keep(platform: &str, method: &str, path: &str, body: &Value) {
    let Some(directory) = std::env::var_os("DESKBELL_RECORD") else { return };
    // One file a process, so that test binaries do not write into each other's lines.
    let file = Path::new(&directory).join(format!("{}.ndjson", std::process::id()));
    let line = json!({"platform": platform, "method": method, "path": path, "body": body});
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the directory of records exists");
    file.write_all(format!("{line}\n").as_bytes()).expect("records can be written");
}
