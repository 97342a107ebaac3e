//! Segments in memory, as many as fit.

use std::collections::{BTreeMap, HashMap};

use crate::domain::columns::{Segment, Slot};
use crate::domain::sample::SampleKind;

/// What a segment takes besides its bytes, about: the description of its columns, and its places in here.
const OVERHEAD: usize = Segment::DESCRIPTION + 150;

/// The segments used last. What is in here is true of its version only; whoever asks knows the version in force.
#[derive(Debug)]
pub(in crate::store) struct Cache {
    held: HashMap<(SampleKind, Slot), Held>,
    /// What was used when, the longest ago first.
    by_use: BTreeMap<u64, (SampleKind, Slot)>,
    uses: u64,
    bytes: usize,
    limit: usize,
}

#[derive(Debug)]
struct Held {
    version: i64,
    segment: Segment,
    used: u64,
}

impl Cache {
    /// An empty cache of so many bytes.
    pub(in crate::store) fn new(limit: usize) -> Self {
        Self { held: HashMap::new(), by_use: BTreeMap::new(), uses: 0, bytes: 0, limit }
    }

    /// A segment, if its version is here.
    pub(super) fn get(&mut self, kind: SampleKind, slot: Slot, version: i64) -> Option<Segment> {
        let held = self.held.get_mut(&(kind, slot)).filter(|held| held.version == version)?;
        self.by_use.remove(&held.used);
        self.uses += 1;
        held.used = self.uses;
        self.by_use.insert(self.uses, (kind, slot));
        Some(held.segment.clone())
    }

    /// Keeps a segment, unless a later version is here already: a reader may come late with what it saw.
    pub(super) fn put(&mut self, slot: Slot, version: i64, segment: Segment) {
        let key = (segment.kind(), slot);
        if self.held.get(&key).is_some_and(|held| held.version >= version) {
            return;
        }
        self.drop(key);
        self.uses += 1;
        self.bytes += segment.size() + OVERHEAD;
        self.by_use.insert(self.uses, key);
        self.held.insert(key, Held { version, segment, used: self.uses });
        while self.bytes > self.limit
            && let Some((_, oldest)) = self.by_use.first_key_value()
        {
            self.drop(*oldest);
        }
    }

    fn drop(&mut self, key: (SampleKind, Slot)) {
        if let Some(held) = self.held.remove(&key) {
            self.bytes -= held.segment.size() + OVERHEAD;
            self.by_use.remove(&held.used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::columns::Names;

    fn segment() -> Segment {
        Segment::pack(SampleKind::Solve, &[], &mut Names::default())
    }

    #[test]
    fn a_version_is_never_taken_for_another() {
        let mut cache = Cache::new(10_000);
        cache.put(Slot(1), 2, segment());
        assert!(cache.get(SampleKind::Solve, Slot(1), 2).is_some());
        for (kind, slot, version) in
            [(SampleKind::Solve, 1, 1), (SampleKind::Solve, 1, 3), (SampleKind::Solve, 3, 2), (SampleKind::Open, 1, 2)]
        {
            assert_eq!(cache.get(kind, Slot(slot), version), None);
        }
        cache.put(Slot(1), 1, segment());
        assert!(cache.get(SampleKind::Solve, Slot(1), 2).is_some(), "a late reader drives nothing out");
        cache.put(Slot(1), 3, segment());
        assert!(cache.get(SampleKind::Solve, Slot(1), 3).is_some());
    }

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let size = segment().size() + OVERHEAD;
        let mut cache = Cache::new(3 * size);
        let mut held = |used: &[i64]| {
            used.iter().for_each(|slot| cache.put(Slot(*slot), 1, segment()));
            assert!(cache.bytes <= cache.limit && cache.by_use.len() == cache.held.len());
            let slots = cache.by_use.values().map(|(_, slot)| slot.0).collect::<Vec<_>>();
            let _ = cache.get(SampleKind::Solve, Slot(slots[0]), 1);
            slots
        };
        assert_eq!(held(&[1, 2, 3]), [1, 2, 3]);
        assert_eq!(held(&[4]), [3, 1, 4]);
        assert_eq!(held(&[5, 6]), [3, 5, 6]);
        let mut small = Cache::new(size - 1);
        small.put(Slot(1), 1, segment());
        assert_eq!((small.bytes, small.held.len()), (0, 0));
    }
}
