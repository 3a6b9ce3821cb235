//! What a service says went wrong, whatever the shape it says it in.

use serde_json::Value;

/// The parts of an error body that decide the next move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Codes, types and states, in the order of their weight.
    pub(crate) codes: Vec<String>,
    /// The sentence for a person.
    pub(crate) message: Option<String>,
    /// A pause that the body asks for, as written (`34.5s`).
    pub(crate) pause: Option<String>,
    /// Names of exhausted quotas.
    pub(crate) quotas: Vec<String>,
}

impl Complaint {
    /// Reads an error body. Anything that is not JSON is an empty complaint.
    pub(crate) fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).map_or_else(|_| Self::default(), |value| Self::read(&value))
    }

    /// Reads an error value: `{"error": …}`, `{"errors": […]}`, `[{"error": …}]`, a flat
    /// object, or the inner value itself.
    pub(crate) fn read(value: &Value) -> Self {
        let mut complaint = Self::default();
        complaint.absorb(innermost(value));
        complaint
    }

    fn absorb(&mut self, value: &Value) {
        if let Some(text) = value.as_str() {
            self.message = Some(text.to_owned());
            return;
        }
        self.codes
            .extend(CODE_FIELDS.iter().filter_map(|field| scalar(&value[*field])));
        self.message = MESSAGE_FIELDS.iter().find_map(|field| text(&value[*field]));
        for detail in value["details"].as_array().into_iter().flatten() {
            self.absorb_detail(detail);
        }
    }

    /// Google's typed details: `ErrorInfo`, `RetryInfo`, `QuotaFailure`.
    fn absorb_detail(&mut self, detail: &Value) {
        self.codes.extend(scalar(&detail["reason"]));
        self.pause = self.pause.take().or_else(|| text(&detail["retryDelay"]));
        let violations = detail["violations"].as_array().into_iter().flatten();
        self.quotas
            .extend(violations.filter_map(|violation| text(&violation["quotaId"])));
    }
}

const CODE_FIELDS: [&str; 3] = ["code", "status", "type"];
const MESSAGE_FIELDS: [&str; 3] = ["message", "detail", "error"];

fn innermost(value: &Value) -> &Value {
    let first = |list: &'_ Value| list.as_array().is_some_and(|list| !list.is_empty());
    if first(value) {
        return innermost(&value[0]);
    }
    if first(&value["errors"]) {
        return &value["errors"][0];
    }
    match &value["error"] {
        inner @ (Value::Object(_) | Value::String(_)) => inner,
        _ => value,
    }
}

/// Codes are strings with some services and numbers with others.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, codes: &[&str], message: Option<&str>) {
        let complaint = Complaint::parse(body.as_bytes());
        assert_eq!(complaint.codes, codes, "{body}");
        assert_eq!(complaint.message.as_deref(), message, "{body}");
    }

    #[test]
    fn every_shape_of_error_body_is_read() {
        check(
            r#"{"error":{"message":"m","type":"t","code":"c"}}"#,
            &["c", "t"],
            Some("m"),
        );
        check(
            r#"{"error":{"message":"m","type":"t","code":null}}"#,
            &["t"],
            Some("m"),
        );
        check(r#"{"error":{"code":401,"message":"m"}}"#, &["401"], Some("m"));
        check(r#"{"error":"just words"}"#, &[], Some("just words"));
        check(
            r#"{"errors":[{"code":10000,"message":"m"}],"success":false}"#,
            &["10000"],
            Some("m"),
        );
        check(
            r#"[{"error":{"code":429,"status":"S","message":"m"}}]"#,
            &["429", "S"],
            Some("m"),
        );
        check(
            r#"{"object":"error","message":"m","code":400}"#,
            &["400"],
            Some("m"),
        );
        check(r#"{"detail":"Not Found"}"#, &[], Some("Not Found"));
        check("<html>oops</html>", &[], None);
        check("", &[], None);
        check("[]", &[], None);
    }

    #[test]
    fn googles_details_give_reason_pause_and_quota() {
        let complaint = Complaint::read(&serde_json::json!({"error": {
            "code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow down",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"},
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                 "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}]}}));
        assert_eq!(
            complaint.codes,
            ["429", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"]
        );
        assert_eq!(complaint.pause.as_deref(), Some("34.07s"));
        assert_eq!(
            complaint.quotas,
            ["GenerateRequestsPerDayPerProjectPerModel-FreeTier"]
        );
    }
}
