//! `/sla simulate` and `deskbell simulate`: what would have become of the promises under other policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::{Asked, Desk, NOT_HERE, Refusal, SHOWN};
use crate::domain::alert::target_words;
use crate::domain::calendar::Calendar;
use crate::domain::definitions::Definitions;
use crate::domain::message::{Block, Column, Message, Piece, Table, Text, Tone};
use crate::domain::names::capital;
use crate::domain::query::{PeriodSpec, RollingUnit};
use crate::domain::sla::{Policy, State};
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, Call, MetricsCall, SimulateCall, SlaCall};
use crate::metrics::period::{self, Period, Zone};
use crate::metrics::simulation::{Changed, Outcome, Question, Side, Simulation, Tally};
use crate::metrics::{format, present};

/// Teams shown to people.
const TEAMS: usize = 10;

/// Policies that somebody wrote down to be tried.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The name of the file.
    pub name: String,
    /// Promises, first match wins; they stand in the place of all others.
    pub policies: Vec<Policy>,
    /// All calendars that they may name.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
}

/// What a simulation says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// What is supposed, as typed: `first_response=2h`.
    pub supposed: Vec<String>,
    /// The file of policies that were tried.
    pub policy_file: Option<String>,
    /// The period in which the promises were asked for.
    pub from: Timestamp,
    /// Its end, exclusive.
    pub to: Timestamp,
    /// The moment of knowledge.
    pub as_of: Timestamp,
    /// Which tickets.
    pub filters: BTreeMap<String, Vec<String>>,
    /// What came out.
    #[serde(flatten)]
    pub outcome: Outcome,
    #[serde(skip)]
    share: bool,
    #[serde(skip)]
    zone: Zone,
}

impl Simulated {
    /// To be shown to the whole channel.
    pub(super) const fn share(&self) -> bool {
        self.share
    }
}

impl Desk {
    /// Replays a period under other policies (`asked` is `/sla simulate …`); `progress` hears of so many more tickets
    /// looked at. Nothing is written.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn simulate(
        &self,
        asked: &Asked<'_>,
        proposed: Option<&Proposed>,
        now: Timestamp,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Simulated, Refusal> {
        if !self.settings.access.may_ask(asked) {
            return Err(Refusal::Access(NOT_HERE));
        }
        self.refresh_vocabulary().await?;
        let mut vocabulary = self.known().vocabulary.clone();
        let standing = self.definitions.as_ref();
        let calendars = proposed.map(|proposed| Definitions {
            policies: proposed.policies.clone(),
            calendars: proposed.calendars.clone(),
            ..Definitions::default()
        });
        let tried = calendars.as_ref().unwrap_or(standing);
        vocabulary.know_promises(tried);
        let call = match grammar::parse(asked.text, &vocabulary) {
            Ok(Call::Sla(SlaCall::Simulate(call))) => *call,
            Ok(_) => return Err(Refusal::NoData),
            Err(error) => return Err(Refusal::Grammar { text: asked.text.to_owned(), error }),
        };
        let SimulateCall { supposition, period, filters, as_of, share } = call;
        let filtered = MetricsCall { filters, ..MetricsCall::default() };
        if !self.settings.access.may_see_agents(asked, &filtered) {
            return Err(Refusal::Access(super::AGENTS));
        }
        let filters = self.of_channel(filtered, asked.channel).filters;
        let (zone, as_of) = (self.zone(), self.moment(as_of, now));
        let period = period::resolve(period.unwrap_or(PeriodSpec::Last(30, RollingUnit::Days)), as_of, zone);
        let question = Question {
            supposition: supposition.clone(),
            policies: tried.policies.clone(),
            instead: proposed.is_some(),
            period,
            filters: filters.clone(),
            as_of,
            zone,
        };
        let simulation = Simulation::new(question, Arc::clone(&self.definitions), tried);
        Ok(Simulated {
            supposed: grammar::supposed(&supposition),
            policy_file: proposed.map(|proposed| proposed.name.clone()),
            from: period.from,
            to: period.to,
            as_of,
            filters: crate::metrics::filters_shown(&filters),
            outcome: self.replay(simulation, progress).await?,
            share,
            zone,
        })
    }

    /// Page after page; one page at a time is held.
    async fn replay(
        &self,
        mut simulation: Simulation,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Outcome, Refusal> {
        let mut after = None;
        loop {
            let page = self.store.histories(after, simulation.reach(), simulation.as_of()).await?;
            let Some(last) = page.last() else { return Ok(simulation.outcome()) };
            after = Some(last.no);
            let many = page.len();
            // Pure computing, which must not hold up acknowledgements.
            let look = move || {
                page.iter().for_each(|history| simulation.take(&history.key, &history.events));
                simulation
            };
            let looked = tokio::task::spawn_blocking(look).await;
            simulation = looked.unwrap_or_else(|e| std::panic::resume_unwind(e.into_panic()));
            progress(many);
        }
    }
}

/// A simulation for people.
pub fn told(simulated: &Simulated) -> Message {
    let total = &simulated.outcome.total;
    let what = supposed(simulated);
    let when =
        present::period_words(Period { from: simulated.from, to: simulated.to }, simulated.as_of, simulated.zone);
    let title = match (total.stands.attainment(), total.supposed.attainment()) {
        (None, None) => format!("{what}: nothing to keep or to miss"),
        (Some(_), None) => format!("{what}: nothing would be kept or missed by now"),
        (None, Some(now)) => format!("{what}: {} kept", format::percent(Some(now))),
        (Some(then), Some(now)) => {
            format!("{what}: {} kept instead of {}", format::percent(Some(now)), format::percent(Some(then)))
        }
    };
    let mut blocks = vec![Block::Text(summary(total))];
    blocks.extend(by_target(simulated));
    blocks.extend(by_team(simulated));
    blocks.extend(by_hour(simulated));
    blocks.extend(changed(simulated));
    let tone = match total.supposed.missed.cmp(&total.stands.missed) {
        std::cmp::Ordering::Greater => Tone::Warning,
        std::cmp::Ordering::Less => Tone::Good,
        std::cmp::Ordering::Equal => Tone::Neutral,
    };
    let tickets = format::count(simulated.outcome.tickets as f64);
    let asked_for = format!("Promises asked for {when}{} · tickets: {tickets}", filters(simulated));
    let method = "As it stands: by the policies in force at the time. Supposed: by one list and today's calendars, as if \
                  they had always held. Nothing is changed by asking.";
    let footer = vec![Text::plain(asked_for), Text::plain(method)];
    Message { tone, title, blocks, footer, ..Message::default() }
}

fn supposed(simulated: &Simulated) -> String {
    let words = simulated.supposed.join(", ");
    match (&simulated.policy_file, words.is_empty()) {
        (Some(file), true) => format!("The policies of {file}"),
        (Some(file), false) => format!("The policies of {file} with {words}"),
        (None, true) => "Today's policies".to_owned(),
        (None, false) => words,
    }
}

fn filters(simulated: &Simulated) -> String {
    simulated.filters.iter().map(|(key, values)| format!(" · {key} {}", values.join(", "))).collect()
}

fn summary(total: &Tally) -> Text {
    if total.stands.all() == 0 && total.supposed.all() == 0 {
        return Text::plain("No promise was asked for in this period, and none would have been.");
    }
    let count = |n: u64| format::count(n as f64);
    let (then, now) = (total.stands.missed, total.supposed.missed);
    let change = match now.cmp(&then) {
        std::cmp::Ordering::Greater => format!("{} more would be missed", count(now - then)),
        std::cmp::Ordering::Less => format!("{} fewer would be missed", count(then - now)),
        std::cmp::Ordering::Equal => "As many would be missed".to_owned(),
    };
    let of = |side: &Side| format!("{} of {} decided", count(side.missed), count(side.decided()));
    let changes = match (total.worse, total.better) {
        (0, 0) => " No verdict changes.".to_owned(),
        (worse, better) => {
            format!(" New misses: {}. Misses that would not be: {}.", count(worse), count(better))
        }
    };
    let running = match total.supposed.running {
        0 => String::new(),
        n => format!(" Still running: {}.", count(n)),
    };
    Text::bold(change).then(format!(": {}, instead of {}.{changes}{running}", of(&total.supposed), of(&total.stands)))
}

/// Both sides of some parts, a row each.
fn sides<'t>(head: &str, rows: impl Iterator<Item = (String, &'t Tally)>, most: usize) -> Option<Block> {
    let heads = [(head, false), ("Kept", true), ("Supposed", true), ("Missed", true), ("Supposed", true)];
    let columns = heads.map(|(head, right)| Column { head: head.to_owned(), right }).to_vec();
    let kept = |side: &Side| side.attainment().map_or_else(|| "–".to_owned(), |share| format::percent(Some(share)));
    let missed = |side: &Side| format::count(side.missed as f64);
    let row = |(name, tally): (String, &Tally)| {
        let cells = [name, kept(&tally.stands), kept(&tally.supposed), missed(&tally.stands), missed(&tally.supposed)];
        cells.map(Text::plain).to_vec()
    };
    let mut rows: Vec<Vec<Text>> = rows.map(row).collect();
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    (!rows.is_empty()).then_some(Block::Table(Table { columns, rows, more }))
}

fn by_target(simulated: &Simulated) -> Option<Block> {
    let rows = simulated.outcome.by_target.iter().map(|(target, tally)| (capital(target_words(*target)), tally));
    sides("Promise", rows, usize::MAX)
}

/// Those first of whom the supposition changes most.
fn by_team(simulated: &Simulated) -> Option<Block> {
    let mut teams: Vec<(&String, &Tally)> = simulated.outcome.by_team.iter().collect();
    teams.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.supposed.missed.abs_diff(tally.stands.missed)));
    let rows = teams.iter().map(|(team, tally)| ((*team).clone(), *tally));
    if teams.len() > 1 { sides("Team", rows, TEAMS) } else { None }
}

fn by_hour(simulated: &Simulated) -> Vec<Block> {
    let hours = &simulated.outcome.by_hour;
    let line = |side: fn(&Tally) -> &Side, what: &str| {
        let (hour, most) = hours.iter().enumerate().max_by_key(|(n, tally)| (side(tally).missed, 24 - n))?;
        let most = side(most).missed;
        let values = hours.iter().map(|tally| Some(side(tally).missed as f64)).collect();
        let label = format!("Missed by the hour at which it was asked for, {what}: most at {hour:02}:00 ({most})");
        (most > 0).then_some(Block::Sparkline { label, values })
    };
    let same = hours.iter().all(|tally| tally.stands.missed == tally.supposed.missed);
    let supposed = if same { None } else { line(|tally| &tally.supposed, "supposed") };
    line(|tally| &tally.stands, "as it stands").into_iter().chain(supposed).collect()
}

fn changed(simulated: &Simulated) -> Option<Block> {
    let total = &simulated.outcome.total;
    let heads = ["Ticket", "Promise", "As it stands", "Supposed", "Team"];
    let columns = heads.map(|head| Column { head: head.to_owned(), right: false }).to_vec();
    let row = |changed: &Changed| {
        vec![
            present::ticket(&changed.ticket),
            Text::plain(target_words(changed.target)),
            stands(changed.stands, changed.due_stands),
            stands(changed.supposed, changed.due_supposed),
            Text::plain(changed.ticket.team.clone().unwrap_or_default()),
        ]
    };
    // Where there are both, half of the rows are of either kind.
    let of = |worse: bool| simulated.outcome.changed.iter().filter(move |changed| changed.is_worse() == worse);
    let (worse, better) = (of(true).count(), of(false).count());
    let shown_better = better.min(SHOWN - worse.min(SHOWN / 2));
    let shown = of(true).take(SHOWN - shown_better).chain(of(false).take(shown_better));
    let rows: Vec<Vec<Text>> = shown.map(row).collect();
    let all = usize::try_from(total.worse + total.better).unwrap_or(usize::MAX);
    let more = all - rows.len();
    (!rows.is_empty()).then_some(Block::Table(Table { columns, rows, more }))
}

fn stands(state: State, due: Option<Timestamp>) -> Text {
    match (state, due) {
        (State::Breached, Some(due)) => Text::plain("missed ").and(Piece::Time(due)),
        (State::Breached, None) => Text::plain("missed"),
        (State::Met, _) => Text::plain("kept"),
        (State::Running, _) => Text::plain("running"),
        (State::Cancelled, _) => Text::plain("solved without it"),
    }
}
