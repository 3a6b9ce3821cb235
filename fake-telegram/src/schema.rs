//! What the published schema says of methods and types.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::call::{Field, Fields};

/// Bot API 10.1, from the schema that Paul Larsen keeps (MIT, the licence lies beside it).
static PUBLISHED: LazyLock<Schema> = LazyLock::new(|| {
    let all: Value = serde_json::from_slice(include_bytes!("../bot-api.json")).unwrap_or_default();
    Schema {
        methods: all["methods"].as_object().cloned().unwrap_or_default(),
        types: all["types"].as_object().cloned().unwrap_or_default(),
    }
});

/// Types nested deeper than this are no reply of ours.
const DEEPEST: usize = 24;

/// Every method and type by name.
#[derive(Debug)]
pub(crate) struct Schema {
    methods: Map<String, Value>,
    types: Map<String, Value>,
}

impl Schema {
    pub(crate) fn published() -> &'static Self {
        &PUBLISHED
    }

    pub(crate) fn has_method(&self, method: &str) -> bool {
        self.methods.contains_key(method)
    }

    /// Every field of a call: known, present where it must be, and of its type.
    pub(crate) fn check_call(&self, method: &str, given: &Fields) -> Result<(), String> {
        let known = fields_of(&self.methods[method]);
        if let Some(name) = given.keys().find(|name| named(known, name).is_none()) {
            return Err(format!("{method} has no field {name:?}"));
        }
        for field in known {
            let name = field["name"].as_str().unwrap_or_default();
            match given.get(name) {
                Some(value) => self
                    .check_field(&field["types"], value)
                    .map_err(|why| format!("{method}: field {name:?} {why}"))?,
                None if field["required"] == true => {
                    return Err(format!("{method}: field {name:?} is required"));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Whether `value` is what the type `name` says; for what we send ourselves.
    pub(crate) fn check_type(&self, name: &str, value: &Value) -> Result<(), String> {
        self.is(name, value, DEEPEST)
    }

    fn check_field(&self, types: &Value, field: &Field) -> Result<(), String> {
        let kinds: Vec<&str> = names(types).collect();
        match field {
            Field::File(_) if kinds.contains(&"InputFile") => Ok(()),
            Field::File(_) => Err("is no file".into()),
            Field::Json(value) => self.is_any(&kinds, value, DEEPEST),
            // Forms carry text: what it stands for depends on the type.
            Field::Text(_) if kinds.contains(&"String") || kinds.contains(&"InputFile") => Ok(()),
            Field::Text(text) => {
                let value = serde_json::from_str(text).map_err(|_| format!("cannot be {text:?}"))?;
                self.is_any(&kinds, &value, DEEPEST)
            }
        }
    }

    fn is_any(&self, kinds: &[&str], value: &Value, depth: usize) -> Result<(), String> {
        let mut last = "has no type".to_owned();
        for kind in kinds {
            match self.is(kind, value, depth) {
                Ok(()) => return Ok(()),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn is(&self, kind: &str, value: &Value, depth: usize) -> Result<(), String> {
        if depth == 0 {
            return Err("is nested too deep".into());
        }
        if let Some(of) = kind.strip_prefix("Array of ") {
            let all = value.as_array().ok_or_else(|| wrong(kind, value))?;
            return all.iter().try_for_each(|one| self.is(of, one, depth - 1));
        }
        let fits = match kind {
            "Integer" => value.is_i64() || value.is_u64(),
            "String" | "InputFile" => value.is_string(),
            "Boolean" => value.is_boolean(),
            "Float" => value.is_number(),
            _ => return self.is_object(kind, value, depth),
        };
        fits.then_some(()).ok_or_else(|| wrong(kind, value))
    }

    fn is_object(&self, kind: &str, value: &Value, depth: usize) -> Result<(), String> {
        let known = &self.types[kind];
        if let Some(variants) = known.get("subtypes") {
            let variants: Vec<&str> = names(variants).collect();
            return self.is_any(&variants, value, depth - 1);
        }
        let given = value.as_object().ok_or_else(|| wrong(kind, value))?;
        let fields = fields_of(known);
        if let Some(name) = given.keys().find(|name| named(fields, name).is_none()) {
            return Err(format!("is a {kind}, which has no {name:?}"));
        }
        for field in fields {
            let name = field["name"].as_str().unwrap_or_default();
            match given.get(name) {
                Some(value) => {
                    let kinds: Vec<&str> = names(&field["types"]).collect();
                    self.is_any(&kinds, value, depth - 1)
                        .map_err(|why| format!("is a {kind}, whose {name:?} {why}"))?;
                }
                None if field["required"] == true => return Err(format!("is a {kind} without {name:?}")),
                None => {}
            }
        }
        Ok(())
    }
}

fn fields_of(entry: &Value) -> &[Value] {
    entry["fields"].as_array().map_or(&[], Vec::as_slice)
}

fn named<'a>(fields: &'a [Value], name: &str) -> Option<&'a Value> {
    fields.iter().find(|field| field["name"] == name)
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn wrong(kind: &str, value: &Value) -> String {
    format!("must be a {kind}, not {value}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(method: &str, fields: Value) -> Result<(), String> {
        let fields = fields.as_object().unwrap().clone();
        let fields = fields.into_iter().map(|(name, value)| (name, Field::Json(value)));
        Schema::published().check_call(method, &fields.collect())
    }

    #[test]
    fn a_call_as_published_passes() {
        check(
            "sendMessage",
            json!({"chat_id": 7, "text": "hello", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}}),
        )
        .unwrap();
    }

    #[test]
    fn what_is_not_published_is_refused() {
        for (fields, why) in [
            (json!({"chat_id": 7}), "\"text\" is required"),
            (
                json!({"chat_id": 7, "text": "x", "sound": true}),
                "has no field \"sound\"",
            ),
            (json!({"chat_id": 7.5, "text": "x"}), "must be a String"),
            (json!({"chat_id": 7, "text": 8}), "must be a String"),
            (
                json!({"chat_id": 7, "text": "x", "link_preview_options": {"disabled": true}}),
                "has no \"disabled\"",
            ),
            (
                json!({"chat_id": 7, "text": "x", "reply_parameters": {}}),
                "without \"message_id\"",
            ),
        ] {
            let said = check("sendMessage", fields).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_form_carries_numbers_and_objects_as_text() {
        let fields = |chat: &str| {
            Fields::from([
                ("chat_id".to_owned(), Field::Text("7".into())),
                ("video".to_owned(), Field::Text("file-id".into())),
                ("width".to_owned(), Field::Text(chat.into())),
            ])
        };
        Schema::published()
            .check_call("sendVideo", &fields("854"))
            .unwrap();
        Schema::published()
            .check_call("sendVideo", &fields("wide"))
            .unwrap_err();
    }
}
