//! What a jail is built of, one step after the other, and how a plan travels. Performs
//! nothing: the lockdown library does, after the fork.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the library, which uses the rest"
)]
#[path = "../../lockdown/kind.rs"]
mod kind;

pub(crate) use kind::{EXIT_BASE, OWN_PID};

/// One thing that a process does to itself. Any that fails ends the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Holds a path of the old root in a slot.
    Open {
        slot: usize,
        path: String,
    },
    MakeDir {
        path: String,
        mode: u32,
    },
    MakeFile {
        path: String,
    },
    Mount {
        kind: &'static str,
        target: String,
        flags: u64,
        data: String,
    },
    /// Shows what a slot holds at another path.
    Bind {
        slot: usize,
        target: String,
    },
    RestrictMount {
        target: String,
        attributes: u64,
        recursive: bool,
    },
    /// Makes a directory the root and lets go of the old one.
    Pivot {
        path: String,
    },
    CloseSlots,
    HostName(&'static str),
    ChangeDir {
        path: String,
    },
    SetIds {
        id: u32,
        drop_groups: bool,
    },
    ResourceLimit {
        which: u32,
        soft: u64,
        hard: u64,
    },
    Capabilities {
        keep: u64,
        bounding: bool,
    },
    Dumpable(bool),
    DieWithParent,
    NoNewPrivileges,
    RuleSet {
        files: u64,
        network: u64,
        scope: u64,
    },
    Rule {
        path: String,
        access: u64,
        optional: bool,
    },
    EnforceRules,
    /// Instructions of 8 bytes.
    Filter(Vec<u8>),
    /// Opening must fail with one of two errors.
    MustNotOpen {
        path: String,
        errnos: [u32; 2],
    },
    /// A system call must fail with exactly this error.
    MustNotCall {
        number: u32,
        arguments: [u64; 6],
        errno: u32,
    },
}

/// A process to be made and what it does first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// `CLONE_NEW*`; none at levels without namespaces.
    pub(crate) namespaces: u32,
    /// The lines of `uid_map` and of `gid_map`.
    pub(crate) uids: String,
    pub(crate) gids: String,
    pub(crate) deny_groups: bool,
    pub(crate) steps: Vec<Step>,
    /// The step that is made to fail, in a test.
    pub(crate) fail_at: Option<u32>,
}

impl Plan {
    /// As the lockdown library reads it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let fail_at = self.fail_at.unwrap_or(kind::NEVER);
        let lengths = [self.uids.len() as u32, self.gids.len() as u32];
        let header = [kind::MAGIC, self.namespaces, fail_at, self.deny_groups.into()];
        header
            .into_iter()
            .chain(lengths)
            .for_each(|number| out.number(number));
        out.0.extend(self.uids.as_bytes());
        out.0.extend(self.gids.as_bytes());
        for step in &self.steps {
            out.step(step);
        }
        out.0
    }

    /// As text, for a message.
    pub(crate) fn hex(&self) -> String {
        hex(&self.encode())
    }
}

/// Two digits a byte: what JSON and Python agree on without a library.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[derive(Debug, Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn long(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32 + 1);
        self.0.extend(text.as_bytes());
        self.0.push(0);
    }

    fn step(&mut self, step: &Step) {
        let mut fields = Self::default();
        let kind = fields.fields(step);
        self.number(kind);
        self.number(fields.0.len() as u32);
        self.0.extend(fields.0);
    }

    /// Writes the fields of a step; its kind.
    fn fields(&mut self, step: &Step) -> u32 {
        match step {
            Step::Open { slot, path } => {
                self.number(*slot as u32);
                self.text(path);
                kind::OPEN
            }
            Step::MakeDir { path, mode } => {
                self.number(*mode);
                self.text(path);
                kind::MAKE_DIR
            }
            Step::MakeFile { path } => {
                self.text(path);
                kind::MAKE_FILE
            }
            Step::Mount {
                kind,
                target,
                flags,
                data,
            } => {
                self.long(*flags);
                [kind, target.as_str(), kind, data]
                    .into_iter()
                    .for_each(|text| self.text(text));
                kind::MOUNT
            }
            Step::Bind { slot, target } => {
                self.number(*slot as u32);
                self.text(target);
                kind::BIND
            }
            Step::RestrictMount {
                target,
                attributes,
                recursive,
            } => {
                self.long(*attributes);
                self.number((*recursive).into());
                self.text(target);
                kind::RESTRICT_MOUNT
            }
            Step::Pivot { path } => {
                self.text(path);
                kind::PIVOT
            }
            Step::CloseSlots => kind::CLOSE_SLOTS,
            Step::HostName(name) => {
                self.text(name);
                kind::HOST_NAME
            }
            Step::ChangeDir { path } => {
                self.text(path);
                kind::CHANGE_DIR
            }
            other => self.restriction(other),
        }
    }

    /// The same for steps that take something away from the process.
    fn restriction(&mut self, step: &Step) -> u32 {
        match step {
            Step::SetIds { id, drop_groups } => {
                [*id, *id, (*drop_groups).into()]
                    .into_iter()
                    .for_each(|number| self.number(number));
                kind::SET_IDS
            }
            Step::ResourceLimit { which, soft, hard } => {
                self.number(*which);
                self.long(*soft);
                self.long(*hard);
                kind::RESOURCE_LIMIT
            }
            Step::Capabilities { keep, bounding } => {
                self.long(*keep);
                self.number((*bounding).into());
                kind::CAPABILITIES
            }
            Step::Dumpable(dumpable) => {
                self.number((*dumpable).into());
                kind::DUMPABLE
            }
            Step::DieWithParent => kind::DIE_WITH_PARENT,
            Step::NoNewPrivileges => kind::NO_NEW_PRIVILEGES,
            Step::RuleSet {
                files,
                network,
                scope,
            } => {
                [files, network, scope]
                    .into_iter()
                    .for_each(|number| self.long(*number));
                kind::RULE_SET
            }
            Step::Rule {
                path,
                access,
                optional,
            } => {
                self.long(*access);
                self.number((*optional).into());
                self.text(path);
                kind::RULE
            }
            Step::EnforceRules => kind::ENFORCE_RULES,
            Step::Filter(instructions) => {
                self.0.extend(instructions);
                kind::FILTER
            }
            Step::MustNotOpen { path, errnos } => {
                errnos.iter().for_each(|errno| self.number(*errno));
                self.text(path);
                kind::MUST_NOT_OPEN
            }
            Step::MustNotCall {
                number,
                arguments,
                errno,
            } => {
                self.number(*number);
                self.number(*errno);
                arguments.iter().for_each(|argument| self.long(*argument));
                kind::MUST_NOT_CALL
            }
            _ => kind::PLAN,
        }
    }
}

/// What a step of this kind is, for a person; `None` if no step ends a process like this.
pub(crate) fn name_of_exit(code: i32) -> Option<&'static str> {
    let kind = u32::try_from(code).ok()?.checked_sub(EXIT_BASE)?;
    Some(match kind {
        0 => "the lockdown library",
        kind::CLONE => "making namespaces",
        kind::ID_MAPS => "mapping users",
        kind::PLAN => "reading the plan",
        kind::OPEN | kind::MAKE_DIR | kind::MAKE_FILE | kind::BIND | kind::CLOSE_SLOTS => "showing files",
        kind::MOUNT => "mounting",
        kind::RESTRICT_MOUNT => "making a mount read-only",
        kind::PIVOT => "changing the root",
        kind::HOST_NAME => "setting the host name",
        kind::CHANGE_DIR => "entering the scratch directory",
        kind::SET_IDS => "changing to an unprivileged user",
        kind::RESOURCE_LIMIT => "setting a resource limit",
        kind::CAPABILITIES => "dropping capabilities",
        kind::DUMPABLE => "hiding from debuggers",
        kind::DIE_WITH_PARENT => "tying the process to its parent",
        kind::NO_NEW_PRIVILEGES => "refusing new privileges",
        kind::RULE_SET | kind::RULE | kind::ENFORCE_RULES => "Landlock",
        kind::FILTER => "the system call filter",
        kind::MUST_NOT_OPEN => "the proof that a forbidden file cannot be opened",
        kind::MUST_NOT_CALL => "the proof that a forbidden system call is refused",
        kind::EXECUTE => "starting the program",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_header_and_steps_with_their_lengths() {
        let plan = Plan {
            namespaces: 7,
            uids: "0 1 1".into(),
            gids: "0 2 1".into(),
            deny_groups: true,
            steps: vec![Step::ChangeDir { path: "/t".into() }],
            fail_at: Some(3),
        };
        let bytes = plan.encode();
        let numbers: Vec<u32> = bytes[..24]
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes(four.try_into().unwrap()))
            .collect();
        assert_eq!(numbers, [kind::MAGIC, 7, 3, 1, 5, 5]);
        assert_eq!(&bytes[24..34], b"0 1 10 2 1");
        assert_eq!(&bytes[34..], b"\x0d\0\0\0\x07\0\0\0\x03\0\0\0/t\0");
    }

    #[test]
    fn only_exits_of_steps_have_names() {
        assert_eq!(
            name_of_exit(EXIT_BASE as i32 + kind::CLONE as i32),
            Some("making namespaces")
        );
        assert_eq!(name_of_exit(1), None);
        assert_eq!(name_of_exit(-1), None);
    }
}
