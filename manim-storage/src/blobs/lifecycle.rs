//! The bucket's own rule that removes what nobody fetched: a second broom, for the time when no
//! worker runs.

use manim_core::StoreError;

use super::ObjectBlobStore;
use super::rules::{OwnRule, RULE, RuleKind};

/// Days are the finest that S3 and R2 know; a film lives for 24 hours.
const DAYS: u32 = 1;

const LIFECYCLE: RuleKind = RuleKind {
    query: "lifecycle",
    document: "LifecycleConfiguration",
    rule: "Rule",
    none: "NoSuchLifecycleConfiguration",
    operation: "set the lifecycle rules of",
    action: "s3:PutLifecycleConfiguration",
    unsupported: "this service has no lifecycle rules; the pipeline's sweep removes films while a worker runs",
    no_bucket: "a directory or memory (there are none; the pipeline's sweep removes films)",
};

impl ObjectBlobStore {
    /// The rule that removes films after 24 hours, and uploads that were broken off: one `<Rule>`
    /// of the configuration that S3 and R2 take. Nothing for a directory and for memory, which
    /// the pipeline's own sweep keeps clean.
    pub fn lifecycle_rule(&self) -> Option<String> {
        self.bucket.as_ref().map(|_| rule(self.root.as_ref()))
    }

    /// Adds the rule to the bucket's, or brings it up to date, and returns the configuration that
    /// the bucket then tells. Other rules stay as they are.
    ///
    /// # Errors
    /// `Unsupported` where the service has no such rules or this is no bucket, `Unauthorized` for
    /// a key that may not change the bucket, `Corrupt` for a configuration that cannot be read.
    pub async fn apply_lifecycle(&self) -> Result<String, StoreError> {
        self.apply_rule(&LIFECYCLE, own(self.root.as_ref())).await
    }
}

fn own(root: &str) -> OwnRule<'static> {
    OwnRule {
        text: rule(root),
        is_ours: &is_ours,
        says_it: &is_ours,
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>. A prefix of
/// ours has no character that XML would need escaped.
fn rule(root: &str) -> String {
    let folder = match root {
        "" => "films/".to_owned(),
        root => format!("{root}/films/"),
    };
    format!(
        "<Rule><ID>{RULE}</ID><Filter><Prefix>{folder}</Prefix></Filter><Status>Enabled</Status>\
         <Expiration><Days>{DAYS}</Days></Expiration>\
         <AbortIncompleteMultipartUpload><DaysAfterInitiation>{DAYS}</DaysAfterInitiation>\
         </AbortIncompleteMultipartUpload></Rule>"
    )
}

fn is_ours(rule: &str) -> bool {
    rule.contains(&format!("<ID>{RULE}</ID>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rule(present: Option<&str>, root: &str) -> Option<String> {
        LIFECYCLE.with_rule(present, &own(root))
    }

    #[test]
    fn a_bucket_without_rules_gets_ours() {
        let text = with_rule(None, "a").unwrap();
        assert!(
            text.contains("<Prefix>a/films/</Prefix>") && text.contains("<Days>1</Days>"),
            "{text}"
        );
    }

    #[test]
    fn other_rules_stay_and_ours_is_not_doubled() {
        let other = "<Rule><ID>logs</ID><Status>Enabled</Status></Rule>";
        let once = with_rule(
            Some(&format!(
                "<?xml?><LifecycleConfiguration>{other}</LifecycleConfiguration>"
            )),
            "",
        )
        .unwrap();
        let twice = with_rule(Some(&once), "").unwrap();
        assert_eq!(once, twice);
        assert_eq!(twice.matches(other).count(), 1);
        assert_eq!(twice.matches("manim-films").count(), 1);
    }

    #[test]
    fn what_is_no_whole_configuration_is_not_replaced() {
        for text in ["", "<html>", "<LifecycleConfiguration><Rule><ID>logs</ID>"] {
            assert_eq!(with_rule(Some(text), ""), None, "{text}");
        }
    }
}
