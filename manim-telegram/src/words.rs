//! What the bot says, in the language of the person. `{…}` is filled in.

mod de;
mod en;
mod es;
mod fr;
mod ru;

use manim_core::{FailureKind, Quality, Status};

/// All sentences of one language.
#[derive(Debug)]
pub(crate) struct Words {
    /// IETF tag, two letters.
    pub(crate) tag: &'static str,
    pub(crate) start: &'static str,
    pub(crate) help: &'static str,
    /// `{job}`
    pub(crate) accepted: &'static str,
    pub(crate) no_text: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) empty: &'static str,
    /// `{count}` `{least}`
    pub(crate) too_short: &'static str,
    /// `{count}` `{most}`
    pub(crate) too_long: &'static str,
    pub(crate) odd_character: &'static str,
    /// `{seconds}`
    pub(crate) too_many: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) no_jobs: &'static str,
    pub(crate) no_such_job: &'static str,
    pub(crate) jobs: &'static str,
    pub(crate) nothing_to_cancel: &'static str,
    pub(crate) cancelled: &'static str,
    /// `{quality}`
    pub(crate) quality_is: &'static str,
    /// `{quality}`
    pub(crate) quality_set: &'static str,
    pub(crate) qualities: [&'static str; 3],
    pub(crate) statuses: [&'static str; 10],
    /// `{percent}`
    pub(crate) drawn: &'static str,
    /// For a film behind a link: shown above the button.
    pub(crate) link: &'static str,
    pub(crate) open: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) retry: &'static str,
    pub(crate) too_large: &'static str,
    pub(crate) failed_unsupported: &'static str,
    pub(crate) failed_code: &'static str,
    pub(crate) failed_service: &'static str,
    pub(crate) failed: &'static str,
    /// In the order of [`COMMANDS`].
    pub(crate) commands: [&'static str; 6],
}

/// What people can type after a slash.
pub(crate) const COMMANDS: [&str; 6] = ["help", "solve", "status", "jobs", "cancel", "quality"];

/// Every language; the first one speaks where no other does.
pub(crate) const ALL: [&Words; 5] = [&en::WORDS, &de::WORDS, &es::WORDS, &fr::WORDS, &ru::WORDS];

impl Words {
    /// The words for an IETF tag such as `de-AT`.
    pub(crate) fn of(tag: Option<&str>) -> &'static Self {
        let wanted = tag.unwrap_or_default().split('-').next().unwrap_or_default();
        let known = ALL
            .into_iter()
            .find(|words| words.tag.eq_ignore_ascii_case(wanted));
        known.unwrap_or(ALL[0])
    }

    pub(crate) fn status(&self, status: Status) -> &'static str {
        let place = Status::ALL.iter().position(|one| *one == status);
        place
            .and_then(|place| self.statuses.get(place).copied())
            .unwrap_or_default()
    }

    pub(crate) fn quality(&self, quality: Quality) -> &'static str {
        match quality {
            Quality::Low => self.qualities[0],
            Quality::Medium => self.qualities[1],
            Quality::High => self.qualities[2],
        }
    }

    /// One sentence for a person; what exactly failed is in the record.
    pub(crate) fn failure(&self, kind: FailureKind) -> &'static str {
        match kind {
            FailureKind::Unsupported => self.failed_unsupported,
            FailureKind::CodeRejected => self.failed_code,
            FailureKind::ProvidersFailed => self.failed_service,
            _ => self.failed,
        }
    }
}

/// `{name}` in `text` becomes `value`.
pub(crate) fn fill(text: &str, name: &str, value: impl std::fmt::Display) -> String {
    text.replace(&format!("{{{name}}}"), &value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_first_part() {
        for (tag, found) in [
            (Some("de-AT"), "de"),
            (Some("RU"), "ru"),
            (Some("tlh"), "en"),
            (None, "en"),
        ] {
            assert_eq!(Words::of(tag).tag, found);
        }
    }

    #[test]
    fn every_language_fills_in_what_the_first_one_does() {
        for words in ALL {
            for (text, names) in [
                (words.accepted, &["{job}"][..]),
                (words.too_short, &["{count}", "{least}"]),
                (words.too_long, &["{count}", "{most}"]),
                (words.too_many, &["{seconds}"]),
                (words.quality_is, &["{quality}"]),
                (words.quality_set, &["{quality}"]),
                (words.drawn, &["{percent}"]),
            ] {
                for name in names {
                    assert!(text.contains(name), "{} {name}: {text}", words.tag);
                }
            }
        }
    }

    #[test]
    fn descriptions_of_commands_are_as_short_as_the_service_wants() {
        for words in ALL {
            for text in words.commands {
                assert!((1..=256).contains(&text.chars().count()), "{text}");
            }
        }
    }
}
