//! How many answers may be under way: in all, so that memory is bounded, and to one chat, so that
//! nobody who asks faster than a chat may be written to keeps the others waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// With more, updates wait at the service.
const ANSWERS: usize = 256;
/// A person is written to once a second, a group once in three: what comes after so many more
/// would be read by nobody.
const TO_ONE_CHAT: usize = 8;

#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    chats: Mutex<HashMap<i64, usize>>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(ANSWERS)),
            chats: Mutex::default(),
        }
    }
}

/// Room for one answer, to whomever.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    places: Arc<Places>,
}

/// One answer to one chat, until it is said.
#[derive(Debug)]
pub(crate) struct Turn {
    place: Place,
    chat: i64,
}

impl Places {
    /// `None`: so many answers are under way that an update has to wait.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Place {
            _permit: permit,
            places: Arc::clone(self),
        })
    }

    fn chats(&self) -> MutexGuard<'_, HashMap<i64, usize>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// `None`: this chat is being told enough already.
    pub(crate) fn of(self, chat: i64) -> Option<Turn> {
        let mut chats = self.places.chats();
        let waiting = chats.get(&chat).copied().unwrap_or(0);
        if waiting == TO_ONE_CHAT {
            return None;
        }
        chats.insert(chat, waiting + 1);
        drop(chats);
        Some(Turn { place: self, chat })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut chats = self.place.places.chats();
        match chats.get_mut(&self.chat) {
            Some(waiting) if *waiting > 1 => *waiting -= 1,
            _ => drop(chats.remove(&self.chat)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chat_takes_few_of_the_places_and_gives_them_back() {
        let places = Arc::new(Places::default());
        let ask = |chat| places.take().and_then(|place| place.of(chat));
        let turns: Vec<_> = (0..300).filter_map(|_| ask(7)).collect();
        assert_eq!(turns.len(), TO_ONE_CHAT);
        assert!(ask(8).is_some());
        drop(turns);
        assert!(ask(7).is_some());
        assert!(places.chats().is_empty(), "nobody is remembered");
    }

    #[test]
    fn all_chats_together_have_an_end_too() {
        let places = Arc::new(Places::default());
        let turns: Vec<_> = (0..300)
            .filter_map(|chat| places.take().and_then(|place| place.of(chat)))
            .collect();
        assert_eq!(turns.len(), ANSWERS);
        assert!(places.take().is_none());
    }
}
