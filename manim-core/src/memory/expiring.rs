//! A map whose entries end. What has ended is never seen, and is swept by later writes.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;

#[derive(Debug)]
pub(super) struct Expiring<K, V> {
    entries: BTreeMap<K, (V, Timestamp)>,
    ends: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord + Copy, V> Expiring<K, V> {
    pub(super) fn get(&self, key: K, now: Timestamp) -> Option<&V> {
        self.entries
            .get(&key)
            .filter(|(_, end)| *end > now)
            .map(|(value, _)| value)
    }

    /// Keeps `value` until `end`, and forgets what has ended by `now`.
    pub(super) fn insert(&mut self, key: K, value: V, end: Timestamp, now: Timestamp) {
        if let Some((_, old_end)) = self.entries.insert(key, (value, end)) {
            self.ends.remove(&(old_end, key));
        }
        self.ends.insert((end, key));
        self.sweep(now);
    }

    pub(super) fn values(&self, now: Timestamp) -> impl Iterator<Item = &V> {
        self.entries
            .values()
            .filter(move |(_, end)| *end > now)
            .map(|(value, _)| value)
    }

    fn sweep(&mut self, now: Timestamp) {
        while let Some(&(end, key)) = self.ends.first().filter(|(end, _)| *end <= now) {
            self.ends.remove(&(end, key));
            self.entries.remove(&key);
        }
    }
}

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            ends: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(seconds: u64) -> Timestamp {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn an_entry_is_seen_until_just_before_its_end() {
        let mut map = Expiring::default();
        map.insert(1, 'a', at(10), START);
        assert_eq!(map.get(1, at(9)), Some(&'a'));
        assert_eq!(map.get(1, at(10)), None);
        assert_eq!(map.values(at(10)).count(), 0);
    }

    #[test]
    fn a_write_sweeps_what_has_ended_and_keeps_what_was_put_off() {
        let mut map = Expiring::default();
        map.insert(1, 'a', at(10), START);
        map.insert(2, 'b', at(10), START);
        map.insert(2, 'b', at(20), START);
        map.insert(3, 'c', at(30), at(15));
        assert_eq!(map.entries.keys().copied().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(map.ends.len(), 2);
    }
}
