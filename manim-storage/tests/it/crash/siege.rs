//! Starts victims, kills them at random instants, lets the last one finish.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use manim_core::{JobQueue, SessionId, SessionStore};
use manim_storage::RedbStore;

use super::ledger::Ledger;
use super::verdict::{self, Verdict};
use super::victim::{self, House};

/// Where jobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Redb,
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Engine {
    #[cfg(feature = "postgres")]
    pub(super) const ALL: [Self; 2] = [Self::Redb, Self::Postgres];
    #[cfg(not(feature = "postgres"))]
    pub(super) const ALL: [Self; 1] = [Self::Redb];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Redb => "redb",
            #[cfg(feature = "postgres")]
            Self::Postgres => "PostgreSQL",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|engine| engine.name() == name);
        found.unwrap()
    }

    /// Processes that work at the same time: a file has one.
    const fn victims(self) -> usize {
        match self {
            Self::Redb => 1,
            #[cfg(feature = "postgres")]
            Self::Postgres => 2,
        }
    }

    /// The place of a fresh store.
    fn place(self, home: &Path) -> String {
        match self {
            Self::Redb => home.join("jobs.redb").display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Postgres => crate::postgres_server::shared().fresh_schema(),
        }
    }

    pub(super) async fn open(self, place: &str) -> (Arc<dyn SessionStore>, Arc<dyn JobQueue>) {
        match self {
            Self::Redb => {
                let store = Arc::new(RedbStore::open(place).unwrap());
                (store.clone(), store)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                let opened = manim_storage::PostgresStore::builder(place)
                    .connections(8)
                    .connect();
                let store = Arc::new(opened.await.unwrap());
                (store.clone(), store)
            }
        }
    }
}

/// What happens to workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// SIGKILL.
    Killed,
    /// SIGSTOP until its leases have lapsed, SIGCONT, and some time to do harm itself.
    #[cfg(feature = "postgres")]
    Frozen,
}

/// So many jobs, and so many workers harmed on their way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Siege {
    pub(super) jobs: usize,
    pub(super) harmed: usize,
    pub(super) harm: Harm,
}

impl Siege {
    pub(super) fn run(self, engine: Engine) -> Verdict {
        let home = tempfile::tempdir().unwrap();
        let scene = Scene::new(engine, home.path());
        let mut chance = Chance::new();
        let together = match self.harm {
            Harm::Killed => engine.victims(),
            #[cfg(feature = "postgres")]
            Harm::Frozen => 1,
        };
        for round in 1..=self.harmed / together {
            // Jobs arrive all along the siege.
            let jobs = (self.jobs * round * together)
                .div_ceil(self.harmed)
                .min(self.jobs);
            let victims = (0..engine.victims()).map(|_| scene.victim(jobs, "short"));
            self.harm.strike(victims.collect(), &scene, &mut chance);
        }
        scene.victim(self.jobs, "last").expect("done");
        verdict::of(self, &scene)
    }
}

impl Harm {
    fn strike(self, victims: Vec<Victim>, scene: &Scene<'_>, chance: &mut Chance) {
        match self {
            Self::Killed => {
                for mut victim in victims {
                    if chance.below(8) > 0 {
                        victim.expect("up");
                        scene.wait_for_work();
                    }
                    // The others are killed while they open the store.
                    sleep(Duration::from_micros(chance.below(60_000)));
                }
            }
            #[cfg(feature = "postgres")]
            Self::Frozen => {
                let [mut one, other] = <[Victim; 2]>::try_from(victims).unwrap();
                one.expect("up");
                sleep(Duration::from_micros(chance.below(60_000)));
                one.signal("STOP");
                sleep(victim::options().lease * 2);
                one.signal("CONT");
                sleep(Duration::from_micros(chance.below(100_000)));
                drop((one, other));
            }
        }
    }
}

/// A fresh store, and whose jobs are in it.
pub(super) struct Scene<'a> {
    pub(super) engine: Engine,
    pub(super) home: &'a Path,
    pub(super) place: String,
    pub(super) session: SessionId,
    /// How often a job is handed out before it is given up: kills are no fault of the jobs.
    pub(super) deliveries: u32,
    /// How long every step takes.
    pub(super) pace: Duration,
}

impl<'a> Scene<'a> {
    pub(super) fn new(engine: Engine, home: &'a Path) -> Self {
        Self {
            engine,
            home,
            place: engine.place(home),
            session: SessionId::new(),
            deliveries: 10_000,
            pace: Duration::from_millis(3),
        }
    }

    /// Until somebody is told something, or has had the time to be: a kill strikes work, also
    /// on a machine that is slow.
    fn wait_for_work(&self) {
        let ledger = Ledger::at(self.home);
        let before = ledger.lines("messages").len();
        for _ in 0..100 {
            if ledger.lines("messages").len() > before {
                return;
            }
            sleep(Duration::from_millis(2));
        }
    }

    pub(super) async fn house(&self) -> House {
        House::open(self).await
    }

    pub(super) fn victim(&self, jobs: usize, life: &str) -> Victim {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["crash::victim::process", "--exact", "--ignored", "--nocapture"])
            .env("CRASH_ENGINE", self.engine.name())
            .env("CRASH_STORE", &self.place)
            .env("CRASH_HOME", self.home)
            .env("CRASH_SESSION", self.session.to_string())
            .env("CRASH_JOBS", jobs.to_string())
            .env("CRASH_LIFE", life)
            .env("CRASH_DELIVERIES", self.deliveries.to_string())
            .env("CRASH_PACE", self.pace.as_millis().to_string())
            .stdout(Stdio::piped());
        Victim::start(command)
    }
}

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub(super) struct Victim {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Victim {
    fn start(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        Self { process, said }
    }

    #[track_caller]
    pub(super) fn expect(&mut self, words: &str) {
        assert!(self.says(words), "the victim ended before it said {words:?}");
    }

    /// Waits until it says so, or has ended.
    pub(super) fn says(&mut self, words: &str) -> bool {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            if line
                .strip_prefix("victim: ")
                .is_some_and(|said| said.trim() == words)
            {
                return true;
            }
            line.clear();
        }
        false
    }

    #[cfg(feature = "postgres")]
    pub(super) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(self.process.id().to_string());
        assert!(kill.status().unwrap().success());
    }
}

impl Drop for Victim {
    /// SIGKILL.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Instants nobody has chosen (xorshift64*, seeded by the clock).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self(now.as_nanos() as u64 | 1)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % end
    }
}
