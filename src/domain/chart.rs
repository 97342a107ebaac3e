//! A picture of numbers as data: what it shows, not how it is drawn.
//!
//! Whatever is read as text (names, dates, values) comes written out, in the reader's zone and in the words of the answer
//! it belongs to, so that a picture never says a number otherwise than its message does. Numbers beside them are for
//! places and lengths alone. [`crate::chart`] draws it.

use serde::{Deserialize, Serialize};

/// One picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What is shown, with the number people read first.
    pub title: String,
    /// Of which period, on which clock.
    pub subtitle: String,
    /// The figures that matter in a sentence, for those who do not see the picture.
    pub alt: String,
    /// What the values are measured in.
    pub scale: Scale,
    /// The kind of picture, with its data.
    pub figure: Figure,
}

/// What values are measured in, as far as the marks of an axis go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Seconds; a business day is not 24 hours, so not every clock counts in days.
    Seconds {
        /// Long ones are told in days.
        days: bool,
    },
    /// A fraction from 0 to 1, told as percent.
    Percent,
    /// Whole things.
    Count,
    /// Any number.
    Number,
    /// Money, told with this sign.
    Money(String),
}

/// The kinds of pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// A value over time.
    Trend(Trend),
    /// Groups beside one another, each with what it was before.
    Bars(Bars),
    /// Hours across, weekdays down.
    Heat(Heat),
    /// What a volume consists of, over time.
    Stack(Stack),
    /// How durations are spread.
    Distribution(Distribution),
}

/// A value over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// In order of time, as far apart as one another.
    pub points: Vec<Point>,
    /// What should be reached.
    pub target: Option<Line>,
}

/// A value at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub label: String,
    /// How much; `None` = no data, which is drawn as a gap.
    pub value: Option<f64>,
    /// The same as people read it.
    pub shown: String,
    /// Its time is not over: the value may yet change.
    pub running: bool,
}

/// A value to compare with, all across the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Where.
    pub value: f64,
    /// What it is, with its value.
    pub label: String,
}

/// Groups beside one another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// From the top.
    pub bars: Vec<Bar>,
    /// What the bars are of.
    pub now: String,
    /// What they are compared with, if anything.
    pub before: Option<String>,
    /// What should be reached, if anything.
    pub target: Option<String>,
    /// Groups left out.
    pub more: usize,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its value; `None` = no data.
    pub value: Option<f64>,
    /// The same as people read it.
    pub shown: String,
    /// Small print behind the value, such as its sample; may be empty.
    pub note: String,
    /// The value before.
    pub before: Option<f64>,
    /// What this group should reach.
    pub target: Option<f64>,
}

/// Values by weekday and hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heat {
    /// The hours.
    pub columns: Vec<String>,
    /// The weekdays.
    pub rows: Vec<HeatRow>,
    /// What the greatest value is, where and how much.
    pub most: String,
}

/// One weekday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// A value a column; `None` = no data.
    pub cells: Vec<Option<f64>>,
}

/// What a volume consists of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Times, in order.
    pub columns: Vec<String>,
    /// The time of the last column is not over.
    pub running: bool,
    /// From the bottom.
    pub layers: Vec<Layer>,
}

/// One part of a volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// How much of it there is in all, as people read it.
    pub shown: String,
    /// A value a column.
    pub values: Vec<Option<f64>>,
}

/// How durations are spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// In order, each beginning where the one before ends; drawn equally wide.
    pub bands: Vec<Band>,
    /// Values marked, each with its label.
    pub marks: Vec<Mark>,
}

/// A range of durations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Its lower end.
    pub from: f64,
    /// Its upper end; `None` = whatever is longer.
    pub to: Option<f64>,
    /// How many lie in it.
    pub count: u64,
}

/// A value marked in a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Which.
    pub kind: MarkKind,
    /// Where.
    pub value: f64,
    /// What it is, with its value.
    pub label: String,
}

/// What can be marked; each kind has a stroke of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Half are shorter.
    Median,
    /// Nine of ten are shorter.
    P90,
    /// What should be reached.
    Target,
}
