//! The worker's own Python has its own tests.

use std::path::Path;
use std::process::Command;

use crate::support::environment;

#[test]
fn the_unit_tests_of_the_worker_pass() {
    let output = Command::new(environment().python())
        .args(["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("python"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("Ran 0 tests"), "{said}");
}
