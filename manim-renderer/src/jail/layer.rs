//! The layers of a jail, each of which a test can leave out to see what it stops.

/// One layer. For tests of the jail itself: without a layer there is no boundary.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// User, mount, host name and cgroup namespaces, and with them the root of its own.
    Users,
    /// The PID namespace.
    Processes,
    /// The network namespace.
    Network,
    /// The IPC namespace.
    Ipc,
    /// Empty capability sets.
    Capabilities,
    /// Not dumpable.
    Dumpable,
    /// Resource limits.
    Limits,
    /// Landlock.
    Landlock,
    /// The system call filter.
    Calls,
}

/// All layers but those that a test leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layers {
    off: Vec<Layer>,
}

impl Layers {
    pub(crate) fn without(off: &[Layer]) -> Self {
        Self { off: off.to_vec() }
    }

    pub(crate) fn has(&self, layer: Layer) -> bool {
        !self.off.contains(&layer)
    }

    /// Whether nothing is left out, so that proofs must hold.
    pub(crate) fn all(&self) -> bool {
        self.off.is_empty()
    }
}
