// The kinds of steps that a plan is made of. Shared by the supervisor, which writes
// plans, and the lockdown library, which performs them. A step that fails ends its
// process with `EXIT_BASE + kind`.

pub const MAGIC: u32 = 0x4d4a_4c31;
pub const EXIT_BASE: u32 = 128;
/// Stands in a filter for the process that installs it.
pub const OWN_PID: u32 = 0x7fed_c0de;
/// No step is made to fail.
#[allow(dead_code, reason = "the supervisor writes it")]
pub const NEVER: u32 = u32::MAX;
/// The fork itself is made to fail.
#[allow(dead_code, reason = "the library reads it")]
pub const AT_FORK: u32 = u32::MAX - 1;
/// The mapping of users is made to fail.
#[allow(dead_code, reason = "the library reads it")]
pub const AT_MAPS: u32 = u32::MAX - 2;
/// Descriptors that a plan may hold at once.
pub const SLOTS: usize = 192;

pub const CLONE: u32 = 1;
pub const ID_MAPS: u32 = 2;
pub const PLAN: u32 = 3;
pub const OPEN: u32 = 4;
pub const MAKE_DIR: u32 = 5;
pub const MAKE_FILE: u32 = 6;
pub const MOUNT: u32 = 8;
pub const BIND: u32 = 9;
pub const RESTRICT_MOUNT: u32 = 10;
pub const PIVOT: u32 = 11;
pub const HOST_NAME: u32 = 12;
pub const CHANGE_DIR: u32 = 13;
pub const SET_IDS: u32 = 14;
pub const RESOURCE_LIMIT: u32 = 15;
pub const CAPABILITIES: u32 = 16;
pub const DUMPABLE: u32 = 17;
pub const DIE_WITH_PARENT: u32 = 18;
pub const NO_NEW_PRIVILEGES: u32 = 19;
pub const RULE_SET: u32 = 20;
pub const RULE: u32 = 21;
pub const ENFORCE_RULES: u32 = 22;
pub const FILTER: u32 = 23;
pub const MUST_NOT_OPEN: u32 = 24;
pub const MUST_NOT_CALL: u32 = 25;
pub const CLOSE_SLOTS: u32 = 26;
/// Becoming the program, which is no step.
pub const EXECUTE: u32 = 27;
