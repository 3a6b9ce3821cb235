//! Performs one step of a plan.

use crate::kind;
use crate::plan::Fields;
use crate::system::{self as sys, Done, Errno};

const INVALID: Errno = Errno(22);
const EXISTS: Errno = Errno(17);
const NOT_FOUND: Errno = Errno(2);
const DENIED: Errno = Errno(1);
const NO_SLOT: usize = usize::MAX;

const MS_BIND: usize = 4096;
const MS_REC: usize = 16384;

const PR_SET_PDEATHSIG: usize = 1;
const PR_SET_DUMPABLE: usize = 4;
const PR_CAPBSET_DROP: usize = 24;
const PR_SET_SECUREBITS: usize = 28;
const PR_SET_NO_NEW_PRIVS: usize = 38;
const PR_CAP_AMBIENT: usize = 47;
const PR_CAP_AMBIENT_CLEAR_ALL: usize = 4;
/// NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, each with its lock; KEEP_CAPS locked.
const SECURE_BITS: usize = 0b1110_1111;

/// What steps leave for those after them.
pub struct State {
    slots: [usize; kind::SLOTS],
    rules: usize,
}

impl State {
    pub const fn new() -> Self {
        Self {
            slots: [NO_SLOT; kind::SLOTS],
            rules: NO_SLOT,
        }
    }

    pub fn perform(&mut self, step: u32, bytes: &mut [u8]) -> Done<()> {
        if step == kind::FILTER {
            return filter(bytes);
        }
        let fields = Fields(bytes);
        match step {
            kind::OPEN => self.open(fields),
            kind::BIND => self.bind(fields),
            kind::CLOSE_SLOTS => self.close_slots(),
            kind::RULE_SET => self.rule_set(fields),
            kind::RULE => self.rule(fields),
            kind::ENFORCE_RULES => self.enforce_rules(),
            _ => alone(step, fields),
        }
    }

    fn open(&mut self, mut fields: Fields<'_>) -> Done<()> {
        let slot = self.slots.get_mut(fields.number()? as usize).ok_or(INVALID)?;
        *slot = sys::open(sys::AT_FDCWD, fields.text()?, sys::O_PATH, 0)?;
        Ok(())
    }

    fn bind(&mut self, mut fields: Fields<'_>) -> Done<()> {
        let slot = fields.number()? as usize;
        let descriptor = *self.slots.get(slot).ok_or(INVALID)?;
        let mut buffer = [0u8; 32];
        let source = descriptor_path(descriptor, &mut buffer)?;
        let target = fields.text()?;
        sys::mount(source, target, c"", MS_BIND | MS_REC, c"")?;
        Ok(())
    }

    fn close_slots(&mut self) -> Done<()> {
        for slot in &mut self.slots {
            if *slot != NO_SLOT {
                sys::close(*slot);
                *slot = NO_SLOT;
            }
        }
        Ok(())
    }

    /// Asks for as much as this kernel's version knows.
    fn rule_set(&mut self, mut fields: Fields<'_>) -> Done<()> {
        let wanted = [fields.long()?, fields.long()?, fields.long()?];
        let (known, length) = known_rules(sys::landlock_version()?);
        let handled = [wanted[0] & known, wanted[1], wanted[2]];
        self.rules = sys::create_rules(handled.get(..length).ok_or(INVALID)?)?;
        Ok(())
    }

    fn rule(&mut self, mut fields: Fields<'_>) -> Done<()> {
        let access = fields.long()?;
        let optional = fields.number()? != 0;
        let (known, _) = known_rules(sys::landlock_version()?);
        let below = match sys::open(sys::AT_FDCWD, fields.text()?, sys::O_PATH, 0) {
            Err(NOT_FOUND) if optional => return Ok(()),
            opened => opened?,
        };
        let added = sys::add_rule(self.rules, access & known, below);
        sys::close(below);
        added.map(drop)
    }

    fn enforce_rules(&mut self) -> Done<()> {
        sys::plain(sys::LANDLOCK_RESTRICT_SELF, [self.rules, 0, 0, 0, 0, 0])?;
        sys::close(self.rules);
        Ok(())
    }
}

/// File accesses that a version of Landlock knows, and how many fields its rules have.
fn known_rules(version: usize) -> (u64, usize) {
    match version {
        0 | 1 => ((1 << 13) - 1, 1),
        2 => ((1 << 14) - 1, 1),
        3 => ((1 << 15) - 1, 1),
        4 => ((1 << 15) - 1, 2),
        5 => ((1 << 16) - 1, 2),
        _ => ((1 << 16) - 1, 3),
    }
}

/// Steps that neither need nor leave anything.
fn alone(step: u32, mut fields: Fields<'_>) -> Done<()> {
    match step {
        kind::MAKE_DIR => make_dir(fields),
        kind::MAKE_FILE => make_file(fields),
        kind::MOUNT => mount(fields),
        kind::RESTRICT_MOUNT => {
            let set = fields.long()?;
            let recursive = fields.number()? != 0;
            sys::restrict_mount(fields.text()?, set, recursive).map(drop)
        }
        kind::PIVOT => {
            sys::change_dir(fields.text()?)?;
            sys::pivot_here()?;
            sys::change_dir(c"/").map(drop)
        }
        kind::HOST_NAME => sys::set_host_name(fields.text()?.to_bytes()).map(drop),
        kind::CHANGE_DIR => sys::change_dir(fields.text()?).map(drop),
        kind::SET_IDS => set_ids(fields),
        kind::RESOURCE_LIMIT => limit(fields),
        kind::CAPABILITIES => capabilities(fields),
        kind::DUMPABLE => sys::process_control(PR_SET_DUMPABLE, fields.number()? as usize).map(drop),
        kind::DIE_WITH_PARENT => sys::process_control(PR_SET_PDEATHSIG, 9).map(drop),
        kind::NO_NEW_PRIVILEGES => sys::process_control(PR_SET_NO_NEW_PRIVS, 1).map(drop),
        kind::MUST_NOT_OPEN => must_not_open(fields),
        kind::MUST_NOT_CALL => must_not_call(fields),
        _ => Err(INVALID),
    }
}

fn make_dir(mut fields: Fields<'_>) -> Done<()> {
    let mode = fields.number()? as usize;
    match sys::make_dir(fields.text()?, mode) {
        Err(EXISTS) => Ok(()),
        made => made.map(drop),
    }
}

fn make_file(mut fields: Fields<'_>) -> Done<()> {
    let file = sys::open(sys::AT_FDCWD, fields.text()?, sys::O_WRONLY | sys::O_CREAT, 0o444)?;
    sys::close(file);
    Ok(())
}

fn mount(mut fields: Fields<'_>) -> Done<()> {
    let flags = fields.long()? as usize;
    let (source, target) = (fields.text()?, fields.text()?);
    let (kind, data) = (fields.text()?, fields.text()?);
    sys::mount(source, target, kind, flags, data).map(drop)
}

fn set_ids(mut fields: Fields<'_>) -> Done<()> {
    let (uid, gid) = (fields.number()? as usize, fields.number()? as usize);
    if fields.number()? != 0 {
        sys::plain(sys::nr::SETGROUPS, [0; 6])?;
    }
    sys::plain(sys::nr::SETRESGID, [gid, gid, gid, 0, 0, 0])?;
    sys::plain(sys::nr::SETRESUID, [uid, uid, uid, 0, 0, 0]).map(drop)
}

/// Never above what there is already.
fn limit(mut fields: Fields<'_>) -> Done<()> {
    let which = fields.number()? as usize;
    let (soft, hard) = (fields.long()?, fields.long()?);
    let present = sys::hard_limit(which)?;
    sys::set_limit(which, soft.min(present), hard.min(present)).map(drop)
}

fn capabilities(mut fields: Fields<'_>) -> Done<()> {
    let keep = fields.long()?;
    let bounding = fields.number()? != 0;
    if bounding {
        sys::process_control(PR_SET_SECUREBITS, SECURE_BITS)?;
        for capability in (0..64).filter(|bit| keep & (1 << bit) == 0) {
            match sys::process_control(PR_CAPBSET_DROP, capability) {
                Err(INVALID) => break,
                dropped => dropped.map(drop)?,
            }
        }
    }
    sys::process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)?;
    sys::set_capabilities(keep).map(drop)
}

/// Puts the own process number where the filter has its place, then installs it.
fn filter(instructions: &mut [u8]) -> Done<()> {
    let own = sys::own_pid().to_ne_bytes();
    for instruction in instructions.chunks_exact_mut(8) {
        if let [_, _, _, _, constant @ ..] = instruction
            && *constant == kind::OWN_PID.to_ne_bytes()
        {
            constant.copy_from_slice(&own);
        }
    }
    sys::install_filter(instructions).map(drop)
}

fn must_not_open(mut fields: Fields<'_>) -> Done<()> {
    let allowed = [Errno(fields.number()?), Errno(fields.number()?)];
    match sys::open(sys::AT_FDCWD, fields.text()?, sys::O_RDONLY, 0) {
        Err(errno) if allowed.contains(&errno) => Ok(()),
        Err(errno) => Err(errno),
        Ok(_) => Err(Errno(0)),
    }
}

fn must_not_call(mut fields: Fields<'_>) -> Done<()> {
    let (number, errno) = (fields.number()? as usize, Errno(fields.number()?));
    let mut arguments = [0; 6];
    for argument in &mut arguments {
        *argument = fields.long()? as usize;
    }
    match sys::plain(number, arguments) {
        Err(seen) if seen == errno => Ok(()),
        Err(seen) => Err(seen),
        // A fork that should not have been: both of the two end here.
        Ok(_) => Err(DENIED),
    }
}

/// `/proc/self/fd/N`, without a formatter.
fn descriptor_path(descriptor: usize, buffer: &mut [u8; 32]) -> Done<&core::ffi::CStr> {
    const START: &[u8] = b"/proc/self/fd/";
    let digits = crate::report::digits(descriptor as u64);
    let all = START.iter().chain(digits.as_slice());
    for (place, byte) in buffer.iter_mut().zip(all) {
        *place = *byte;
    }
    core::ffi::CStr::from_bytes_until_nul(buffer).map_err(|_| INVALID)
}
