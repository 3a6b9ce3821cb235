//! Where one attack happens: a renderer, somebody else's job beside it, and a benign scene
//! after it, which is the one before the next.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, join_all, select};
use manim_core::{
    Inspection, Isolation, Quality, RenderError, RenderOutcome, RenderSettings, Renderer, Scene, SceneCode,
};
use manim_renderer::{Environment, Layer, Limits, LocalRenderer, Options};
use serde_json::{Value, json};

use crate::attack::{Attack, LENGTHY};
use crate::films::{Frames, Sum};
use crate::look;
use crate::victims::{Victims, soon};

/// Short, so that attacks that never end end soon; a benign scene takes a tenth of it.
pub(crate) const WALL: Duration = Duration::from_secs(10);
const FORMULA_WALL: Duration = Duration::from_secs(3);
/// Attacks that last run beside each other.
const AT_ONCE: usize = 16;
/// What is seen of a job that ran on and was looked at.
pub(crate) const HELD: &str = "held";
/// After every limit that there is.
const HUNG: Duration = Duration::from_secs(300);

/// A renderer under attack.
pub(crate) struct Arena<'a> {
    pub(crate) level: Isolation,
    pub(crate) renderer: LocalRenderer,
    victims: &'a Victims,
    place: &'a Path,
    frames: Arc<Frames>,
}

/// How benign scenes look when nobody attacks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Peace {
    pub(crate) frames: [Sum; 2],
    films: [Vec<u8>; 2],
}

/// What became of an attack, and the harm that it did.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) seen: String,
    pub(crate) said: String,
    pub(crate) harm: Vec<String>,
}

impl Verdict {
    pub(crate) fn told(&self, attack: &Attack, kind: &str) -> Value {
        json!({"attack": attack.name, "run": kind, "seen": self.seen, "said": self.said, "harm": self.harm})
    }
}

pub(crate) fn low() -> RenderSettings {
    RenderSettings::default().with_quality(Quality::Low)
}

impl<'a> Arena<'a> {
    pub(crate) async fn open(
        environment: &Environment,
        place: &'a Path,
        victims: &'a Victims,
        level: Isolation,
        off: &[Layer],
    ) -> Self {
        Self::open_for(environment, place, victims, level, off, WALL).await
    }

    /// The same with another wall time, for machines that do other work.
    pub(crate) async fn open_for(
        environment: &Environment,
        place: &'a Path,
        victims: &'a Victims,
        level: Isolation,
        off: &[Layer],
        wall: Duration,
    ) -> Self {
        Self::try_open_for(environment, place, victims, level, off, wall)
            .await
            .unwrap()
    }

    /// The same, where the machine may not be able to.
    pub(crate) async fn try_open_for(
        environment: &Environment,
        place: &'a Path,
        victims: &'a Victims,
        level: Isolation,
        off: &[Layer],
        wall: Duration,
    ) -> Result<Self, RenderError> {
        let frames = Frames::watching_for(victims.colour);
        let seeing = Arc::clone(&frames);
        let limits = Limits::default()
            .with_render_wall(wall)
            .with_formula_wall(FORMULA_WALL)
            .with_formulas(3)
            .with_memory_bytes(600 << 20)
            .with_scratch_bytes(8 << 20)
            .with_drawn_pixels(854 * 480 * 2000);
        let options = Options::default()
            .with_scratch(place)
            .with_limits(limits)
            .with_concurrency(AT_ONCE)
            .accept_isolation(level)
            .with_isolation_at_most(level)
            .with_first_user(0x7200_0000 + std::process::id() % 0x10_0000)
            .without_layers(off)
            .with_frame_tap(move |rgba, repeat| seeing.see(rgba, repeat));
        let environment = environment.clone().with_tex_cache(&victims.tex_cache);
        let renderer = LocalRenderer::start(environment, options).await?;
        Ok(Self {
            level,
            renderer,
            victims,
            place,
            frames,
        })
    }

    pub(crate) fn films_begun(&self) -> usize {
        self.frames.begun()
    }

    /// How it is without attackers.
    pub(crate) async fn peace(&self) -> Peace {
        let benign = self.film(&benign()).await.unwrap();
        let [benign_frames] = self.frames.take().try_into().unwrap();
        let neighbour = self.film(&self.neighbour()).await.unwrap();
        let [neighbour_frames] = self.frames.take().try_into().unwrap();
        Peace {
            frames: [benign_frames, neighbour_frames],
            films: [benign, neighbour],
        }
    }

    /// One attack, with a neighbour during it and a benign scene after it.
    pub(crate) async fn face(&self, attack: &Attack, peace: &Peace) -> Verdict {
        let mut verdicts = self.face_together(std::slice::from_ref(attack), peace).await;
        verdicts.remove(0)
    }

    /// The same for several at once; what harm is done is everybody's.
    pub(crate) async fn face_together(&self, attacks: &[Attack], peace: &Peace) -> Vec<Verdict> {
        self.frames.take();
        let scene = self.neighbour();
        let attacking = async {
            soon(|| self.frames.begun() > 0).await;
            join_all(attacks.iter().map(|attack| self.provoke(attack))).await
        };
        let (neighbour, mut verdicts) = tokio::join!(self.film(&scene), attacking);
        let after = self.film(&benign()).await;
        let mut harm = self.changes([after, neighbour], peace);
        harm.extend(self.victims.harm(&self.renderer).await);
        if self.frames.forbidden_was_seen() {
            harm.push("a secret picture was drawn".into());
        }
        for verdict in &mut verdicts {
            verdict.harm.extend(harm.iter().cloned());
        }
        verdicts
    }

    fn changes(&self, films: [Result<Vec<u8>, String>; 2], peace: &Peace) -> Vec<String> {
        let seen = self.frames.take();
        let mut harm = Vec::new();
        for (index, name) in ["the next job", "the job beside it"].iter().enumerate() {
            match &films[index] {
                Err(why) => harm.push(format!("{name} failed: {why}")),
                Ok(film) if *film != peace.films[index] => harm.push(format!("the film of {name} differs")),
                Ok(_) => {}
            }
            if !seen.contains(&peace.frames[index]) {
                harm.push(format!("the frames of {name} differ"));
            }
        }
        harm
    }

    /// Renders it until it ends or wants to be looked at.
    pub(crate) async fn provoke(&self, attack: &Attack) -> Verdict {
        let scene = attack.scene(self.victims, self.level);
        let rendering = std::pin::pin!(self.run(&scene, attack.category == LENGTHY));
        let looking = std::pin::pin!(self.look_if(attack.is_expected(self.level, HELD)));
        match tokio::time::timeout(HUNG, select(rendering, looking)).await {
            Ok(Either::Left((outcome, _))) => self.judge(outcome),
            Ok(Either::Right((harm, _))) => Verdict {
                seen: HELD.into(),
                said: String::new(),
                harm,
            },
            Err(_) => Verdict {
                seen: "hung".into(),
                said: String::new(),
                harm: vec!["it hung".into()],
            },
        }
    }

    /// Renders it, after a dry run if that is to be met first.
    async fn run(&self, scene: &Scene, dry_run_first: bool) -> Result<RenderOutcome, RenderError> {
        if dry_run_first && let Inspection::Rejected(why) = self.renderer.inspect(scene, low()).await? {
            return Ok(RenderOutcome::Rejected(why));
        }
        self.renderer.render(scene, low(), &()).await
    }

    /// Another that runs beside this one may be who wants to be looked at.
    async fn look_if(&self, wanted: bool) -> Vec<String> {
        if wanted {
            self.look().await
        } else {
            std::future::pending().await
        }
    }

    /// Waits for who wants to be looked at.
    async fn look(&self) -> Vec<String> {
        let name = self.victims.wants_a_look();
        loop {
            if let [pid] = look::named(&name)[..] {
                return look::faults(pid, self.level, self.place);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn judge(&self, outcome: Result<RenderOutcome, RenderError>) -> Verdict {
        let (seen, said) = match outcome {
            Ok(RenderOutcome::Rendered(_)) => ("rendered".into(), String::new()),
            Ok(RenderOutcome::Rejected(why)) => {
                let first = why.errors().next().map(|first| first.code.clone());
                let all: Vec<String> = why
                    .iter()
                    .map(|one| format!("{one} {}", one.excerpt.as_deref().unwrap_or_default()))
                    .collect();
                let plain: String = why.iter().map(|one| one.message.clone()).collect();
                (first.unwrap_or_default(), format!("{plain}\n{}", all.join("\n")))
            }
            Err(error) => (format!("{:?}", error.kind()).to_lowercase(), chain(&error)),
        };
        Verdict {
            harm: self.victims.faults_in(&said),
            seen,
            said: said.chars().take(300).collect(),
        }
    }

    pub(crate) async fn film(&self, scene: &Scene) -> Result<Vec<u8>, String> {
        match self.renderer.render(scene, low(), &()).await {
            Ok(RenderOutcome::Rendered(film)) => Ok(film.video.bytes().await.unwrap().to_vec()),
            Ok(RenderOutcome::Rejected(why)) => Err(why.to_string()),
            Err(error) => Err(chain(&error)),
        }
    }

    /// Somebody else's job: it has a secret in its memory and in its scratch.
    fn neighbour(&self) -> Scene {
        let text = include_str!("scenes/neighbour.py").replace("SECRET", &self.victims.neighbour);
        Scene::new(SceneCode::new(text).unwrap())
    }
}

fn benign() -> Scene {
    Scene::new(SceneCode::new(include_str!("scenes/benign.py")).unwrap())
}

/// An error with all of its sources, as a log shows it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
