//! What is left after a siege, held against the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use manim_core::{BlobStore, JobId, Page, SessionId, Status};
use manim_storage::ObjectBlobStore;

use super::ledger::Ledger;
use super::plan::Kind;
use super::siege::{Engine, Scene, Siege};
use super::victim::House;

/// Each complaint is one line.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) engine: Engine,
    pub(super) siege: Siege,
    /// What was promised and is not there.
    pub(super) lost: Vec<String>,
    /// What happened twice.
    pub(super) duplicated: Vec<String>,
    /// Blobs and files that nobody needs.
    pub(super) orphaned: Vec<String>,
    /// Messages to notifiers, repeats included.
    pub(super) messages: usize,
    /// Messages that came again, and that the idempotency key made harmless.
    pub(super) repeats: usize,
}

impl Verdict {
    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.duplicated.is_empty() && self.orphaned.is_empty()
    }
}

pub(super) fn of(siege: Siege, scene: &Scene<'_>) -> Verdict {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(judge(siege, scene))
}

async fn judge(siege: Siege, scene: &Scene<'_>) -> Verdict {
    let house = scene.house().await;
    let (messages, films) = (house.ledger.lines("messages"), house.ledger.lines("films"));
    let effects = house.ledger.effects();
    let mut verdict = Verdict {
        engine: scene.engine,
        siege,
        lost: house.ledger.lines("broken"),
        duplicated: Vec::new(),
        orphaned: Vec::new(),
        messages: messages.len() + films.len(),
        repeats: (messages.len() + films.len()).saturating_sub(effects.len()),
    };
    let ids = verdict.granted(&house.ledger);
    for (job, id) in &ids {
        verdict.judge_job(&house, *job, *id, &effects).await;
    }
    verdict.judge_listing(&house, scene.session, &ids).await;
    verdict.judge_accesses(&house.ledger, &ids);
    verdict.judge_blobs(&house, scene.home).await;
    verdict
}

impl Verdict {
    /// Every job was granted in the end, under the same id each time.
    fn granted(&mut self, ledger: &Ledger) -> BTreeMap<usize, JobId> {
        let mut ids = BTreeMap::new();
        for line in ledger.lines("granted") {
            let (job, id) = line.split_once(' ').unwrap();
            let (job, id) = (job.parse().unwrap(), id.parse().unwrap());
            if *ids.entry(job).or_insert(id) != id {
                self.duplicated.push(format!("job {job} has two ids"));
            }
        }
        for job in (0..self.siege.jobs).filter(|job| !ids.contains_key(job)) {
            self.lost.push(format!("job {job} was never granted"));
        }
        ids
    }

    async fn judge_job(&mut self, house: &House, job: usize, id: JobId, effects: &BTreeSet<String>) {
        let name = format!("job {job} ({id})");
        let Ok(Some(record)) = house.sessions.job(id).await else {
            self.lost.push(format!("{name} is gone"));
            return;
        };
        let record = record.value;
        if !Kind::of(job).may_end(record.status()) {
            self.lost.push(format!("{name} ended as {}", record.status()));
        }
        if !record.outbox().is_empty() {
            self.lost.push(format!("{name} has news that nobody was told"));
        }
        self.judge_messages(&name, id, record.status(), effects);
        let taken = effects.contains(&format!("{id}.film"));
        let owed = record.status() == Status::Delivered && Kind::of(job) != Kind::Viewed;
        if owed && !taken {
            self.lost
                .push(format!("{name} was delivered and nobody has the film"));
        }
    }

    /// Numbers without a gap, one status each, one of them terminal and the last.
    fn judge_messages(&mut self, name: &str, id: JobId, status: Status, effects: &BTreeSet<String>) {
        let prefix = format!("{id}.");
        let told: Vec<(u64, &str)> = effects
            .iter()
            .filter_map(|effect| effect.strip_prefix(&prefix)?.split_once('.'))
            .map(|(number, status)| (number.parse().unwrap(), status))
            .collect();
        for (place, (number, _)) in told.iter().enumerate() {
            match number.cmp(&(place as u64 + 1)) {
                std::cmp::Ordering::Greater => self.lost.push(format!("{name}: no message before {number}")),
                std::cmp::Ordering::Less => self.duplicated.push(format!("{name}: message {number} twice")),
                std::cmp::Ordering::Equal => {}
            }
        }
        if told.last().map(|(_, told)| *told) != Some(status.as_str()) {
            self.lost.push(format!("{name}: its end ({status}) was not told"));
        }
        let is_end = |told: &str| Status::ALL.iter().any(|s| s.is_terminal() && s.as_str() == told);
        let ends = told.iter().filter(|(_, told)| is_end(told)).count();
        if ends > 1 {
            self.duplicated.push(format!("{name} ended {ends} times"));
        }
    }

    /// The session has these jobs and no others, and the queue is empty.
    async fn judge_listing(&mut self, house: &House, session: SessionId, ids: &BTreeMap<usize, JobId>) {
        let listed = house
            .sessions
            .jobs(session, Page::first(10 * self.siege.jobs))
            .await;
        let listed: BTreeSet<JobId> = listed.unwrap().into_iter().map(|job| job.value.id()).collect();
        let granted: BTreeSet<JobId> = ids.values().copied().collect();
        let more = listed
            .difference(&granted)
            .map(|id| format!("{id} was made beside the granted jobs"));
        self.duplicated.extend(more);
        let less = granted
            .difference(&listed)
            .map(|id| format!("{id} is not listed"));
        self.lost.extend(less);
        let waiting = house.queue.len().await.unwrap();
        if waiting > 0 {
            self.lost.push(format!("{waiting} jobs still wait"));
        }
        let dead = house.queue.dead(10).await.unwrap();
        self.lost.extend(dead.iter().map(|letter| format!("{letter:?}")));
    }

    /// Nobody is granted a film that another has seen.
    fn judge_accesses(&mut self, ledger: &Ledger, ids: &BTreeMap<usize, JobId>) {
        let views = ledger.lines("views");
        for id in ids.values().map(ToString::to_string) {
            let count = views.iter().filter(|view| **view == id).count();
            if count > 1 {
                self.duplicated
                    .push(format!("{id} was opened by {count} viewers"));
            }
        }
        for line in ledger.lines("cancelled") {
            let (id, told) = line.split_once(' ').unwrap();
            let ended = ledger
                .effects()
                .into_iter()
                .any(|effect| effect.starts_with(id) && effect.ends_with(told));
            if !ended {
                self.lost.push(format!("{id} was said to be {told} and is not"));
            }
        }
    }

    /// Half-written files are removed by the store itself once they are a day old: make them so.
    async fn judge_blobs(&mut self, house: &House, home: &Path) {
        let left = house.blobs.list(None).await.unwrap();
        self.orphaned.extend(left.iter().map(|blob| blob.key.to_string()));
        let dir = home.join("blobs");
        let old = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
        for file in files(&dir) {
            fs::File::open(file).unwrap().set_modified(old).unwrap();
        }
        ObjectBlobStore::local(&dir).unwrap();
        let kept = files(&dir).into_iter().map(|file| file.display().to_string());
        self.orphaned.extend(kept);
    }
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}
