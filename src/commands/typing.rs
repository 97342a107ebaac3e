//! What is offered while somebody types: the commands with their options, and proposals from what there is.

use std::sync::PoisonError;

use super::known::Known;
use super::{Asked, Desk};
use crate::chat::{CommandSpec, OptionKind, OptionSpec, Typing};
use crate::domain::names::Dimension;
use crate::grammar;
use crate::store::{Learned, StoreError};

/// So many tickets are proposed while somebody types one.
const PROPOSED: usize = 200;

impl Desk {
    /// Proposals while somebody types an option of a command, from the values last seen.
    pub fn complete(&self, typing: &Typing<'_>) -> Vec<String> {
        let channel = self.as_configured(typing.channel);
        let asked = Asked { text: "", channel: &channel, user: typing.user, roles: typing.roles, drawn: false };
        if !self.settings.access.may_ask(&asked) {
            return Vec::new();
        }
        let (known, begun) = (self.known(), typing.typed.trim().to_lowercase());
        match typing.option {
            "ticket" => known.tickets.iter().filter(|id| id.to_lowercase().contains(&begun)).cloned().collect(),
            "digest" => {
                let (here, called) = (channel.to_string(), self.as_called(&channel).to_string());
                let of_here = known.digests.iter().filter(|(to, _)| *to == here || *to == called);
                of_here.map(|(_, name)| name).filter(|name| name.to_lowercase().contains(&begun)).cloned().collect()
            }
            option => {
                let access = &self.settings.access;
                let may_see = |dimension, value: &str| dimension != Dimension::Agent || access.may_see(&asked, value);
                grammar::options::complete(typing.command, option, typing.typed, &known.vocabulary, &may_see)
            }
        }
    }

    /// Reads again what can be proposed while somebody types: beside the vocabulary, tickets and digests.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.refresh_vocabulary().await?;
        let tickets = self.store.tickets_with_promises(PROPOSED).await?;
        let digests = self.digests().await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.propose(&tickets, &digests);
        Ok(())
    }

    /// Reads again what there is to ask about.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn refresh_vocabulary(&self) -> Result<(), StoreError> {
        let Learned { words, delivered } = self.store.learned().await?;
        if !self.known().is_of(&words, &delivered) {
            let known = Known::new(words, &self.definitions, &self.settings.sources, delivered);
            let mut last = self.known.write().unwrap_or_else(PoisonError::into_inner);
            *last = known.with_proposals_of(std::mem::take(&mut last));
        }
        Ok(())
    }
}

/// The commands as platforms with typed options register them.
pub fn specs() -> Vec<CommandSpec> {
    let kind = |kind: grammar::options::OptionKind| match kind {
        grammar::options::OptionKind::Autocomplete => OptionKind::Autocomplete,
        grammar::options::OptionKind::Text => OptionKind::Text,
        grammar::options::OptionKind::Flag => OptionKind::Flag,
        grammar::options::OptionKind::Choices(words) => {
            OptionKind::Choice(words.into_iter().map(str::to_owned).collect())
        }
    };
    let option = |o: grammar::options::OptionSpec| OptionSpec {
        name: o.name.to_owned(),
        description: o.description.to_owned(),
        kind: kind(o.kind),
    };
    let command = |c: grammar::options::CommandSpec| CommandSpec {
        name: c.name.to_owned(),
        description: c.description.to_owned(),
        usage: c.usage.to_owned(),
        options: c.options.into_iter().map(option).collect(),
    };
    grammar::options::commands().into_iter().map(command).collect()
}
