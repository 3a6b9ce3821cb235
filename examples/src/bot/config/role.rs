//! Which part of the work a process does.

/// Which part of the work this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes problems in and works on them.
    All,
    /// Takes problems in, and answers.
    Frontend,
    /// Works.
    Worker,
}

impl Role {
    /// Whether people are talked to here.
    pub fn faces_people(self) -> bool {
        self != Self::Worker
    }

    /// Whether films are made here.
    pub fn works(self) -> bool {
        self != Self::Frontend
    }
}

impl Role {
    /// The words for them.
    pub const CHOICES: [(&'static str, Self); 3] = [
        ("all", Self::All),
        ("frontend", Self::Frontend),
        ("worker", Self::Worker),
    ];
}

impl std::str::FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::CHOICES.into_iter().find(|(word, _)| *word == text);
        found
            .map(|(_, role)| role)
            .ok_or("choose one of all, frontend, worker")
    }
}
