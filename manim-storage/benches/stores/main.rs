//! What the stores bear: durable submissions, whole life cycles of jobs, and what a pipeline on
//! them adds to a job. The disk syncs every commit, as in operation.
//!
//! The names `redb` and `postgres` after `--` choose between the engines. `STORED_JOBS=1000000`
//! fills PostgreSQL with that many jobs for the second round; 20 000 without it.
#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should end loudly"
)]

mod life;
mod overhead;
#[cfg(all(feature = "postgres", unix))]
#[path = "../../tests/it/postgres_server.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod postgres_server;
mod submit;

use std::fs::File;
use std::io::Write;
use std::time::Instant;

fn main() {
    let named: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|word| word == name);
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("this disk syncs {:.0} times a second", syncs(home.path()));
    println!("the machine's load is {}", load());
    if wanted("redb") {
        runtime.block_on(submit::redb(home.path()));
        runtime.block_on(overhead::redb(home.path()));
    }
    #[cfg(all(feature = "postgres", unix))]
    if wanted("postgres") {
        let server = postgres_server::Server::start_with(&["fsync=on", "shared_buffers=256MB"]);
        runtime.block_on(life::postgres(&server));
        runtime.block_on(overhead::postgres(&server));
    }
    println!("the machine's load is {}", load());
}

/// The yardstick: one small write and one sync at a time.
fn syncs(home: &std::path::Path) -> f64 {
    let mut file = File::create(home.join("yardstick")).unwrap();
    let start = Instant::now();
    let count = 200;
    for _ in 0..count {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
