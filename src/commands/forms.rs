//! Dialogs: who is asked for the end of a command. What is filled in comes back as the whole command, and whoever sends
//! it off is asked for their permission again.

use super::{Asked, Desk, LEADS, Refusal};
use crate::domain::form::{Filled, Form};
use crate::grammar::Begun;

impl Desk {
    /// The dialog that asks for the end of a command; `None` if nothing is missing, or this person may not give it:
    /// then the command itself is answered. Nothing is waited for.
    pub fn form(&self, asked: &Asked<'_>) -> Option<Form> {
        let begun = Begun::bare(asked.text)?;
        let channel = self.as_configured(asked.channel);
        let asked = Asked { channel: &channel, ..*asked };
        let may = self.settings.access.may_ask(&asked) && self.may_begin(&asked).is_ok();
        may.then(|| begun.form(self.settings.timezone))
    }

    /// Whether this person may do what they have begun to say: told before what is missing or wrong.
    pub(super) fn may_begin(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        match Begun::of(asked.text) {
            Some(Begun::NewDigest) if !self.settings.access.is_lead(asked) => Err(Refusal::Access(LEADS)),
            Some(Begun::NewDigest | Begun::Snooze(_)) | None => Ok(()),
        }
    }
}

/// The command that comes of a dialog, by the command it began with; `None` if that has no dialog.
pub fn fill(command: &str, values: &[(String, String)]) -> Option<Filled> {
    Begun::bare(command).map(|begun| begun.fill(values))
}
