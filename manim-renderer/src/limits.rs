//! How much a job may use. Each limit that is reached is named in the answer.

use std::time::Duration;

/// What one job may use. Start from [`Limits::default`].
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub(crate) render_wall: Duration,
    pub(crate) inspect_wall: Duration,
    pub(crate) script_wall: Duration,
    pub(crate) film_bytes: u64,
    pub(crate) drawn_pixels: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) scratch_bytes: u64,
    pub(crate) formulas: u32,
    pub(crate) formula_wall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            render_wall: Self::RENDER_WALL,
            inspect_wall: Self::INSPECT_WALL,
            script_wall: Self::SCRIPT_WALL,
            film_bytes: Self::FILM_BYTES,
            drawn_pixels: Self::DRAWN_PIXELS,
            memory_bytes: Self::MEMORY_BYTES,
            scratch_bytes: Self::SCRATCH_BYTES,
            formulas: Self::FORMULAS,
            formula_wall: Self::FORMULA_WALL,
        }
    }
}

impl Limits {
    /// Five minutes: the longest that a person waits for a film.
    pub const RENDER_WALL: Duration = Duration::from_secs(300);
    /// A dry run takes a fraction of a second; a minute leaves room for cold TeX.
    pub const INSPECT_WALL: Duration = Duration::from_secs(60);
    /// Our own programs answer within a second or two.
    pub const SCRIPT_WALL: Duration = Duration::from_secs(20);
    /// What a chat service takes as one video.
    pub const FILM_BYTES: u64 = 50 * 1024 * 1024;
    /// Frames × pixels: five minutes of 1080p60, or 27 minutes of 720p30.
    pub const DRAWN_PIXELS: u64 = 40_000_000_000;
    /// Manim takes 0.1 GiB; scenes with thousands of objects ten times that.
    pub const MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
    /// Scenes keep pictures of formulas and text there, a few megabytes.
    pub const SCRATCH_BYTES: u64 = 512 * 1024 * 1024;
    /// Formulas that are not known yet take 0.4 s each.
    pub const FORMULAS: u32 = 64;
    /// A formula that takes this long never ends.
    pub const FORMULA_WALL: Duration = Duration::from_secs(10);

    /// More processor time than 1.5 × the wall time is a scene that computes on many threads.
    const CPU_PER_WALL: f64 = 1.5;
    /// Address space that is reserved and never used: thread stacks, libraries, files.
    const ADDRESS_SLACK: u64 = 1024 * 1024 * 1024;
    /// Threads, and in the jail of formulas processes.
    pub(crate) const PROCESSES: u64 = 64;
    /// Files and directories in a job's scratch.
    pub(crate) const SCRATCH_INODES: u64 = 20_000;
    /// Descriptors of one process of a job.
    const OPEN_FILES: u64 = 256;

    /// Kept of a job's output, in bytes, at its start and again at its end.
    pub(crate) const LOG_KEPT: usize = 32 * 1024;
    /// A job that writes more than this is ended.
    pub(crate) const LOG_BYTES: u64 = 64 * 1024 * 1024;
    /// Notes taken from one job; more tell nothing new.
    pub(crate) const NOTES: usize = 32;

    /// Wall time of a render, from its start in a worker.
    #[must_use]
    pub fn with_render_wall(mut self, limit: Duration) -> Self {
        self.render_wall = limit;
        self
    }

    /// Wall time of a dry run.
    #[must_use]
    pub fn with_inspect_wall(mut self, limit: Duration) -> Self {
        self.inspect_wall = limit;
        self
    }

    /// Wall time of a [`Program`](manim_core::Program).
    #[must_use]
    pub fn with_script_wall(mut self, limit: Duration) -> Self {
        self.script_wall = limit;
        self
    }

    /// Size of the encoded film.
    #[must_use]
    pub fn with_film_bytes(mut self, limit: u64) -> Self {
        self.film_bytes = limit;
        self
    }

    /// Frames of a film times the pixels of each.
    #[must_use]
    pub fn with_drawn_pixels(mut self, limit: u64) -> Self {
        self.drawn_pixels = limit;
        self
    }

    /// Most frames of a film of this size.
    pub(crate) fn frames(&self, width: u32, height: u32) -> u64 {
        self.drawn_pixels / (u64::from(width) * u64::from(height)).max(1)
    }

    /// Memory of all processes of a job together.
    #[must_use]
    pub fn with_memory_bytes(mut self, limit: u64) -> Self {
        self.memory_bytes = limit;
        self
    }

    /// What a job may keep on its scratch space.
    #[must_use]
    pub fn with_scratch_bytes(mut self, limit: u64) -> Self {
        self.scratch_bytes = limit;
        self
    }

    /// Formulas of one job that are not in the cache.
    #[must_use]
    pub fn with_formulas(mut self, limit: u32) -> Self {
        self.formulas = limit;
        self
    }

    /// Wall time of setting one formula.
    #[must_use]
    pub fn with_formula_wall(mut self, limit: Duration) -> Self {
        self.formula_wall = limit;
        self
    }

    /// What the kernel enforces on each process of a job, by the lower-case names of
    /// `RLIMIT_*`.
    pub(crate) fn kernel(&self, wall: Duration) -> Vec<(&'static str, u64)> {
        vec![
            ("core", 0),
            ("cpu", Self::cpu_seconds(wall)),
            ("fsize", self.scratch_bytes),
            ("nofile", Self::OPEN_FILES),
            ("as", self.memory_bytes.saturating_add(Self::ADDRESS_SLACK)),
            ("nproc", Self::PROCESSES),
            ("msgqueue", 0),
            ("memlock", 0),
        ]
    }

    /// Processor time of a job that may run for `wall`.
    pub(crate) fn cpu_seconds(wall: Duration) -> u64 {
        (wall.as_secs_f64() * Self::CPU_PER_WALL).ceil().max(1.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_cap_follows_from_the_size_of_a_frame() {
        let limits = Limits::default().with_drawn_pixels(1000);
        assert_eq!(limits.frames(10, 10), 10);
        assert_eq!(limits.frames(0, 0), 1000);
    }

    #[test]
    fn processor_time_is_never_less_than_a_second() {
        assert_eq!(Limits::cpu_seconds(Duration::from_millis(1)), 1);
    }
}
