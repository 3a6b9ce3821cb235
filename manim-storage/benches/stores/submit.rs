//! Submissions to a pipeline on one file, by many clients at the same time. Each is on the disk
//! when its client is answered.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::future::join_all;
use manim_core::{PipelineOptions, ProblemText, SessionId, Submission};
use manim_storage::RedbStore;

use crate::overhead;

const CLIENTS: usize = 64;
const EACH: usize = 64;

pub(crate) async fn redb(home: &Path) {
    let store = Arc::new(RedbStore::open(home.join("submit.redb")).unwrap());
    let options = PipelineOptions {
        queue_limit: 2 * CLIENTS * EACH,
        ..PipelineOptions::default()
    };
    let pipeline = overhead::pipeline(store.clone(), store, options);
    let start = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            let session = SessionId::new();
            for _ in 0..EACH {
                let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
                pipeline.submit(Submission::new(session, problem)).await.unwrap();
            }
        })
    });
    for client in join_all(clients).await {
        client.unwrap();
    }
    let rate = (CLIENTS * EACH) as f64 / start.elapsed().as_secs_f64();
    println!("redb: {rate:.0} durable submissions a second from {CLIENTS} clients");
}
