//! `bot.toml` → [`Config`]: every key read, checked and handed to the room that owns it; every fault reported.
//!
//! Reading has three steps. [`document`] parses the text into a tree in which each value knows its place, and
//! [`environment`] lays the `DESKBELL_…` overrides over it. [`schema`] finds unknown keys. Then a file per group of
//! sections reads values and cross-checks names. No step stops at a fault: `deskbell check` shows them all at once,
//! sorted as they stand in the file.
//!
//! Defaults live here and nowhere below: a room gets a complete settings struct.

mod document;
mod environment;
mod fault;
mod numbers;
mod people;
mod platforms;
mod promises;
mod reader;
mod schema;
mod server;
pub mod supposed;
#[cfg(test)]
mod tests;
mod themes;
mod values;

use std::path::Path;
use std::sync::Arc;

pub use environment::Environment;
pub use fault::{Fault, Faults, Place};
pub use people::{Person, TeamRoute};
pub use promises::{DigestConfig, Escalation, SlaRoute};
pub use server::{Access, Bot, Customers, Http, Source, Store};

use self::reader::Reader;
use crate::chat::{DiscordSettings, SlackSettings};
use crate::domain::definitions::Definitions;
use crate::domain::quiet::Quiet;
use crate::domain::sla::Agreements;
use crate::metrics::Targets;

/// The configuration of one bot, complete and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[bot]`.
    pub bot: Bot,
    /// `[store]`.
    pub store: Store,
    /// `[http]`.
    pub http: Http,
    /// `[slack]` and each `[[workspace]]`, unless it is off.
    pub slack: Vec<SlackSettings>,
    /// `[discord]`, unless it is off.
    pub discord: Option<DiscordSettings>,
    /// Whether this terminal is a platform too.
    pub console: bool,
    /// Whether answers and digests are also drawn (`[chat]`).
    pub charts: bool,
    /// Each `[[source]]`.
    pub sources: Vec<Source>,
    /// Calendars, teams, people, policies and switches, as the numbers see them.
    pub definitions: Definitions,
    /// Where each team lives in chat, in the order of [`Definitions::teams`].
    pub teams: Vec<TeamRoute>,
    /// The chat accounts of each person, in the order of [`Definitions::agents`].
    pub people: Vec<Person>,
    /// Where the alerts of each policy go, in the order of [`Definitions::policies`].
    pub sla: Vec<SlaRoute>,
    /// Each `[[digest]]`.
    pub digests: Vec<DigestConfig>,
    /// What the numbers are aimed at.
    pub targets: Targets,
    /// `[access]`; `None` = open to every member.
    pub access: Option<Access>,
    /// How customers are stored (`[privacy]`).
    pub customers: Customers,
    /// `[quiet]`.
    pub quiet: Option<Quiet>,
}

/// What a configuration is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To run or to check the bot: secrets are opened, and a missing one is a fault.
    Run,
    /// To look at the numbers beside a running bot, perhaps from a shell without its secrets: they stay closed, so
    /// no platform is on and sources have no secrets.
    Look,
    /// To ask what would be: as to look, and nothing rings, so it need not be heard anywhere.
    Suppose,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path, environment: &Environment, purpose: Purpose) -> Result<Self, Faults> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text, environment, purpose),
            Err(error) => {
                let place = Place::WholeFile(name.into());
                let fault = match error.kind() {
                    std::io::ErrorKind::NotFound => Fault::new(&place, "there is no such file").hint(
                        "copy the commented bot.toml of the repository (an empty file is a valid one too), \
                         or point to yours with --config FILE; \"deskbell demo\" needs none",
                    ),
                    _ => Fault::new(&place, format!("cannot be read: {error}")),
                };
                Err(Faults::found(vec![fault]).expect("there is a fault"))
            }
        }
    }

    /// Reads the text of a file; `file` is its name for faults.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: &str, text: &str, environment: &Environment, purpose: Purpose) -> Result<Self, Faults> {
        let file: Arc<str> = file.into();
        let (mut document, syntax) = document::parse(&file, text);
        let mut faults = environment::apply(&mut document, environment);
        let mut reader = Reader::new(&document, environment, purpose);
        let config = read(&mut reader);
        faults.extend(schema::faults(&document));
        faults.extend(reader.into_faults());
        // A line that is not TOML is reported as that only; what the parser made of it would mislead.
        faults.retain(|fault| !syntax.iter().any(|s| same_line(&s.place, &fault.place)));
        faults.extend(syntax);
        match Faults::found(faults) {
            Some(faults) => Err(faults),
            None => Ok(config),
        }
    }
}

fn same_line(a: &Place, b: &Place) -> bool {
    matches!((a, b), (Place::File { line: a, .. }, Place::File { line: b, .. }) if a == b)
}

/// Reads every section to its end; where a fault is noted, the configuration is never used.
fn read(reader: &mut Reader<'_>) -> Config {
    let bot = server::bot(reader);
    let store = server::store(reader);
    let http = server::http(reader);
    let slack = platforms::slack(reader);
    let discord = platforms::discord(reader);
    let console = platforms::console(reader);
    let charts = platforms::charts(reader);
    let sources = server::sources(reader);
    let calendars = people::calendars(reader, bot.timezone);
    let default_calendar = people::default_calendar(reader);
    let (teams, routes) = people::teams(reader);
    let (agents, people) = people::agents(reader);
    let (policies, sla) = promises::policies(reader);
    let digests = promises::digests(reader, bot.timezone);
    let switches = numbers::switches(reader);
    let themes = themes::themes(reader);
    let targets = numbers::targets(reader);
    let access = server::access(reader);
    let customers = server::customers(reader);
    let quiet = promises::quiet(reader, bot.timezone);
    let currency = bot.currency;
    let ladders = promises::ladders(&sla);
    let definitions = Definitions {
        calendars,
        default_calendar,
        teams,
        agents,
        policies,
        ladders,
        agreements: Agreements::default(),
        switches,
        themes,
        currency,
    };
    Config {
        bot,
        store,
        http,
        slack,
        discord,
        console,
        charts,
        sources,
        definitions,
        teams: routes,
        people,
        sla,
        digests,
        targets,
        access,
        customers,
        quiet,
    }
}
