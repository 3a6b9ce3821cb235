//! Whole lives of jobs in PostgreSQL, among few and among many that are kept: each is saved,
//! enqueued, leased, loaded, written with six transitions, and settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use manim_core::testing::stub_film;
use manim_core::{
    BlobKey, Clock, Diagnostics, Event, Format, Job, JobId, JobQueue, ProblemText, RenderSettings, SceneCode,
    SessionId, SessionStore, Settlement, StoredFilm, SystemClock,
};
use manim_storage::PostgresStore;

use crate::postgres_server::Server;

const WORKERS: usize = 8;
const LIVES: usize = 4000;

pub(crate) async fn postgres(server: &Server) {
    let store = PostgresStore::connect(server.url()).await.unwrap();
    let many = std::env::var("STORED_JOBS").map_or(20_000, |jobs| jobs.parse().unwrap());
    let mut rates = Vec::new();
    for kept in [1000, many] {
        fill(server, &store, kept).await;
        let rate = rate(&store).await;
        println!("PostgreSQL: {rate:.0} lives a second by {WORKERS} workers among {kept} jobs");
        rates.push(rate);
    }
    println!(
        "PostgreSQL: among {many} jobs {:.2} of the rate among 1000",
        rates[1] / rates[0]
    );
}

/// Copies of a finished job, each of a session of its own for every ten.
async fn fill(server: &Server, store: &PostgresStore, kept: usize) {
    let mut sample = queued();
    story()
        .into_iter()
        .for_each(|event| sample.apply(event, SystemClock.now()).unwrap());
    store.save_job(&sample, None).await.unwrap();
    server.psql(&format!(
        "INSERT INTO manim_jobs (id, session, revision, created_ns, expires_at, sweep_at, record)
         SELECT gen_random_uuid(), md5((number / 10)::text)::uuid, 8, job.created_ns + number,
                job.expires_at + number * interval '1 ms', job.sweep_at, job.record
         FROM manim_jobs AS job, generate_series(1, {kept}) AS number WHERE job.id = '{}'",
        sample.id()
    ));
    server.psql("VACUUM ANALYZE");
    server.psql("CHECKPOINT");
}

async fn rate(store: &PostgresStore) -> f64 {
    let left = Arc::new(AtomicUsize::new(LIVES));
    let start = Instant::now();
    let workers = (0..WORKERS).map(|_| {
        let (store, left) = (store.clone(), left.clone());
        tokio::spawn(async move {
            while left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok()
            {
                live(&store).await;
            }
        })
    });
    for worker in join_all(workers).await {
        worker.unwrap();
    }
    LIVES as f64 / start.elapsed().as_secs_f64()
}

/// One job comes and one goes: whichever is due.
async fn live(store: &PostgresStore) {
    let job = queued();
    store.save_job(&job, None).await.unwrap();
    store.enqueue(job.id()).await.unwrap();
    let Some(lease) = store.lease(Duration::from_secs(60)).await.unwrap() else {
        return;
    };
    let mut job = store.job(lease.job).await.unwrap().unwrap();
    for event in story() {
        job.value.told(u64::MAX);
        job.value.apply(event, SystemClock.now()).unwrap();
        job.revision = store.save_job(&job.value, Some(job.revision)).await.unwrap();
    }
    store.settle(&lease, Settlement::Done).await.unwrap();
}

fn queued() -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let settings = RenderSettings::default();
    Job::new(
        JobId::new(),
        SessionId::new(),
        problem,
        settings,
        3,
        SystemClock.now(),
    )
}

fn story() -> Vec<Event> {
    let code =
        SceneCode::new("class MainScene(Scene):\n    def construct(self):\n".to_owned() + &PLAY.repeat(20));
    let code = code.unwrap();
    let key = |name: &str| BlobKey::parse(format!("films/job/{name}")).unwrap();
    let film = StoredFilm {
        info: stub_film(Format::Mp4).info,
        video: key("film.mp4"),
        poster: key("film.poster.png"),
        storyboard: key("film.storyboard.png"),
    };
    vec![
        Event::Started,
        Event::CodeWritten {
            code: code.clone(),
            claims: Vec::new(),
            attempts: Vec::new(),
        },
        Event::CodeAccepted {
            code,
            frames: 300,
            findings: Diagnostics::default(),
        },
        Event::Rendered,
        Event::Stored(film),
        Event::Accessed,
    ]
}

const PLAY: &str = "        self.play(Write(MathTex(r\"x^2 - 5x + 6 = (x - 2)(x - 3)\")), run_time=2)\n";
