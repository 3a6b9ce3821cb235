//! Locks a real interpreter in, without Manim, and lets it try what it must not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use manim_core::Isolation;
use serde_json::{Value, json};

use super::*;

const SCRIPT: &str = r#"
import ctypes, json, os, socket, sys, time
order = json.load(sys.stdin)
jail = {}
exec(order["module"], jail)
lockdown = jail["enter"](order["enter"])
out, into = os.pipe()
began = time.monotonic()
plan = bytes.fromhex(order["job"])
child = lockdown.fork(plan)
if child < 0:
    os._exit(-child)
if child == 0:
    os.setsid()
    os.dup2(into, 1)
    os.closerange(3, 1000)
    lockdown.run(plan)
    found = {"pid": os.getpid(), "uid": os.getuid(), "cwd": os.getcwd(), "ms": (time.monotonic() - began) * 1000}
    def attempt(name, action):
        try:
            found[name] = repr(action())[:200]
        except BaseException as error:
            found[name] = type(error).__name__
    def thread():
        import threading
        done = []
        one = threading.Thread(target=lambda: done.append(1)); one.start(); one.join()
        return done
    attempt("secret", lambda: open(order["canary"]).read())
    attempt("passwd", lambda: open("/etc/passwd").read())
    attempt("socket", lambda: socket.socket())
    def fork():
        # A child that goes on would tell its own story into the same pipe.
        return os.fork() or os._exit(0)
    attempt("fork", fork)
    attempt("exec", lambda: os.execv("/usr/bin/true", ["true"]))
    attempt("kill", lambda: os.kill(-1, 9))
    attempt("memfd", lambda: os.memfd_create("x"))
    attempt("scratch", lambda: open("file", "w").write("x"))
    attempt("setuid", lambda: os.chmod("file", 0o4755))
    attempt("mode", lambda: os.stat("file").st_mode & 0o6000)
    attempt("library", lambda: open(os.__file__, "a"))
    attempt("null", lambda: open("/dev/null", "w").write("x"))
    attempt("thread", thread)
    attempt("processes", lambda: [name for name in os.listdir("/proc") if name.isdigit()])
    attempt("status", lambda: [line for line in open("/proc/self/status") if line.startswith("Cap")])
    attempt("root", lambda: os.listdir("/"))
    attempt("import", lambda: __import__("decimal").__name__)
    os.write(1, json.dumps(found).encode())
    os._exit(0)
os.close(into)
said = b""
while piece := os.read(out, 65536):
    said += piece
_, status = os.waitpid(child, 0)
report = order["report"]
os.write(1, json.dumps({"said": said.decode(), "code": os.waitstatus_to_exitcode(status)}).encode())
"#;

const MODULE: &str = include_str!("../../python/manim_worker/jail.py");

struct Trial {
    scratch: tempfile::TempDir,
    jail: Jail,
}

impl Trial {
    fn new(level: Isolation, layers: &[Layer]) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::create_dir(scratch.path().join("job")).unwrap();
        let canary = scratch.path().join("canary");
        std::fs::write(&canary, "secret").unwrap();
        let jail = Jail::new(
            level,
            Purpose::Scenes,
            &Terms {
                layers_off: layers.to_vec(),
                ..Terms::default()
            },
            true,
            &canary,
            2,
        );
        let trial = Self { scratch, jail };
        let user = trial.jail.user().unwrap();
        if let Some(owner) = trial.jail.owner(user.number()) {
            use std::os::unix::fs::{PermissionsExt, chown};
            chown(trial.scratch.path().join("job"), Some(owner), Some(owner)).unwrap();
            std::fs::set_permissions(trial.scratch.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        }
        drop(user);
        trial
    }

    /// What the job found; the exit code and what was said if there was none.
    fn run(&self, fail_at: Option<u32>) -> Result<Value, (Option<i32>, String)> {
        let modules = ["/usr/lib/python3", "/usr/lib/python3.11"].map(str::to_owned);
        let design = self.jail.design(&modules, Vec::new()).unwrap();
        let job = self.scratch.path().join("job");
        let job = job.to_str().unwrap();
        let terms = JobTerms::new(job, &Limits::default(), Duration::from_secs(5), 1, fail_at);
        let order = json!({
            "module": MODULE,
            "enter": design.enter(job),
            "job": design.job(&terms).hex(),
            "canary": self.scratch.path().join("canary"),
            "report": "",
        });
        let mut child = Command::new("/usr/bin/python3")
            .args(["-I", "-B", "-c", SCRIPT])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(order.to_string().as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer: Value =
            serde_json::from_slice(&output.stdout).map_err(|_| (output.status.code(), said.clone()))?;
        let code = answer["code"].as_i64().map(|code| code as i32);
        serde_json::from_str(answer["said"].as_str().unwrap()).map_err(|_| (code, said))
    }
}

fn check_common(found: &Value) {
    for (name, expected) in [
        ("socket", "PermissionError"),
        ("fork", "PermissionError"),
        ("exec", "PermissionError"),
        ("kill", "PermissionError"),
        ("memfd", "PermissionError"),
        ("scratch", "1"),
        ("mode", "0"),
        ("null", "1"),
        ("thread", "[1]"),
        ("import", "'decimal'"),
    ] {
        assert_eq!(found[name], expected, "{name}");
    }
    assert_ne!(
        found["library"].as_str().unwrap().chars().next(),
        Some('<'),
        "the library can be written"
    );
}

#[test]
fn a_job_at_l3_has_a_root_and_a_process_table_of_its_own() {
    let found = Trial::new(Isolation::L3, &[]).run(None).unwrap();
    check_common(&found);
    assert_eq!(
        (&found["pid"], &found["uid"], &found["cwd"]),
        (&json!(1), &json!(1000), &json!(crate::jail::SCRATCH))
    );
    assert_eq!(found["setuid"], "PermissionError");
    assert_eq!(found["secret"], "FileNotFoundError");
    assert_eq!(found["passwd"], "FileNotFoundError");
    assert_eq!(found["processes"], "['1']");
    assert!(
        !found["status"]
            .as_str()
            .unwrap()
            .contains("Eff:\\t00000000000000001")
    );
}

#[test]
fn a_job_at_l2_reads_nothing_that_is_not_shown() {
    let found = Trial::new(Isolation::L2, &[]).run(None).unwrap();
    check_common(&found);
    assert_eq!(found["secret"], "PermissionError");
    assert_eq!(found["passwd"], "PermissionError");
    assert_eq!(found["root"], "PermissionError");
}

#[test]
fn whichever_step_fails_the_job_ends_before_anything_of_the_users() {
    let trial = Trial::new(Isolation::L3, &[]);
    for step in 0..100 {
        match trial.run(Some(step)) {
            Err((code, said)) => {
                assert!(name_of_exit(code.unwrap()).is_some(), "{code:?} {said}");
                assert!(said.contains(&format!("lockdown: step {step} ")), "{said}");
            }
            Ok(_) => return assert!(step > 30, "only {step} steps"),
        }
    }
    panic!("no end of steps");
}

#[test]
fn without_a_layer_there_is_no_proof_and_a_job_gets_further() {
    let found = Trial::new(Isolation::L3, &[Layer::Calls]).run(None).unwrap();
    assert_ne!(found["socket"], "PermissionError");
    let found = Trial::new(Isolation::L2, &[Layer::Landlock]).run(None).unwrap();
    assert_ne!(found["passwd"], "PermissionError");
}

#[test]
fn the_library_exists_where_it_is_promised() {
    assert_eq!(
        Jail::exists(),
        cfg!(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64")
        ))
    );
    assert!(Path::new("/usr/bin/python3").exists());
}
