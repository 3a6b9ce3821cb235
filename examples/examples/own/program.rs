//! A [`Provider`] that is a program of this machine: the question on its standard input, the
//! answer on its standard output.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Message, Provider, ProviderError,
    ProviderErrorKind, Role, Usage,
};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// A model on a slow machine writes for minutes.
const DEADLINE: Duration = Duration::from_secs(600);

/// More than any scene; a program that goes on for ever is cut off.
const MAX_REPLY_BYTES: u64 = 1024 * 1024;

/// As much of a complaint as a person reads.
const MAX_COMPLAINT_BYTES: u64 = 2048;

/// What the program may know of its surroundings: where things are, and no key.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// Asks a program, anew for each scene.
#[derive(Debug)]
pub(crate) struct LocalProgram {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
}

impl LocalProgram {
    /// `name` is what records call it (promise 1): lower-case, unique in the chain.
    pub(crate) fn new<A: Into<OsString>>(
        name: impl Into<String>,
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
        }
    }

    fn command(&self) -> Command {
        let known = PASSED_ON
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(known)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn start(&self) -> Result<Running, ProviderError> {
        let child = self.command().spawn();
        let child = child.map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => self
                .error(ProviderErrorKind::NotFound, "is not installed, or not in PATH")
                .with_source(cause),
            _ => self.broken(cause),
        })?;
        Ok(Running(child))
    }

    fn error(&self, kind: ProviderErrorKind, what: &str) -> ProviderError {
        ProviderError::new(kind, "ask", format!("{} {what}", self.program.display()))
    }

    fn broken(&self, cause: io::Error) -> ProviderError {
        self.error(ProviderErrorKind::Unavailable, "cannot be run")
            .with_source(cause)
    }

    async fn converse(&self, question: &str, deltas: &dyn DeltaSink) -> Result<String, ProviderError> {
        let mut running = self.start()?;
        let pipes = (
            running.0.stdin.take(),
            running.0.stdout.take(),
            running.0.stderr.take(),
        );
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(self.error(ProviderErrorKind::Unavailable, "has no pipes"));
        };
        // All at once: a program that fills one pipe waits, and so would who serves another.
        let (reply, (), complaint) = tokio::join!(
            self.listen(stdout, deltas),
            tell(stdin, question),
            complaint(stderr)
        );
        let reply = reply?;
        let status = running.0.wait().await.map_err(|cause| self.broken(cause))?;
        if !status.success() {
            let what = format!("ended with {status}: {}", complaint.trim());
            return Err(self.error(ProviderErrorKind::Unavailable, &what));
        }
        if reply.is_empty() {
            return Err(self.error(ProviderErrorKind::Refused, "said nothing"));
        }
        Ok(reply)
    }

    async fn listen(&self, stdout: ChildStdout, deltas: &dyn DeltaSink) -> Result<String, ProviderError> {
        let mut lines = BufReader::new(stdout.take(MAX_REPLY_BYTES));
        let mut reply = String::new();
        loop {
            let known = reply.len();
            match lines.read_line(&mut reply).await {
                Ok(0) => break,
                Ok(_) => deltas.delta(&reply[known..]),
                Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                    return Err(self.error(ProviderErrorKind::BadReply, "did not answer in UTF-8"));
                }
                Err(cause) => return Err(self.broken(cause)),
            }
        }
        if reply.len() as u64 == MAX_REPLY_BYTES {
            return Err(self.error(ProviderErrorKind::BadReply, "did not stop answering"));
        }
        Ok(reply)
    }
}

/// A program that has heard enough may stop listening.
async fn tell(mut stdin: ChildStdin, question: &str) {
    let _ = stdin.write_all(question.as_bytes()).await;
}

/// The rest is read too, so that a talkative program does not wait for a reader.
async fn complaint(mut stderr: ChildStderr) -> String {
    let mut first = Vec::new();
    let _ = (&mut stderr)
        .take(MAX_COMPLAINT_BYTES)
        .read_to_end(&mut first)
        .await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&first).into_owned()
}

/// The program and all that it has started; none of them outlives the call.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // There is no id once it was waited for, so this meets no stranger.
        let leader = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(leader) = leader {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[async_trait]
impl Provider for LocalProgram {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        ""
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        let question = transcript(&request.messages());
        let answered = tokio::time::timeout(DEADLINE, self.converse(&question, deltas)).await;
        let text =
            answered.map_err(|_| self.error(ProviderErrorKind::TimedOut, "did not end its answer"))??;
        Ok(Generation {
            text,
            model: self.program.to_string_lossy().into_owned(),
            finish: FinishReason::Stop,
            usage: Usage::default(),
        })
    }
}

/// One text of a conversation, for a program that takes no turns.
fn transcript(messages: &[Message]) -> String {
    let turns = messages.iter().map(|message| match message.role {
        Role::Assistant => format!("Your last answer was:\n{}\n\n", message.content),
        _ => format!("{}\n\n", message.content),
    });
    turns.collect()
}

#[cfg(test)]
mod tests {
    use manim_core::{ProblemText, RenderSettings};

    use super::*;

    async fn ask(script: &str) -> Result<Generation, ProviderError> {
        let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
        let request = GenerationRequest::new(problem, RenderSettings::default());
        let program = LocalProgram::new("local-program", "sh", ["-c", script]);
        program.generate(&request, &()).await
    }

    #[tokio::test]
    async fn the_program_is_asked_the_problem() {
        let reply = ask("cat").await.unwrap();
        assert!(reply.text.contains("x^2 - 5x + 6"), "{}", reply.text);
    }

    #[tokio::test]
    async fn a_program_that_does_not_listen_may_answer() {
        assert_eq!(ask("exec 0<&-; echo done").await.unwrap().text, "done\n");
    }

    #[tokio::test]
    async fn it_knows_nothing_of_the_environment_but_where_things_are() {
        let reply = ask("env | cut -d= -f1 | sort").await.unwrap();
        // The shell's own.
        let own = ["PWD", "OLDPWD", "SHLVL", "_"];
        let unexpected = |name: &&str| !PASSED_ON.contains(name) && !own.contains(name);
        assert_eq!(reply.text.lines().find(unexpected), None);
    }

    #[tokio::test]
    async fn each_way_to_fail_is_told_apart() {
        for (script, kind, part) in [
            (
                "echo no such model >&2; exit 3",
                ProviderErrorKind::Unavailable,
                "no such model",
            ),
            ("true", ProviderErrorKind::Refused, "said nothing"),
            (r"printf '\377'", ProviderErrorKind::BadReply, "UTF-8"),
            ("yes", ProviderErrorKind::BadReply, "did not stop"),
        ] {
            let error = ask(script).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{script}: {error}");
            assert!(error.to_string().contains(part), "{script}: {error}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let problem = ProblemText::parse("Solve x = 1").unwrap();
        let request = GenerationRequest::new(problem, RenderSettings::default());
        let missing = LocalProgram::new("local-program", "no-such-program", [""; 0]);
        let error = missing.generate(&request, &()).await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::NotFound);
        assert!(
            error.to_string().contains("no-such-program is not installed"),
            "{error}"
        );
    }
}
