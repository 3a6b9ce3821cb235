//! The service on a loopback port, and the hands of a test in it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::call::{Call, LARGEST_CALL};
use crate::chat::{Chat, Message};
use crate::desk::{Answer, Desk};
use crate::fault::{Fault, refusal};
use crate::hook;
use crate::schema::Schema;

/// A bot that is slower than this with anything is broken.
const PATIENCE: Duration = Duration::from_secs(180);
/// The service ends a long poll after 50 s at most.
const LONGEST_POLL: u64 = 50;

/// The service. Ends when dropped.
#[derive(Debug)]
pub struct FakeTelegram {
    shared: Arc<Shared>,
    url: String,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    token: String,
    desk: Mutex<Desk>,
    waits: Mutex<Vec<Duration>>,
    pub(crate) changed: Notify,
}

impl Shared {
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Desk) -> T) -> T {
        let changed = change(&mut self.desk());
        self.changed.notify_waiters();
        changed
    }

    pub(crate) fn acknowledged(&self, update: &Value, after: Duration) {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.push(after);
        self.change(|desk| {
            desk.updates
                .retain(|kept| kept["update_id"] != update["update_id"])
        });
    }
}

impl FakeTelegram {
    /// Starts the service for the bot with this token, on a free port of the loopback.
    pub async fn start(token: &str) -> io::Result<Self> {
        Self::start_on("127.0.0.1:0", token).await
    }

    /// Starts the service on `address`.
    pub async fn start_on(address: &str, token: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            token: token.to_owned(),
            desk: Mutex::default(),
            waits: Mutex::default(),
            changed: Notify::new(),
        });
        let app = axum::Router::new()
            .route("/{bot}/{method}", any(answer))
            .layer(DefaultBodyLimit::max(LARGEST_CALL))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        let bringing = tokio::spawn(hook::deliver(Arc::clone(&shared)));
        Ok(Self {
            shared,
            url,
            tasks: vec![serving, bringing],
        })
    }

    /// What a bot is given in place of `https://api.telegram.org`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A person writes; returns the number of the message.
    pub async fn says(&self, chat: Chat, text: &str) -> i64 {
        self.shared.change(|desk| desk.hear(chat, text))
    }

    /// A person presses the button with `data` under a message of the bot.
    pub async fn presses(&self, chat: Chat, message: i64, data: &str) {
        self.shared.change(|desk| desk.press(chat, message, data));
    }

    /// Anything else happens, also what no schema knows; `update` gets its number here.
    pub async fn happens(&self, update: Value) {
        self.shared.change(|desk| desk.update(update));
    }

    /// The next call of `method` (`*`: any) is answered with `fault`; further ones queue up.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        self.shared.change(|desk| desk.plan(method, fault));
    }

    /// Calls that broke the schema, in words.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.desk().complaints.clone()
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.desk().calls.clone()
    }

    /// How long the bot's webhook took for each update, in order.
    pub fn acknowledgements(&self) -> Vec<Duration> {
        self.shared
            .waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Updates that the bot has not taken yet.
    pub fn pending(&self) -> usize {
        self.shared.desk().updates.len()
    }

    /// Whether a webhook is set.
    pub fn has_webhook(&self) -> bool {
        self.shared.desk().hook.is_some()
    }

    /// The bot's messages in `chat` as they are now, oldest first, without deleted ones.
    pub fn messages(&self, chat: Chat) -> Vec<Message> {
        let desk = self.shared.desk();
        let here = desk.messages.values();
        here.filter(|message| message.chat == chat.id && !message.deleted)
            .cloned()
            .collect()
    }

    /// Waits for a message of the bot in `chat`.
    ///
    /// # Panics
    /// When none comes in three minutes, telling what there was.
    pub async fn message(&self, chat: Chat, wanted: impl Fn(&Message) -> bool) -> Message {
        self.until(|| self.messages(chat).into_iter().find(|message| wanted(message)))
            .await
    }

    /// Waits for a call of the bot.
    ///
    /// # Panics
    /// As [`message`](Self::message).
    pub async fn call(&self, wanted: impl Fn(&Call) -> bool) -> Call {
        self.until(|| self.calls().into_iter().find(|call| wanted(call)))
            .await
    }

    /// Waits until the bot has taken every update.
    ///
    /// # Panics
    /// As [`message`](Self::message).
    pub async fn all_taken(&self) {
        self.until(|| (self.pending() == 0).then_some(())).await;
    }

    async fn until<T>(&self, look: impl Fn() -> Option<T>) -> T {
        let looking = async {
            loop {
                let mut changed = std::pin::pin!(self.shared.changed.notified());
                changed.as_mut().enable();
                if let Some(found) = look() {
                    return found;
                }
                changed.await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("waited in vain; {}", self.story()))
    }

    /// What happened, for a person.
    fn story(&self) -> String {
        let desk = self.shared.desk();
        let calls = desk.calls.iter().map(|call| {
            let text = call.text("text").or_else(|| call.text("caption"));
            format!("{} {}", call.method, text.unwrap_or_default())
        });
        format!(
            "calls: {:#?}\ncomplaints: {:#?}",
            calls.collect::<Vec<_>>(),
            desk.complaints
        )
    }
}

impl Drop for FakeTelegram {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path((bot, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    if bot.strip_prefix("bot") != Some(shared.token.as_str()) {
        return worded(refusal(401, json!({"description": "Unauthorized"})));
    }
    match Call::read(method, request).await {
        Ok(call) => respond(&shared, call).await,
        Err(why) => worded(complain(&shared, why)),
    }
}

async fn respond(shared: &Shared, call: Call) -> Response {
    if !Schema::published().has_method(&call.method) {
        complain(shared, format!("no method {:?}", call.method));
        return worded(refusal(404, json!({"description": "Not Found"})));
    }
    if let Err(why) = Schema::published().check_call(&call.method, &call.fields) {
        return worded(complain(shared, why));
    }
    let fault = shared.desk().next_fault(&call.method);
    match fault {
        Some(Fault::LostAnswer) => {
            let _ = shared.change(|desk| record(desk, &call));
            lost()
        }
        Some(fault) => {
            shared.change(|desk| desk.calls.push(call));
            fault.answer().map_or_else(lost, worded)
        }
        None if call.method == "getUpdates" => worded(poll(shared, &call).await),
        None => worded(shared.change(|desk| record(desk, &call))),
    }
}

fn record(desk: &mut Desk, call: &Call) -> Answer {
    desk.calls.push(call.clone());
    desk.perform(call)
}

/// Long polling, which a webhook excludes.
async fn poll(shared: &Shared, call: &Call) -> Answer {
    let number = |name, default| call.value(name).as_i64().unwrap_or(default);
    let (offset, limit) = (number("offset", 0), number("limit", 100).clamp(1, 100));
    let patience = Duration::from_secs(number("timeout", 0).clamp(0, LONGEST_POLL as i64) as u64);
    if shared.desk().hook.is_some() {
        let why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
        return refusal(409, json!({ "description": why }));
    }
    let polling = async {
        loop {
            let mut changed = std::pin::pin!(shared.changed.notified());
            changed.as_mut().enable();
            let found = shared.take_updates(offset, limit as usize);
            if !found.is_empty() {
                return found;
            }
            changed.await;
        }
    };
    let found = tokio::time::timeout(patience, polling).await.unwrap_or_default();
    (StatusCode::OK, json!({"ok": true, "result": found}))
}

impl Shared {
    /// Tells those who wait only if something was taken, or polls would wake each other.
    fn take_updates(&self, offset: i64, limit: usize) -> Vec<Value> {
        let mut desk = self.desk();
        let before = desk.updates.len();
        let found = desk.updates_from(offset, limit);
        if desk.updates.len() < before {
            self.changed.notify_waiters();
        }
        found
    }
}

fn complain(shared: &Shared, why: String) -> Answer {
    shared.change(|desk| desk.complaints.push(why.clone()));
    refusal(400, json!({"description": format!("Bad Request: {why}")}))
}

fn worded((status, body): Answer) -> Response {
    match body {
        Value::Null => (status, "<html><body>502 Bad Gateway</body></html>").into_response(),
        body => (status, Json(body)).into_response(),
    }
}

/// A body that fails: the client sees the connection die.
fn lost() -> Response {
    let torn = io::Error::new(io::ErrorKind::ConnectionReset, "lost");
    let body = axum::body::Body::from_stream(Torn(Some(torn)));
    Response::new(body)
}

struct Torn(Option<io::Error>);

impl futures::Stream for Torn {
    type Item = Result<bytes::Bytes, io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Err))
    }
}
