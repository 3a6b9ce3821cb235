//! Turns a problem in words into a film.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use futures::StreamExt;
use manim_core::layer::CachedRenderer;
use manim_core::{
    ChainOptions, Change, Film, Format, Isolation, Job, JobId, Pipeline, PipelineOptions, ProblemText,
    Provider, Quality, RenderSettings, SessionId, Status, Submission, Verdict,
};
use manim_examples::{Destination, Exit, ProgressLine, film_cache, isolation, providers, renderer, run};
use manim_providers::{Limits, OpenAiCompatible, PriceTable};
use manim_renderer::{LocalRenderer, Options};

/// Turns a maths problem in words into an explained, animated film.
///
/// Without a key the offline solver answers: equations, systems, derivatives, integrals,
/// limits, sums, plots and matrices. Exit code 0: the film is there; 1: there is none, and
/// the reason was printed.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The problem, 10 to 5000 characters.
    problem: String,
    /// The video file.
    #[arg(long, default_value = "film.mp4", value_name = "video.mp4")]
    out: PathBuf,
    /// low: 854×480 at 15 frames a second, medium: 1280×720 at 30, high: 1920×1080 at 60.
    #[arg(long, default_value_t, value_name = "low|medium|high")]
    quality: Quality,
    /// Also write a contact sheet with one frame per animation.
    #[arg(long, value_name = "out.png")]
    storyboard: Option<PathBuf>,
    /// Also write the scene's source.
    #[arg(long, value_name = "scene.py")]
    code: Option<PathBuf>,
    /// Who may answer, in this order; may be given several times: offline, openai, gemini,
    /// groq, deepseek, huggingface, cloudflare, cloudflare-native, openai-compatible. Their
    /// keys come from the environment.
    #[arg(long = "provider", value_name = "NAME")]
    providers: Vec<String>,
    /// Address of an OpenAI-compatible service, for example http://127.0.0.1:11434/v1.
    #[arg(long, value_name = "URL", env = "MANIM_LLM_BASE_URL")]
    base_url: Option<String>,
    /// Model of that service.
    #[arg(long, value_name = "NAME", env = "MANIM_LLM_MODEL", default_value = "default")]
    model: String,
    /// The longest answer of that service, in tokens; its own limit unless set.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Hold that service's model to a JSON schema around the code: helps small models.
    #[arg(long)]
    json_schema: bool,
    /// How long one answer of a provider may take.
    #[arg(long, default_value_t = 180, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=3600))]
    provider_timeout: u16,
    /// Answer a problem that became a film before, in the same settings and by the same
    /// providers, from this user's cache, and keep the answer there.
    #[arg(long)]
    reuse: bool,
    /// The weakest isolation to run scenes at: L3, L2, or L1, which is no boundary at all.
    #[arg(long, default_value = "L2", value_name = "LEVEL", value_parser = isolation)]
    accept_isolation: Isolation,
    /// Print the job's record as one JSON object on stdout.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(solve(args))
}

async fn solve(args: Args) -> anyhow::Result<Exit> {
    let problem = ProblemText::parse(&args.problem)?;
    let files = Files::claim(&args)?;
    let line = ProgressLine::new("starting");
    let pipeline = pipeline(&args).await?;

    let session = SessionId::new();
    let submission = Submission::new(session, problem).with_settings(settings(&args));
    let id = pipeline.submit(submission).await?;
    let job = work(&pipeline, id, &line).await?;
    let film = match job.status() {
        Status::Ready => Some(pipeline.open_film(session, id).await?),
        _ => None,
    };
    if let Some(film) = &film {
        files.write(&job, film).await?;
        pipeline.discard(id).await?;
    }
    line.finish();
    tell_claims(&pipeline.job(id).await?);
    tell(&args, &pipeline.job(id).await?, film.as_ref())
}

async fn pipeline(args: &Args) -> anyhow::Result<Pipeline> {
    let renderer = renderer(engine(args)).await?;
    let providers = who_answers(args, renderer.clone())?;
    let builder = match film_cache().filter(|_| args.reuse) {
        Some(kept) => {
            let films = CachedRenderer::new(renderer.clone(), kept.clone());
            Pipeline::builder(providers, Arc::new(films)).reuse_answers(kept)
        }
        None => Pipeline::builder(providers, renderer.clone()),
    };
    Ok(builder
        .claims(renderer)
        .options(options(args))
        .prices(Arc::new(PriceTable::published()))
        .build())
}

/// The providers named or configured; a service given by its address comes where
/// `openai-compatible` is named, else last.
fn who_answers(args: &Args, scripts: Arc<LocalRenderer>) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
    let Some(url) = &args.base_url else {
        return providers(&args.providers, scripts);
    };
    let given: Arc<dyn Provider> = Arc::new(given_service(args, url)?);
    let mut all = Vec::new();
    for name in &args.providers {
        if name == given.name() {
            all.push(Arc::clone(&given));
        } else {
            all.extend(providers(std::slice::from_ref(name), scripts.clone())?);
        }
    }
    if args.providers.is_empty() {
        all = providers(&[], scripts)?;
    }
    if !all.iter().any(|provider| provider.name() == given.name()) {
        all.push(given);
    }
    Ok(all)
}

/// The service at `--base-url`.
fn given_service(args: &Args, url: &str) -> anyhow::Result<OpenAiCompatible> {
    let patience = patience(args);
    let limits = Limits::default()
        .with_idle_timeout(patience)
        .with_total_timeout(patience);
    let mut builder = OpenAiCompatible::builder(url, &args.model).limits(limits);
    if let Ok(key) = std::env::var("MANIM_LLM_API_KEY") {
        builder = builder.key(key);
    }
    if let Some(tokens) = args.max_tokens {
        builder = builder.max_output_tokens(tokens);
    }
    if args.json_schema {
        builder = builder.with_json_schema();
    }
    builder.build().context("cannot use --base-url")
}

fn patience(args: &Args) -> Duration {
    Duration::from_secs(args.provider_timeout.into())
}

fn engine(args: &Args) -> Options {
    Options::default()
        .with_concurrency(1)
        .accept_isolation(args.accept_isolation)
}

fn options(args: &Args) -> PipelineOptions {
    let chain = ChainOptions {
        timeout: patience(args),
        ..ChainOptions::default()
    };
    PipelineOptions {
        chain,
        ..PipelineOptions::default()
    }
}

fn settings(args: &Args) -> RenderSettings {
    let webm = args.out.extension().is_some_and(|ending| ending == "webm");
    let format = if webm { Format::WebM } else { Format::Mp4 };
    RenderSettings::default()
        .with_quality(args.quality)
        .with_format(format)
}

/// Works until the job rests. Ctrl-C cancels it, and the work ends with it.
async fn work(pipeline: &Pipeline, id: JobId, line: &ProgressLine) -> anyhow::Result<Job> {
    let interrupted = async {
        tokio::signal::ctrl_c().await?;
        anyhow::Ok(pipeline.cancel(id).await?)
    };
    let followed = async {
        let (job, ()) = tokio::join!(pipeline.run_until_settled(id), follow(pipeline, id, line));
        anyhow::Ok(job?)
    };
    tokio::pin!(followed);
    tokio::select! {
        job = &mut followed => return job,
        cancelled = interrupted => cancelled?,
    };
    followed.await
}

async fn follow(pipeline: &Pipeline, id: JobId, line: &ProgressLine) {
    let Ok(events) = pipeline.events(id).await else {
        return;
    };
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event.change {
            Change::Entered { status } if status.is_settled() => return,
            Change::Entered { status } => line.stage(stage(status)),
            Change::Writing { characters } => {
                line.stage(&format!("writing the scene, {characters} characters"))
            }
            Change::Rendering(progress) => line.frames(progress),
            _ => {}
        }
    }
}

const fn stage(status: Status) -> &'static str {
    match status {
        Status::Queued => "waiting",
        Status::AiGenerating => "solving",
        Status::CodeValidating => "checking the scene",
        Status::Rendering => "rendering",
        Status::Uploading => "storing the film",
        _ => "finishing",
    }
}

/// The files asked for, claimed before the work begins.
struct Files {
    video: Destination,
    storyboard: Option<Destination>,
    code: Option<Destination>,
}

impl Files {
    fn claim(args: &Args) -> anyhow::Result<Self> {
        Ok(Self {
            video: Destination::claim(&args.out)?,
            storyboard: args.storyboard.as_ref().map(Destination::claim).transpose()?,
            code: args.code.as_ref().map(Destination::claim).transpose()?,
        })
    }

    async fn write(self, job: &Job, film: &Film) -> anyhow::Result<()> {
        self.video.write(&film.video).await?;
        if let Some(storyboard) = self.storyboard {
            storyboard.write(&film.storyboard.clone().into()).await?;
        }
        if let (Some(code), Some(source)) = (self.code, job.code()) {
            code.write(&source.as_str().as_bytes().to_vec().into()).await?;
        }
        Ok(())
    }
}

/// What of the answer was checked, for the person who has to trust it.
#[expect(clippy::print_stderr, reason = "the program's summary")]
fn tell_claims(job: &Job) {
    let count = |verdict| {
        job.claims()
            .iter()
            .filter(|checked| checked.verdict == verdict)
            .count()
    };
    let counts = [
        (count(Verdict::Verified), "verified"),
        (count(Verdict::Refuted), "refuted"),
        (count(Verdict::Unverified), "unverified"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {} {what}", if count == 1 { "claim" } else { "claims" }))
        .collect();
    if !told.is_empty() {
        eprintln!("checked: {}", told.join(", "));
    }
}

#[expect(clippy::print_stdout, reason = "the answer is what the program is for")]
fn tell(args: &Args, job: &Job, film: Option<&Film>) -> anyhow::Result<Exit> {
    if args.json {
        println!(
            "{}",
            serde_json::to_string(job).context("cannot print the record")?
        );
        return Ok(if film.is_some() {
            Exit::Done
        } else {
            Exit::Rejected
        });
    }
    match (film, job.failure()) {
        (Some(film), _) => {
            let info = &film.info;
            let (seconds, size) = (info.duration_s(), info.bytes.div_ceil(1000));
            println!(
                "{}: {seconds:.1} s, {}×{}, {size} kB",
                args.out.display(),
                info.width,
                info.height
            );
            Ok(Exit::Done)
        }
        (None, Some(failure)) => bail!("{}", failure.message),
        (None, None) => bail!("the job was {}", job.status()),
    }
}
