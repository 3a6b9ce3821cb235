//! One call of the bot, however its fields were sent: query, JSON, form or multipart.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use serde_json::Value;

/// Telegram takes files of 50 MB from bots; some room for the other parts.
pub(crate) const LARGEST_CALL: usize = 51 * 1024 * 1024;

/// The fields of a call by name.
pub(crate) type Fields = BTreeMap<String, Field>;

/// One field as it was sent.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    Json(Value),
    Text(String),
    File(Upload),
}

/// A file that the bot sent.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// All of it.
    pub bytes: Bytes,
}

/// A call that the bot made.
#[derive(Debug, Clone)]
pub struct Call {
    /// For example `sendMessage`.
    pub method: String,
    pub(crate) fields: Fields,
}

impl Call {
    /// A field's value: what was sent as text is read as JSON where it is JSON.
    pub fn value(&self, name: &str) -> Value {
        match self.fields.get(name) {
            Some(Field::Json(value)) => value.clone(),
            Some(Field::Text(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            Some(Field::File(_)) | None => Value::Null,
        }
    }

    /// A field's text.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Field::Json(Value::String(text)) | Field::Text(text) => Some(text.clone()),
            Field::Json(_) | Field::File(_) => None,
        }
    }

    /// A field's file.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        match self.fields.get(name)? {
            Field::File(upload) => Some(upload),
            Field::Json(_) | Field::Text(_) => None,
        }
    }

    /// The chat that the call is about.
    pub fn chat(&self) -> Option<i64> {
        self.value("chat_id").as_i64()
    }

    pub(crate) async fn read(method: String, request: Request) -> Result<Self, String> {
        let mut fields = form(request.uri().query().unwrap_or_default());
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if kind.starts_with("multipart/form-data") {
            fields.extend(multipart(request).await?);
        } else {
            let body = axum::body::to_bytes(request.into_body(), LARGEST_CALL).await;
            let body = body.map_err(|error| error.to_string())?;
            fields.extend(plain(&kind, &body)?);
        }
        Ok(Self { method, fields })
    }
}

fn plain(kind: &str, body: &[u8]) -> Result<Fields, String> {
    if body.is_empty() {
        return Ok(Fields::new());
    }
    if kind.starts_with("application/json") {
        let fields: serde_json::Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| format!("can't parse JSON: {error}"))?;
        return Ok(fields
            .into_iter()
            .map(|(name, value)| (name, Field::Json(value)))
            .collect());
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(form(&String::from_utf8_lossy(body)));
    }
    Err(format!("unsupported content type {kind:?}"))
}

fn form(text: &str) -> Fields {
    let uri = format!("/?{text}").parse().unwrap_or_default();
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
    pairs.map_or_else(
        |_| Fields::new(),
        |pairs| {
            pairs
                .0
                .into_iter()
                .map(|(name, text)| (name, Field::Text(text)))
                .collect()
        },
    )
}

async fn multipart(request: Request) -> Result<Fields, String> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|error| error.to_string())?;
    let mut fields = Fields::new();
    while let Some(part) = parts.next_field().await.map_err(|error| error.to_string())? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let media_type = part.content_type().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|error| error.to_string())?;
        let field = match file {
            Some(name) => Field::File(Upload {
                name,
                media_type,
                bytes,
            }),
            None => Field::Text(String::from_utf8_lossy(&bytes).into_owned()),
        };
        fields.insert(name, field);
    }
    attach(fields)
}

/// `attach://part` stands for the file in that part.
fn attach(mut fields: Fields) -> Result<Fields, String> {
    let mentions: Vec<(String, String)> = fields
        .iter()
        .filter_map(|(name, field)| match field {
            Field::Text(text) => Some((name.clone(), text.strip_prefix("attach://")?.to_owned())),
            Field::Json(_) | Field::File(_) => None,
        })
        .collect();
    for (name, part) in mentions {
        let file = fields
            .remove(&part)
            .ok_or_else(|| format!("nothing is attached as {part:?}"))?;
        fields.insert(name, file);
    }
    Ok(fields)
}
