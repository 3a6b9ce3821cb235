//! Runs programs in a plain Python, without a jail: for these tests only.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use async_trait::async_trait;
use manim_core::{Program, ScriptError, ScriptErrorKind, ScriptRunner};
use serde_json::{Value, json};

/// Answers one task a line. SymPy is imported once for all tests.
const HOST: &str = r#"
import json, sys, types

loaded = {}
for line in sys.stdin:
    task = json.loads(line)
    key = json.dumps(task["modules"])
    if key not in loaded:
        for name, source in task["modules"]:
            module = types.ModuleType(name)
            sys.modules[name] = module
            exec(compile(source, name + ".py", "exec", dont_inherit=True), module.__dict__)
        loaded[key] = module
    try:
        answer = {"value": loaded[key].main(task["input"])}
        text = json.dumps(answer, allow_nan=False)
    except Exception as error:
        text = json.dumps({"raised": f"{type(error).__name__}: {error}"})
    print(text, flush=True)
"#;

#[derive(Debug)]
struct Process {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start() -> Self {
        let checkout = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.venv");
        let environment = std::env::var_os("MANIM_ENV").map_or_else(checkout, PathBuf::from);
        let python = environment.join("bin/python");
        let mut child = Command::new(&python)
            .args(["-c", HOST])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run `make setup`", python.display()));
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            _child: child,
        }
    }

    fn call(&mut self, program: Program, input: &Value) -> Value {
        let task = json!({"modules": program.modules, "input": input});
        writeln!(self.input, "{task}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// A runner that remembers the last answer it gave.
#[derive(Debug)]
pub(super) struct Python {
    last: Mutex<Value>,
}

impl Python {
    pub(super) fn start() -> Self {
        Self {
            last: Mutex::new(Value::Null),
        }
    }

    pub(super) fn last_answer(&self) -> Value {
        self.last.lock().unwrap().clone()
    }

    /// Runs a program now; what it raises is the error.
    pub(super) fn run_now(program: Program, input: &Value) -> Result<Value, String> {
        static PROCESS: OnceLock<Mutex<Process>> = OnceLock::new();
        let process = PROCESS.get_or_init(|| Mutex::new(Process::start()));
        let answer = process.lock().unwrap().call(program, input);
        match answer.get("raised") {
            Some(raised) => Err(raised.to_string()),
            None => Ok(answer["value"].clone()),
        }
    }
}

#[async_trait]
impl ScriptRunner for Python {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        let answer = Self::run_now(program, &input).map_err(|raised| {
            ScriptError::new(ScriptErrorKind::Raised, "run", program.name).with_source(raised)
        })?;
        *self.last.lock().unwrap() = answer.clone();
        Ok(answer)
    }
}
