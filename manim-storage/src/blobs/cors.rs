//! The bucket's own rule that lets pages of other origins read films by their signed addresses:
//! a browser keeps the answer from the page's script unless the bucket says that it may have it.

use std::collections::BTreeSet;
use std::str::FromStr;

use manim_core::StoreError;

use super::ObjectBlobStore;
use super::rules::{OwnRule, RULE, RuleKind};

/// A day: how long a browser may remember what the bucket allows. Browsers themselves forget
/// sooner.
const MAX_AGE_SECONDS: u32 = 24 * 60 * 60;

const METHODS: [&str; 2] = ["GET", "HEAD"];
const ALLOWED: [&str; 1] = ["Range"];
/// What a player needs in order to seek, and to know a film that it has.
const EXPOSED: [&str; 4] = ["Content-Range", "Content-Length", "Accept-Ranges", "ETag"];

const CORS: RuleKind = RuleKind {
    query: "cors",
    document: "CORSConfiguration",
    rule: "CORSRule",
    none: "NoSuchCORSConfiguration",
    operation: "set the CORS rules of",
    action: "s3:PutBucketCORS",
    unsupported: "this service has no CORS rules of a bucket; pages of other origins read films through the \
                  API's own addresses",
    no_bucket: "a directory or memory (there are none; who serves their links says what pages may read)",
};

/// Whose pages may read films: `SCHEME://HOST[:PORT]` as browsers send it, with a `*` for any one
/// part at most, or `*` for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOrigin(String);

/// A text that is the origin of no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no origin of pages: write it as browsers send it, https://HOST or https://HOST:PORT, or *")]
pub struct InvalidPageOrigin(String);

impl FromStr for PageOrigin {
    type Err = InvalidPageOrigin;

    /// Without a path, without the port that goes without saying, in small letters: an origin
    /// that is written otherwise is never equal to what a browser sends.
    fn from_str(text: &str) -> Result<Self, InvalidPageOrigin> {
        match text == "*" || is_origin(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidPageOrigin(text.chars().take(100).collect())),
        }
    }
}

/// No character of such a text would need to be escaped in XML.
fn is_origin(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/.-_*[]".contains(c);
    text.chars().all(plain)
        && text.matches('*').count() <= 1
        && reqwest::Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
        })
}

impl ObjectBlobStore {
    /// The rule that lets pages of `origins` read films, whole or in part, by signed addresses:
    /// one `<CORSRule>` of the configuration that S3 and R2 take. Nothing for a directory and for
    /// memory.
    pub fn cors_rule(&self, origins: &[PageOrigin]) -> Option<String> {
        self.bucket.as_ref().map(|_| rule(origins))
    }

    /// Adds the rule to the bucket's, or brings it up to date, and returns the configuration that
    /// the bucket then tells. Other rules stay as they are, and before ours: the first rule that
    /// fits a request is the one that counts. Origins that the rule named before and `origins`
    /// does not are forgotten.
    ///
    /// # Errors
    /// `Unsupported` where the service has no such rules or this is no bucket, `Unauthorized` for
    /// a key that may not change the bucket, `Corrupt` for a configuration that cannot be read.
    pub async fn apply_cors(&self, origins: &[PageOrigin]) -> Result<String, StoreError> {
        let own = OwnRule {
            text: rule(origins),
            is_ours: &is_ours,
            says_it: &|rule| is_ours(rule) && allows(rule, origins),
        };
        self.apply_rule(&CORS, own).await
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html>.
fn rule(origins: &[PageOrigin]) -> String {
    let origins: Vec<_> = origins.iter().map(|origin| origin.0.as_str()).collect();
    let said: [(&str, &[&str]); 4] = [
        ("AllowedHeader", &ALLOWED),
        ("AllowedMethod", &METHODS),
        ("AllowedOrigin", &origins),
        ("ExposeHeader", &EXPOSED),
    ];
    let mut text = format!("<CORSRule><ID>{RULE}</ID>");
    for (tag, values) in said {
        for value in values {
            text += &format!("<{tag}>{value}</{tag}>");
        }
    }
    text + &format!("<MaxAgeSeconds>{MAX_AGE_SECONDS}</MaxAgeSeconds></CORSRule>")
}

/// Some services forget a rule's name: then one that allows what ours allows is ours, for
/// whatever origins.
fn is_ours(other: &str) -> bool {
    let names = values(other, "ID");
    match names.is_empty() {
        true => allowance(other) == allowance(&rule(&[])),
        false => names.contains(RULE),
    }
}

fn allows(rule: &str, origins: &[PageOrigin]) -> bool {
    let told = values(rule, "AllowedOrigin");
    origins.iter().all(|origin| told.contains(origin.0.as_str()))
}

/// What a rule says, but for whom. Names of headers are the same in large and small letters.
fn allowance(rule: &str) -> [BTreeSet<String>; 4] {
    ["AllowedMethod", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds"].map(|tag| {
        let said = values(rule, tag).into_iter();
        said.map(str::to_ascii_lowercase).collect()
    })
}

/// What stands between `tag`s.
fn values<'a>(rule: &'a str, tag: &str) -> BTreeSet<&'a str> {
    let (opening, closing) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = rule.split(&opening).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(&closing)?.0.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str = "<CORSRule><ID>shop</ID><AllowedMethod>PUT</AllowedMethod>\
        <AllowedOrigin>https://shop.test</AllowedOrigin></CORSRule>";

    fn origins(texts: &[&str]) -> Vec<PageOrigin> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn with_rule(present: Option<&str>, texts: &[&str]) -> Option<String> {
        let own = OwnRule {
            text: rule(&origins(texts)),
            is_ours: &is_ours,
            says_it: &is_ours,
        };
        CORS.with_rule(present, &own)
    }

    fn document(rules: &str) -> String {
        format!("<?xml?>\n<CORSConfiguration>{rules}</CORSConfiguration>")
    }

    #[test]
    fn pages_may_read_parts_of_films_and_nothing_else() {
        let text = with_rule(None, &["https://a.test", "https://b.test:8443"]).unwrap();
        for (tag, expected) in [
            ("AllowedOrigin", vec!["https://a.test", "https://b.test:8443"]),
            ("AllowedMethod", vec!["GET", "HEAD"]),
            ("AllowedHeader", vec!["Range"]),
            (
                "ExposeHeader",
                vec!["Accept-Ranges", "Content-Length", "Content-Range", "ETag"],
            ),
            ("MaxAgeSeconds", vec!["86400"]),
        ] {
            assert_eq!(values(&text, tag).into_iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn other_rules_stay_before_ours_which_is_not_doubled_and_forgets_old_origins() {
        let once = with_rule(Some(&document(OTHER)), &["https://old.test"]).unwrap();
        let twice = with_rule(Some(&once), &["https://a.test"]).unwrap();
        assert!(!twice.contains("https://old.test"), "{twice}");
        assert_eq!(twice.matches("manim-films").count(), 1);
        let (other, ours) = (twice.find(OTHER).unwrap(), twice.find("manim-films").unwrap());
        assert!(other < ours, "{twice}");
    }

    #[test]
    fn a_rule_of_ours_that_lost_its_name_and_order_is_known_again() {
        let told = "<CORSRule><MaxAgeSeconds>86400</MaxAgeSeconds><AllowedMethod>HEAD</AllowedMethod>\
            <AllowedMethod>GET</AllowedMethod><ExposeHeader>etag</ExposeHeader>\
            <ExposeHeader>accept-ranges</ExposeHeader><ExposeHeader>content-length</ExposeHeader>\
            <ExposeHeader>content-range</ExposeHeader><AllowedHeader>range</AllowedHeader>\
            <AllowedOrigin>https://old.test</AllowedOrigin></CORSRule>";
        assert!(is_ours(told) && allows(told, &origins(&["https://old.test"])));
        assert!(!allows(told, &origins(&["https://a.test"])));
        assert!(!is_ours(&told.replace(">GET<", ">PUT<")));
        assert!(!is_ours(&told.replace("<CORSRule>", "<CORSRule><ID>shop</ID>")));
    }

    #[test]
    fn what_is_no_whole_configuration_is_not_replaced() {
        for text in ["", "<html>", "<CORSConfiguration><CORSRule><ID>shop</ID>"] {
            assert_eq!(with_rule(Some(text), &["*"]), None, "{text}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for text in [
            "*",
            "https://films.test",
            "http://localhost:8080",
            "https://*.films.test",
            "https://[::1]:8443",
        ] {
            assert_eq!(text.parse(), Ok(PageOrigin(text.to_owned())));
        }
        for text in [
            "",
            "null",
            "films.test",
            "https://films.test/",
            "https://films.test/page",
            "https://films.test:443",
            "https://Films.test",
            "https://ann@films.test",
            "https://*.*.test",
            "https://a&b.test",
            "ftp://films.test",
            "<AllowedOrigin>",
        ] {
            let refused = text.parse::<PageOrigin>().unwrap_err().to_string();
            assert!(refused.contains("no origin of pages"), "{refused}");
        }
    }
}
