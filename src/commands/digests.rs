//! `/digest`: which digests a channel has, and what people do about them.
//!
//! Those of `bot.toml` are shown beside those that people scheduled, and only there can they be removed.

use super::speech::{ask, refine};
use super::{Asked, Desk, LEADS, Refusal, Reply};
use crate::chat::Channel;
use crate::digests::{self, Digest};
use crate::domain::message::{Action, ActionKind, Block, Column, Message, Piece, Table, Text, Tone};
use crate::domain::names::nearest;
use crate::domain::schedule::{Plan, Schedule};
use crate::domain::timestamp::Timestamp;
use crate::grammar::{self, Begun, Call, DigestCall, NewDigest};
use crate::store::{DigestRow, StoreError};

/// As many as one channel may have from chat: more are noise.
const MOST: usize = 20;

/// What a digest without a schedule is called.
const UNNAMED: &str = "digest";

impl Desk {
    /// `/digest …`
    pub(super) async fn of_digests(
        &self,
        call: &DigestCall,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        let changes = matches!(call, DigestCall::Add(_) | DigestCall::Remove(_) | DigestCall::Send(_));
        if changes && !self.settings.access.is_lead(asked) {
            return Err(Refusal::Access(LEADS));
        }
        let here = self.digests_of(asked.channel).await?;
        let message = match call {
            DigestCall::List => self.listed(&here, "Digests of this channel".to_owned(), asked, now),
            DigestCall::Add(new) => self.add(new, &here, asked, now).await?,
            DigestCall::Remove(name) => self.remove(name, &here, asked, now).await?,
            DigestCall::Preview(name) => {
                let named = chosen(name.as_deref(), &here)?;
                let name = named.map_or(UNNAMED, |digest| &digest.name);
                let mut message = self.digest(name, asked.channel, now, asked.drawn).await?.0;
                message.footer.insert(0, Text::plain("A preview: only you see it"));
                if self.settings.access.is_lead(asked) {
                    let send = DigestCall::Send(named.map(|digest| digest.name.clone()));
                    let does = ActionKind::Command(grammar::unparse(&Call::Digest(send)));
                    message.actions.push(Action { label: "Send now".to_owned(), does });
                }
                message
            }
            DigestCall::Send(name) => {
                let named = chosen(name.as_deref(), &here)?;
                let (key, name) = named.map_or((UNNAMED, UNNAMED), |digest| (&digest.key, &digest.name));
                let (message, statements) = self.digest(name, asked.channel, now, asked.drawn).await?;
                let channel = self.as_called(asked.channel);
                let is_first = digests::send_now(&self.store, key, &channel, message, &statements, now).await?;
                let title = if is_first { "The digest is on its way" } else { "This digest was sent a moment ago" };
                Message { tone: Tone::Good, title: title.to_owned(), ..Message::default() }
            }
        };
        Ok(Reply::new(message, false))
    }

    /// Every digest there is, by its name in a channel or everywhere.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn digests(&self) -> Result<Vec<Digest>, StoreError> {
        digests::scheduled(&self.store, &self.settings.digests).await
    }

    /// Those of a channel.
    async fn digests_of(&self, channel: &Channel) -> Result<Vec<Digest>, StoreError> {
        let called = self.as_called(channel);
        let mut all = self.digests().await?;
        all.retain(|digest| digest.to.iter().any(|to| to == channel || *to == called));
        Ok(all)
    }

    async fn add(
        &self,
        new: &NewDigest,
        here: &[Digest],
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Result<Message, Refusal> {
        let zone = new.zone.unwrap_or(self.settings.timezone);
        let schedule = Schedule::parse(&new.plan.cron(), zone).map_err(|e| Refusal::NotDone(e.to_string()))?;
        if let Some(same) = here.iter().find(|digest| digest.schedule == schedule) {
            return Err(Refusal::NotDone(format!("the digest {} is posted here at the same time already", same.name)));
        }
        if here.iter().filter(|digest| digest.added.is_some()).count() >= MOST {
            return Err(Refusal::NotDone(format!("{MOST} digests in one channel are enough; remove one first")));
        }
        let is_taken = |name: &str| here.iter().any(|digest| digest.name == name);
        let name = match &new.name {
            Some(name) if is_taken(name) => {
                return Err(Refusal::NotDone(format!(
                    "there is a digest {name} here already; call this one otherwise"
                )));
            }
            Some(name) => name.clone(),
            None => {
                let name = new.plan.name();
                let ways = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}")));
                ways.into_iter().find(|name| !is_taken(name)).unwrap_or(name)
            }
        };
        let row = DigestRow {
            id: 0,
            name: name.clone(),
            channel: self.as_called(asked.channel).to_string(),
            cron: schedule.expression().to_owned(),
            timezone: zone.name().to_owned(),
            added_by: asked.user.to_owned(),
            added_at: now,
        };
        if !self.store.add_digest(&row).await? {
            // Somebody else was faster with the same name.
            return Err(Refusal::NotDone(format!("there is a digest {name} here already; try again")));
        }
        let mut message =
            self.listed(&self.digests_of(asked.channel).await?, format!("{name} is scheduled"), asked, now);
        message.tone = Tone::Good;
        Ok(message)
    }

    async fn remove(&self, name: &str, here: &[Digest], asked: &Asked<'_>, now: Timestamp) -> Result<Message, Refusal> {
        let digest = known(name, here)?;
        if digest.added.is_none() {
            let why = format!("the digest {} stands in bot.toml: it is removed there", digest.name);
            return Err(Refusal::NotDone(why));
        }
        let channel = self.as_called(asked.channel).to_string();
        self.store.remove_digest(&channel, &digest.name, asked.user, now).await?;
        let title = format!("{} is not posted here any more", digest.name);
        Ok(self.listed(&self.digests_of(asked.channel).await?, title, asked, now))
    }

    /// The digests of a channel as a table, with what can be done about them.
    fn listed(&self, here: &[Digest], title: String, asked: &Asked<'_>, now: Timestamp) -> Message {
        let lead = self.settings.access.is_lead(asked);
        if here.is_empty() {
            let way =
                if lead { "Schedule one: /digest add daily 09:00" } else { "Leads schedule them with /digest add" };
            let text = Text::plain(format!("None is posted here. {way}, or see what one would say."));
            let mut actions = vec![refine("Preview", &Call::Digest(DigestCall::Preview(None)))];
            if lead {
                let daily = NewDigest { plan: Plan::Weekdays(9 * 60), zone: None, name: None };
                actions.push(refine("Monday to Friday at 09:00", &Call::Digest(DigestCall::Add(daily))));
                actions.extend(ask("At another time…", &Begun::NewDigest));
            }
            return Message { title, blocks: vec![Block::Text(text)], actions, ..Message::default() };
        }
        let row = |digest: &Digest| {
            let next = digest.schedule.next_after(now);
            let next = next.map_or_else(|| Text::plain("never"), |slot| Text(vec![Piece::Time(slot.at)]));
            let by = match &digest.added {
                Some(added) => self.settings.access.person(&added.by).to_owned(),
                None => "bot.toml".to_owned(),
            };
            let when = Plan::of(digest.schedule.expression());
            let when = match when {
                Plan::Cron(line) => line,
                plan => plan.to_string(),
            };
            let zone = digest.schedule.zone().name();
            vec![digest.name.as_str().into(), when.into(), zone.into(), next, by.into()]
        };
        let column = |head: &str| Column { head: head.to_owned(), right: false };
        let table = Table {
            columns: ["Digest", "When", "Where it is", "Next", "From"].map(column).to_vec(),
            rows: here.iter().map(row).collect(),
            more: 0,
        };
        let mut actions: Vec<Action> = ask("Add a digest…", &Begun::NewDigest).filter(|_| lead).into_iter().collect();
        for digest in here {
            let name = &digest.name;
            let preview = DigestCall::Preview(Some(name.clone()));
            actions.push(Action {
                label: format!("Preview {name}"),
                does: ActionKind::Command(grammar::unparse(&Call::Digest(preview))),
            });
            if lead && digest.added.is_some() {
                actions.push(refine(&format!("Remove {name}"), &Call::Digest(DigestCall::Remove(name.clone()))));
            }
        }
        actions.retain(|action| action.does.command().is_none_or(|command| command.len() <= super::BUTTON_BYTES));
        Message { title, blocks: vec![Block::Table(table)], actions, ..Message::default() }
    }
}

/// The digest meant: the one of that name; without a name the first, if there is any.
fn chosen<'d>(name: Option<&str>, here: &'d [Digest]) -> Result<Option<&'d Digest>, Refusal> {
    match name {
        Some(name) => known(name, here).map(Some),
        None => Ok(here.first()),
    }
}

/// The digest of that name, or which ones there are.
fn known<'d>(name: &str, here: &'d [Digest]) -> Result<&'d Digest, Refusal> {
    let named = here.iter().find(|digest| digest.name == name);
    let named = named.or_else(|| here.iter().find(|digest| digest.name.eq_ignore_ascii_case(name)));
    named.ok_or_else(|| {
        let names: Vec<&str> = here.iter().map(|digest| digest.name.as_str()).collect();
        let way = match (nearest(name, names.iter().copied()), names.is_empty()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, true) => "none is posted here".to_owned(),
            (None, false) => format!("there are {}", names.join(", ")),
        };
        Refusal::NotDone(format!("there is no digest {name} in this channel: {way}"))
    })
}
