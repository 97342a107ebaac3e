//! A block of samples of one kind: packed, checked, read.

use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, ENTRY, READ};
use super::{Names, Unreadable};
use crate::domain::sample::packing::NONE;
use crate::domain::sample::{CustomerNo, Sample, SampleKind, TicketNo};
use crate::domain::timestamp::Timestamp;

/// Raised whenever the format changes.
const VERSION: u8 = 1;

/// Bytes before the descriptions of the columns.
const HEAD: usize = 24;

/// Where the checksum stands, and where what it covers begins.
const CHECKSUM: usize = 16;

/// The columns every kind has, in their order; those of the fact and the names follow.
pub(super) mod place {
    pub(in crate::domain::columns) const AT: usize = 0;
    pub(in crate::domain::columns) const UNTIL: usize = 1;
    pub(in crate::domain::columns) const TICKET: usize = 2;
    pub(in crate::domain::columns) const ID: usize = 3;
    pub(in crate::domain::columns) const ID_LENGTH: usize = 4;
    pub(in crate::domain::columns) const SOURCE: usize = 5;
    pub(in crate::domain::columns) const CUSTOMER: usize = 6;
    pub(in crate::domain::columns) const TEAM: usize = 7;
    pub(in crate::domain::columns) const AGENT: usize = 8;
    pub(in crate::domain::columns) const CHANNEL: usize = 9;
    pub(in crate::domain::columns) const PRIORITY: usize = 10;
    pub(in crate::domain::columns) const TAGS: usize = 11;
    pub(in crate::domain::columns) const CATEGORY: usize = 12;
    pub(in crate::domain::columns) const TIER: usize = 13;
    pub(in crate::domain::columns) const TEXT: usize = 14;
    pub(in crate::domain::columns) const TEXT_LENGTH: usize = 15;
    pub(in crate::domain::columns) const FACT: usize = 16;

    use crate::domain::names::Dimension;

    /// The column of a dimension.
    #[inline(always)]
    pub(in crate::domain::columns) const fn of(dimension: Dimension) -> usize {
        match dimension {
            Dimension::Source => SOURCE,
            Dimension::Team => TEAM,
            Dimension::Agent => AGENT,
            Dimension::Channel => CHANNEL,
            Dimension::Priority => PRIORITY,
            Dimension::Tag => TAGS,
            Dimension::Category => CATEGORY,
            Dimension::Tier => TIER,
        }
    }
}

/// Samples of one kind in order of time, as columns. Copies share the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    bytes: Arc<[u8]>,
    kind: SampleKind,
    rows: u32,
    heap: u32,
    /// As the bytes describe them.
    columns: Arc<Columns>,
    /// When the last of its spans ends, [`i64::MAX`] if one has not or they are none.
    latest: i64,
}

impl Segment {
    /// Packs samples of one kind, each with the number of its ticket; usually those of one UTC day.
    ///
    /// # Panics
    /// When a sample is of another kind.
    pub fn pack(kind: SampleKind, samples: &[(TicketNo, Sample)], names: &mut Names) -> Self {
        let mut rows: Vec<&(TicketNo, Sample)> = samples.iter().collect();
        rows.sort_by(|(_, a), (_, b)| a.order(b));
        let mut heap = Heap::default();
        let mut columns: Vec<Vec<i64>> = vec![Vec::with_capacity(rows.len()); columns_of(kind)];
        let mut cells = Vec::with_capacity(columns.len());
        for (ticket, sample) in rows {
            assert_eq!(sample.fact.kind(), kind, "a segment holds samples of one kind");
            append(&mut cells, *ticket, sample, names, &mut heap);
            columns.iter_mut().zip(cells.drain(..)).for_each(|(column, cell)| column.push(cell));
        }

        let mut bytes = vec![0; HEAD + ENTRY * columns.len()];
        for (n, cells) in columns.iter().enumerate() {
            let entry = Column::write(cells, &mut bytes);
            bytes[HEAD + n * ENTRY..][..ENTRY].copy_from_slice(&entry);
        }
        let fits = "the samples of a day are far less than 4 GiB";
        let heap_at = u32::try_from(bytes.len()).expect(fits);
        let rows = u32::try_from(samples.len()).expect(fits);
        bytes.extend_from_slice(&heap.bytes);
        bytes.extend([0; READ]);
        bytes[0] = VERSION;
        bytes[4..8].copy_from_slice(&kind.layout().to_le_bytes());
        bytes[8..12].copy_from_slice(&rows.to_le_bytes());
        bytes[12..16].copy_from_slice(&heap_at.to_le_bytes());
        let sum = checksum(&bytes);
        bytes[CHECKSUM..HEAD].copy_from_slice(&sum.to_le_bytes());
        let columns = described(kind, &bytes).expect("all columns have just been described");
        Self { latest: latest(&columns, &bytes, rows), bytes: bytes.into(), kind, rows, heap: heap_at, columns }
    }

    /// Reads what [`bytes`](Self::bytes) gave.
    ///
    /// # Errors
    /// When this program has not written them.
    pub fn read(bytes: impl Into<Arc<[u8]>>) -> Result<Self, Unreadable> {
        let bytes = bytes.into();
        let head: &[u8; HEAD] = bytes.first_chunk().ok_or(Unreadable::Damaged)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let layout = number(4);
        let kind = SampleKind::ALL.iter().find(|kind| kind.layout() == layout);
        let Some(kind) = kind.filter(|_| head[0] == VERSION) else { return Err(Unreadable::OtherVersion) };
        if head[CHECKSUM..] != checksum(&bytes).to_le_bytes() {
            return Err(Unreadable::Damaged);
        }
        let columns = described(*kind, &bytes).ok_or(Unreadable::Damaged)?;
        let latest = latest(&columns, &bytes, number(8));
        let segment = Self { kind: *kind, rows: number(8), heap: number(12), bytes, columns, latest };
        let fits = |column: &Column| column.fits(segment.len(), segment.bytes.len());
        if !segment.columns.iter().take(columns_of(*kind)).all(fits) {
            return Err(Unreadable::Damaged);
        }
        Ok(segment)
    }

    /// Changes whenever segments of a kind are packed otherwise; never 0.
    pub fn layout(kind: SampleKind) -> i64 {
        i64::from(VERSION) << 32 | i64::from(kind.layout())
    }

    /// Bytes that the description of its columns takes in memory, beside [`size`](Self::size).
    pub const DESCRIPTION: usize = size_of::<Columns>();

    /// What is stored.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes it takes, in memory as in the store; in memory besides what describes its columns.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// What its samples are.
    pub const fn kind(&self) -> SampleKind {
        self.kind
    }

    /// How many samples.
    pub const fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The instants of its first and its last sample.
    pub fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        let last = self.len().checked_sub(1)?;
        Some((Timestamp(self.cell(place::AT, 0)), Timestamp(self.cell(place::AT, last))))
    }

    /// The last instant at which one of its spans may end; the greatest if one lasts.
    pub(super) const fn latest(&self) -> Timestamp {
        Timestamp(self.latest)
    }

    /// Its columns, in their order.
    pub(super) fn columns(&self) -> Arc<Columns> {
        Arc::clone(&self.columns)
    }

    pub(super) fn column(&self, place: usize) -> Column {
        self.columns.get(place).copied().unwrap_or(Column::ABSENT)
    }

    fn cell(&self, place: usize, row: usize) -> i64 {
        self.column(place).get(&self.bytes, row)
    }

    /// What lies in the heap.
    pub(super) fn text(&self, start: i64, length: i64) -> Option<&str> {
        let start = usize::try_from(start).ok()?.checked_add(self.heap as usize)?;
        let bytes = self.bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)?;
        std::str::from_utf8(bytes).ok()
    }
}

/// The columns that the bytes of a segment describe; `None` if they are not all there.
fn described(kind: SampleKind, bytes: &[u8]) -> Option<Arc<Columns>> {
    let mut columns = [Column::ABSENT; MOST_COLUMNS];
    for (place, column) in columns.iter_mut().enumerate().take(columns_of(kind)) {
        *column = Column::read(bytes.get(HEAD + place * ENTRY..)?.first_chunk()?);
    }
    Some(Arc::new(columns))
}

/// When the last of some spans ends.
fn latest(columns: &Columns, bytes: &[u8], rows: u32) -> i64 {
    let end = |row: u32| Some(columns[place::UNTIL].get(bytes, row as usize)).filter(|end| *end != NONE);
    (0..rows).map(end).try_fold(i64::MIN, |latest, end| end.map(|end| latest.max(end))).unwrap_or(i64::MAX)
}

/// The columns of a segment, those behind the last of its kind absent: so many for all kinds, so that no reader has to
/// ask how many there are.
pub(super) type Columns = [Column; MOST_COLUMNS];

/// As many columns as the kind with the most has.
const MOST_COLUMNS: usize = {
    let (mut most, mut n) = (0, 0);
    while n < SampleKind::ALL.len() {
        let columns = columns_of(SampleKind::ALL[n]);
        most = if columns > most { columns } else { most };
        n += 1;
    }
    most
};

const fn columns_of(kind: SampleKind) -> usize {
    place::FACT + kind.cells() + kind.names().len()
}

/// Appends the numbers of a sample, column by column.
fn append<'s>(cells: &mut Vec<i64>, ticket: TicketNo, sample: &'s Sample, names: &mut Names, heap: &mut Heap<'s>) {
    let d = &sample.dimensions;
    let (id, id_length) = match decimal(&sample.ticket.id) {
        Some(number) => (number, NONE),
        None => heap.add(&sample.ticket.id),
    };
    let (text, text_length) = sample.text.as_deref().map_or((NONE, NONE), |text| heap.add(text));
    let tags = (!d.tags.is_empty()).then(|| {
        let words: Vec<u32> = d.tags.iter().map(|tag| names.word(tag)).collect();
        names.set(&words).into()
    });
    let mut word = |word: Option<&str>| word.map_or(NONE, |word| names.word(word).into());
    cells.extend([
        sample.at.millis(),
        sample.until.map_or(NONE, Timestamp::millis),
        ticket.0.into(),
        id,
        id_length,
        word(Some(&sample.ticket.source)),
        sample.customer.as_deref().map_or(NONE, |customer| CustomerNo::of(customer).0),
        word(d.team.as_deref()),
        word(d.agent.as_deref()),
        word(d.channel.as_deref()),
        word(Some(d.priority.as_str()).filter(|priority| !priority.is_empty())),
        tags.unwrap_or(NONE),
        word(d.category.as_deref()),
        word(d.tier.as_deref()),
        text,
        text_length,
    ]);
    sample.fact.append(cells);
    let kind = sample.fact.kind();
    debug_assert!(sample.names.len() <= kind.names().len(), "{} has a name that its kind does not list", kind.name());
    cells.extend((0..kind.names().len()).map(|n| word(sample.names.get(n).and_then(Option::as_deref))));
}

/// The number that an id is the usual spelling of.
fn decimal(id: &str) -> Option<i64> {
    let usual = id == "0" || !id.starts_with('0');
    (usual && id.len() <= 18 && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.parse().ok())?
}

/// Texts one after the other, each once.
#[derive(Default)]
struct Heap<'s> {
    bytes: Vec<u8>,
    places: HashMap<&'s str, usize>,
}

impl<'s> Heap<'s> {
    /// Where a text begins, and its length.
    fn add(&mut self, text: &'s str) -> (i64, i64) {
        let start = *self.places.entry(text).or_insert_with(|| {
            self.bytes.extend_from_slice(text.as_bytes());
            self.bytes.len() - text.len()
        });
        (start as i64, text.len() as i64)
    }
}

/// Eight bytes that change when anything but themselves changes.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (head, rest) = (bytes[..CHECKSUM].as_chunks().0, bytes[HEAD..].as_chunks());
    let mut last = [0; 8];
    last[..rest.1.len()].copy_from_slice(rest.1);
    let last = (!rest.1.is_empty()).then_some(&last);
    let words = head.iter().chain(rest.0).chain(last);
    let sum = words.fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    // The last multiplication alone would leave the low bits weak.
    sum ^ (sum >> 32)
}
