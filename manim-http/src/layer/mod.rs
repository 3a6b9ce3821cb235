//! What happens around every request. One idea each.

pub(crate) mod caller;
pub(crate) mod deadline;
pub(crate) mod headers;
pub(crate) mod size;
pub(crate) mod trace;
