//! Groups beside one another, and layers of a whole.

use super::super::super::answer::{Answer, Group, Report};
use super::super::super::format;
use super::super::{table, words};
use super::time::Times;
use super::{picture, scale, shown, stretch};
use crate::domain::chart::{Bar, Bars, Chart, Figure, Layer, Stack};
use crate::domain::names::GroupBy;
use crate::domain::query::Versus;

/// More bars make a picture that is taller than a phone.
const BARS: usize = 8;

/// More layers cannot be told apart.
const LAYERS: usize = 5;

/// Each group with what it was before.
pub(super) fn bars(report: &Report, answer: &Answer, by: GroupBy) -> Option<Chart> {
    let (groups, _) = table::ranked(by, &answer.groups);
    if groups.is_empty() {
        return None;
    }
    let before = |group: &Group| group.figures.previous.and_then(|previous| previous.value);
    let compared = report.compared_to.as_ref().filter(|_| groups.iter().any(|group| before(group).is_some()));
    let bar = |group: &&Group| {
        let n = group.figures.n.map(|n| format!("n={}", format::count(n as f64)));
        let was = compared.and(before(group)).map(|value| format!("was {}", shown(answer, Some(value))));
        Bar {
            name: words::key_words(by, group.key.as_deref()),
            value: group.figures.value,
            shown: group.figures.value.map_or_else(|| "no data".to_owned(), |value| shown(answer, Some(value))),
            note: [n, was].into_iter().flatten().collect::<Vec<_>>().join(" · "),
            before: before(group),
            target: group.figures.target,
        }
    };
    let bars: Vec<Bar> = groups.iter().take(BARS).map(bar).collect();
    let told = bars.iter().map(|bar| {
        let note = if bar.note.is_empty() { String::new() } else { format!(" ({})", bar.note) };
        format!("{} {}{note}", bar.name, bar.shown)
    });
    let mut alt = told.collect::<Vec<_>>().join(", ");
    let more = groups.len() - bars.len();
    if more > 0 {
        alt.push_str(&format!(", and {more} more"));
    }
    let targets: Vec<f64> = bars.iter().filter_map(|bar| bar.target).collect();
    let target = targets.first().map(|first| {
        let one = targets.iter().all(|target| target == first);
        if one { format!("target {}", shown(answer, Some(*first))) } else { "target".to_owned() }
    });
    let told = |stretch| words::period_words(stretch, report.as_of, report.asked.zone);
    let before = compared.map(|compared| match report.asked.versus {
        Versus::Average => "mean of the four before".to_owned(),
        _ => told(stretch(compared)),
    });
    let now = told(stretch(&report.period));
    let figure = Figure::Bars(Bars { bars, now, before, target, more });
    Some(picture(report, answer, &format!(" by {}", by.name()), &format!("{alt}."), scale(answer), figure))
}

/// The layers of a count over time; nothing where its groups do not make up the whole.
pub(super) fn layers(report: &Report, answer: &Answer, by: GroupBy) -> Option<Chart> {
    let groups = &answer.groups;
    let columns = &groups.first()?.series;
    let whole = answer.figures.value?;
    let sum: f64 = groups.iter().filter_map(|group| group.figures.value).sum();
    let alike = groups.iter().all(|group| group.series.len() == columns.len());
    if columns.len() < 2 || !alike || whole <= 0.0 || (sum - whole).abs() > 0.5 {
        return None;
    }
    let layer = |name: String, groups: &[Group]| {
        let value: f64 = groups.iter().filter_map(|group| group.figures.value).sum();
        let at = |n: usize| groups.iter().filter_map(|group| group.series[n].value).reduce(|a, b| a + b);
        let share = format::count(value / whole * 100.0);
        Layer {
            name,
            shown: format!("{} ({share}%)", shown(answer, Some(value))),
            values: (0..columns.len()).map(at).collect(),
        }
    };
    let apart = if groups.len() > LAYERS { LAYERS - 1 } else { groups.len() };
    let (large, rest) = groups.split_at(apart);
    let mut layers: Vec<Layer> = (large.iter())
        .map(|group| layer(words::key_words(by, group.key.as_deref()), std::slice::from_ref(group)))
        .collect();
    layers.extend((!rest.is_empty()).then(|| layer(format!("{} others", rest.len()), rest)));
    let times = Times::of(columns, report);
    let total = |n: usize| layers.iter().filter_map(|layer| layer.values[n]).sum::<f64>();
    let most = (0..columns.len()).max_by(|a, b| total(*a).total_cmp(&total(*b)).then(b.cmp(a)))?;
    let told: Vec<String> = layers.iter().map(|layer| format!("{} {}", layer.name, layer.shown)).collect();
    let alt = format!(
        "{}; most {}: {}.",
        told.join(", "),
        times.words(columns[most].from),
        shown(answer, Some(total(most))),
    );
    let running = columns.last().is_some_and(|last| times.runs(answer, last.from, report));
    let labels = columns.iter().map(|point| times.label(point.from)).collect();
    let figure = Figure::Stack(Stack { columns: labels, running, layers });
    Some(picture(report, answer, &format!(" by {}", by.name()), &alt, scale(answer), figure))
}
