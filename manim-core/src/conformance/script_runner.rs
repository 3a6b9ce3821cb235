//! Laws of [`ScriptRunner`]. They run these programs:
//!
//! | name | `main(input)` |
//! |---|---|
//! | `conformance-echo` | returns `input` |
//! | `conformance-module` | returns what an earlier module of the program makes of `input` |
//! | `conformance-raise` | raises an exception |
//! | `conformance-loop` | never ends |
//! | `conformance-flood` | returns a text of 256 MiB |
//! | `conformance-count` | adds one to a number kept in the module, and returns it |

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{POLL, SOON};
use crate::script::{Program, ScriptError, ScriptErrorKind, ScriptRunner};

/// Runs every law of [`ScriptRunner`] on what the function makes: an async function without
/// arguments that returns a [`ScriptRunnerFixture`].
#[macro_export]
macro_rules! script_runner_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(script_runner, $($make)*, [
            main_is_given_the_input_and_its_answer_comes_back,
            earlier_modules_can_be_imported,
            an_exception_is_an_error_that_names_it,
            an_endless_loop_is_a_limit,
            an_oversized_answer_is_a_limit,
            calls_share_nothing,
            a_failure_does_not_harm_the_next_call,
            a_dropped_call_leaves_nothing,
        ]);
    };
}

/// A runner with a limit of a few seconds, so that laws about limits end.
pub struct ScriptRunnerFixture {
    /// The runner.
    pub runner: Arc<dyn ScriptRunner>,
    /// Programs that are running at the moment.
    pub active: Box<dyn Fn() -> usize + Send + Sync>,
    /// Whatever has to live as long as the runner.
    pub guard: Box<dyn Any + Send>,
}

impl ScriptRunnerFixture {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        timeout(3 * SOON, self.runner.run(program, input))
            .await
            .expect("a call never hangs")
    }

    async fn kind(&self, program: Program) -> ScriptErrorKind {
        self.run(program, Value::Null)
            .await
            .expect_err("the program fails")
            .kind()
    }
}

impl fmt::Debug for ScriptRunnerFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScriptRunnerFixture").field(&self.runner).finish()
    }
}

const ECHO: Program = Program {
    name: "conformance-echo",
    modules: &[("echo", "def main(input):\n    return input\n")],
};

const MODULE: Program = Program {
    name: "conformance-module",
    modules: &[
        ("wrapping", "def wrap(value):\n    return [value]\n"),
        (
            "wrapped",
            "from wrapping import wrap\n\ndef main(input):\n    return wrap(input)\n",
        ),
    ],
};

const RAISE: Program = Program {
    name: "conformance-raise",
    modules: &[("raising", "def main(input):\n    raise ValueError('odd input')\n")],
};

const LOOP: Program = Program {
    name: "conformance-loop",
    modules: &[("looping", "def main(input):\n    while True:\n        pass\n")],
};

const FLOOD: Program = Program {
    name: "conformance-flood",
    modules: &[("flooding", "def main(input):\n    return 'x' * (256 << 20)\n")],
};

const COUNT: Program = Program {
    name: "conformance-count",
    modules: &[(
        "counting",
        "count = 0\n\ndef main(input):\n    global count\n    count += 1\n    return count\n",
    )],
};

/// Promise 1.
pub async fn main_is_given_the_input_and_its_answer_comes_back(fixture: ScriptRunnerFixture) {
    for input in [
        Value::Null,
        json!(0.5),
        json!("ü\u{0}\"\n🙂"),
        json!({"a": [1, {"b": []}], "c": true}),
    ] {
        let answer = fixture
            .run(ECHO, input.clone())
            .await
            .expect("the program answers");
        assert_eq!(answer, input);
    }
}

/// Promise 1, and the rule of [`Program::modules`].
pub async fn earlier_modules_can_be_imported(fixture: ScriptRunnerFixture) {
    let answer = fixture
        .run(MODULE, json!("x"))
        .await
        .expect("the program answers");
    assert_eq!(answer, json!(["x"]));
}

/// Promise 3.
pub async fn an_exception_is_an_error_that_names_it(fixture: ScriptRunnerFixture) {
    let error = fixture
        .run(RAISE, Value::Null)
        .await
        .expect_err("the program fails");
    assert_eq!(error.kind(), ScriptErrorKind::Raised);
    assert!(
        crate::chain(&error).contains("odd input"),
        "{}",
        crate::chain(&error)
    );
}

/// Promise 3.
pub async fn an_endless_loop_is_a_limit(fixture: ScriptRunnerFixture) {
    assert_eq!(fixture.kind(LOOP).await, ScriptErrorKind::Limit);
}

/// Promise 3.
pub async fn an_oversized_answer_is_a_limit(fixture: ScriptRunnerFixture) {
    assert_eq!(fixture.kind(FLOOD).await, ScriptErrorKind::Limit);
}

/// Promise 4.
pub async fn calls_share_nothing(fixture: ScriptRunnerFixture) {
    for _ in 0..3 {
        let answer = fixture
            .run(COUNT, Value::Null)
            .await
            .expect("the program answers");
        assert_eq!(answer, json!(1));
    }
}

/// Promises 3 and 4.
pub async fn a_failure_does_not_harm_the_next_call(fixture: ScriptRunnerFixture) {
    fixture.kind(RAISE).await;
    let answer = fixture.run(ECHO, json!(1)).await.expect("the program answers");
    assert_eq!(answer, json!(1));
}

/// Cancellation.
pub async fn a_dropped_call_leaves_nothing(fixture: ScriptRunnerFixture) {
    let before = (fixture.active)();
    let begun = async {
        while (fixture.active)() == before {
            sleep(POLL).await;
        }
    };
    tokio::select! {
        _ = fixture.runner.run(LOOP, Value::Null) => panic!("the endless program ended at once"),
        begun = timeout(SOON, begun) => begun.expect("the program is running"),
    }
    let ended = async {
        while (fixture.active)() > before {
            sleep(POLL).await;
        }
    };
    timeout(SOON, ended).await.expect("nothing of the call is left");
}
