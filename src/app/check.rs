//! `deskbell check`: each part of the configuration, and whether it is right.
//!
//! This file makes the report from what others found: the faults of a configuration, or a configuration and the
//! results of probes (store, tokens, channels), which are asynchronous and run elsewhere. Secrets never enter it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::config::{Config, Fault, Faults};
use crate::chat::{Channel, DiscordMode, SlackMode};
use crate::domain::message::Mention;
use crate::domain::timestamp::Timestamp;

/// How a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Ok,
    /// Allowed, but perhaps not meant.
    Note,
    /// It will not work.
    Bad,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it stands.
    pub standing: Standing,
    /// Which part: a section, a platform, a place in the file.
    pub part: String,
    /// What was found.
    pub detail: String,
    /// How to mend it.
    pub mend: Option<String>,
}

impl Line {
    /// A part that is right.
    pub fn ok(part: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { standing: Standing::Ok, part: part.into(), detail: detail.into(), mend: None }
    }

    /// A part worth a second look.
    pub fn note(part: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { standing: Standing::Note, part: part.into(), detail: detail.into(), mend: Some(mend.into()) }
    }

    /// A part that is wrong.
    pub fn bad(part: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { standing: Standing::Bad, part: part.into(), detail: detail.into(), mend: Some(mend.into()) }
    }
}

impl From<&Fault> for Line {
    fn from(fault: &Fault) -> Self {
        let mend = fault.hint.clone();
        Self { standing: Standing::Bad, part: fault.place.to_string(), detail: fault.message.clone(), mend }
    }
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report(Vec<Line>);

impl Report {
    /// Of a configuration that cannot be used.
    pub fn of_faults(faults: &Faults) -> Self {
        Self(faults.list().iter().map(Line::from).collect())
    }

    /// Of a configuration in order, as of `now`, with what the probes found.
    pub fn of_config(config: &Config, now: Timestamp, probes: impl IntoIterator<Item = Line>) -> Self {
        let mut lines = vec![workspace(config), listener(config)];
        lines.extend(platforms(config));
        lines.extend(sources(config));
        lines.push(definitions(config));
        lines.extend(promises(config));
        lines.extend(calls(config));
        lines.extend(digests(config, now));
        lines.extend(quiet(config));
        lines.extend(probes);
        Self(lines)
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// How many lines are bad.
    pub fn bad(&self) -> usize {
        self.0.iter().filter(|line| line.standing == Standing::Bad).count()
    }

    /// 0 when nothing is bad, else 1.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.bad() > 0)
    }

    /// The report as text: a sign, a word, the part, what was found, and below it how to mend it.
    pub fn text(&self, colour: bool) -> String {
        let width = self.0.iter().map(|line| line.part.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        for line in &self.0 {
            let (sign, colour_of_sign) = match line.standing {
                Standing::Ok => ("✓ ok  ", AnsiColor::Green),
                Standing::Note => ("• note", AnsiColor::Yellow),
                Standing::Bad => ("✗ bad ", AnsiColor::Red),
            };
            let style = if colour { colour_of_sign.on_default() } else { Style::new() };
            let Line { part, detail, .. } = line;
            let _ = writeln!(out, "{style}{sign}{style:#}  {part:width$}  {detail}");
            if let Some(mend) = &line.mend {
                let _ = writeln!(out, "        {:width$}  → {mend}", "");
            }
        }
        let summary = match self.bad() {
            0 => "All is well.".to_owned(),
            1 => "1 thing is to be mended.".to_owned(),
            n => format!("{n} things are to be mended."),
        };
        out + "\n" + &summary + "\n"
    }
}

fn workspace(config: &Config) -> Line {
    let clock = match &config.definitions.default_calendar {
        Some(calendar) => format!("business hours of {calendar:?}"),
        None => "no business hours of its own".to_owned(),
    };
    Line::ok("[bot]", format!("time zone {}, {clock}", config.bot.timezone))
}

/// How the world reaches the listener.
fn base_url(config: &Config) -> String {
    config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen))
}

fn listener(config: &Config) -> Line {
    let listen = config.http.listen;
    if listen.ip().is_loopback() {
        return Line::ok("[http]", format!("listens on {listen}"));
    }
    let open = format!("listens on {listen}, where other machines reach it without TLS");
    Line::note("[http]", open, "bind 127.0.0.1 and put a proxy with TLS in front, unless the network is yours")
}

fn platforms(config: &Config) -> Vec<Line> {
    let slack = config.slack.iter().map(|slack| match slack.mode {
        SlackMode::Socket => Line::ok(slack.workspace.section(), "Socket Mode"),
        SlackMode::Http => {
            let base = format!("{}{}", base_url(config), slack.workspace.path());
            Line::ok(slack.workspace.section(), format!("commands to {base}/commands, buttons to {base}/interactions"))
        }
    });
    let discord = config.discord.as_ref().map(|discord| match discord.mode {
        DiscordMode::Gateway => Line::ok("[discord]", "gateway"),
        DiscordMode::Http => {
            Line::ok("[discord]", format!("interactions to {}/discord/interactions", base_url(config)))
        }
    });
    let console = config.console.then(|| Line::ok("[console]", "answers in the terminal of `deskbell run`"));
    let on: Vec<Line> = slack.chain(discord).chain(console).collect();
    if on.is_empty() {
        let none = "no platform is on: nobody can ask, and nothing can ring";
        return vec![Line::note("chat", none, "set a mode in [slack] or [discord], or enabled = true in [console]")];
    }
    on
}

fn sources(config: &Config) -> Vec<Line> {
    if config.sources.is_empty() {
        return vec![Line::note("[[source]]", "nothing can come in by webhook", "add a [[source]] for your help desk")];
    }
    let base = base_url(config);
    let line = |source: &super::config::Source| {
        let secrets = match source.secrets.len() {
            1 => "1 secret".to_owned(),
            n => format!("{n} secrets"),
        };
        let detail = format!("{}, webhooks to {base}/hooks/{}, {secrets}", source.vendor.kind(), source.name);
        Line::ok(format!("[[source]] {}", source.name), detail)
    };
    let mut lines: Vec<Line> = config.sources.iter().map(line).collect();
    if config.http.public_url.is_none() && config.http.listen.ip().is_loopback() {
        let local = "webhooks reach this machine only";
        lines.push(Line::note("[http]", local, "set public_url to the address of the proxy in front"));
    }
    lines
}

fn definitions(config: &Config) -> Line {
    let d = &config.definitions;
    let counts = format!(
        "calendars: {}, teams: {}, people with several accounts: {}, targets: {}",
        d.calendars.len(),
        d.teams.len(),
        d.agents.len(),
        config.targets.all.len() + config.targets.teams.values().map(|t| t.len()).sum::<usize>()
    );
    Line::ok("definitions", counts)
}

fn promises(config: &Config) -> Vec<Line> {
    if config.sla.is_empty() {
        return vec![Line::note("[[sla]]", "nothing is promised, so nothing will ring", "add an [[sla]]")];
    }
    let silent: Vec<&str> = config.teams.iter().filter(|t| t.channel.is_none()).map(|t| t.name.as_str()).collect();
    let line = |route: &super::config::SlaRoute| {
        let part = format!("[[sla]] {}", route.policy);
        if !route.to.is_empty() {
            let to: Vec<String> = route.to.iter().map(ToString::to_string).collect();
            return Line::ok(part, format!("rings in {}", to.join(", ")));
        }
        if config.console {
            return Line::ok(part, "rings in the team's channel, else in the terminal");
        }
        let whose = if silent.is_empty() { String::new() } else { format!("of {} or ", silent.join(", ")) };
        let unheard = format!("rings in the team's channel; tickets {whose}without a team ring nowhere");
        Line::note(part, unheard, "add to = [\"slack:#support\"] for all")
    };
    config.sla.iter().map(line).collect()
}

/// Steps of a ladder that call nobody.
fn calls(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    for route in &config.sla {
        for step in &route.escalate {
            let Some(mention) = &step.mention else { continue };
            let mend = match &step.to {
                Channel::Slack(workspace, _) => format!(
                    "\"@here\", \"@channel\", a person (\"{workspace}:U0123ABCD\") or a user group (\"{workspace}:S0123ABCD\")"
                ),
                Channel::Discord(_) => {
                    "\"@here\", \"@everyone\", a person (\"discord:112233\") or a role (\"discord:&112233\")".to_owned()
                }
                Channel::Console => continue,
            };
            let called = Mention::parse(mention);
            if matches!(called, Mention::Name(_)) || !called.calls_on(step.to.platform()) {
                let unheard = format!("{mention:?} is shown in {} and notifies nobody", step.to);
                lines.push(Line::note(format!("[[sla]] {}", route.policy), unheard, format!("call {mend}")));
            }
        }
    }
    lines
}

fn quiet(config: &Config) -> Option<Line> {
    let quiet = config.quiet.as_ref()?;
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let hours: Vec<String> = quiet.hours.iter().map(|(from, to)| format!("{}-{}", time(*from), time(*to))).collect();
    let rings = match quiet.priorities.as_slice() {
        [] => "nothing rings".to_owned(),
        named => format!("only breaches of {} ring", named.join(", ")),
    };
    let place = if quiet.channels.is_empty() { String::new() } else { format!(" in {}", quiet.channels.join(", ")) };
    Some(Line::ok("[quiet]", format!("{} ({}): {rings}{place}", hours.join(", "), quiet.timezone)))
}

fn digests(config: &Config, now: Timestamp) -> Vec<Line> {
    let line = |digest: &super::config::DigestConfig| {
        let part = format!("[[digest]] {}", digest.name);
        let to: Vec<String> = digest.to.iter().map(ToString::to_string).collect();
        let zone = digest.schedule.zone();
        match digest.schedule.next_after(now) {
            Some(slot) => {
                let next = slot.at.utc().with_timezone(&zone).format("%a %Y-%m-%d %H:%M");
                Line::ok(part, format!("next on {next} ({zone}), to {}", to.join(", ")))
            }
            None => Line::bad(part, "never again", "its cron line names no time that is still to come"),
        }
    };
    config.digests.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::config::{Environment, Purpose};
    use super::*;

    fn parse(text: &str) -> Result<Config, Faults> {
        let secrets: Environment = [("SECRET", "s"), ("SLACK_BOT_TOKEN", "xoxb-1")].into_iter().collect();
        Config::parse("bot.toml", text, &secrets, Purpose::Run)
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T09:00:00Z").expect("valid")
    }

    #[test]
    fn faults_become_bad_lines_and_exit_code_1() {
        let report = Report::of_faults(&parse("[bot]\ntimezon = 'UTC'\nweek_start = 1").expect_err("two faults"));
        assert_eq!((report.bad(), report.exit_code()), (2, 1));
        insta::assert_snapshot!(report.text(false));
    }

    #[test]
    fn an_empty_file_is_well_but_says_what_it_cannot_do() {
        let report = Report::of_config(&parse("").expect("valid"), now(), []);
        assert_eq!(report.exit_code(), 0);
        insta::assert_snapshot!(report.text(false));
    }

    #[test]
    fn each_part_and_each_probe_has_its_line() {
        let text = "[bot]\ntimezone = 'Europe/Berlin'\n[http]\nlisten = '0.0.0.0:80'\npublic_url = 'https://bell.example.com'\n\
            [slack]\nmode = 'http'\nbot_token = 'env:SLACK_BOT_TOKEN'\nsigning_secret = 'env:SECRET'\n\
            [[source]]\nname = 'helpdesk'\nkind = 'zendesk'\nsecret = 'env:SECRET'\n\
            [[team]]\nname = 'billing'\nchannel = 'slack:#billing'\n[[team]]\nname = 'sales'\n\
            [[sla]]\nname = 'fast'\nfirst_response = '1h'\nto = ['slack:#support', 'slack:C0123']\n\
            [[sla]]\nname = 'slow'\nfirst_response = '4h'\nstorm_over = 5\n\
            escalate = [{ after = '1h', to = 'slack:#leads', mention = '@oncall' }, { after = '2h', to = 'slack:#leads', mention = 'slack:S01' }]\n\
            [quiet]\nhours = ['20:00-07:00']\npriorities = ['urgent', 'high']\n\
            [[digest]]\nname = 'daily'\ncron = '0 9 * * Mon-Fri'\nto = ['slack:#support']\n[targets]\ncsat = 0.9";
        let probes = [
            Line::ok("[store]", "SQLite, migrated"),
            Line::bad("slack:#support", "the bot is not in this channel", "type /invite @deskbell there"),
        ];
        let report = Report::of_config(&parse(text).unwrap_or_else(|f| panic!("{f}")), now(), probes);
        assert_eq!(report.exit_code(), 1);
        insta::assert_snapshot!(report.text(false));
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        let report = Report::of_config(&parse("").expect("valid"), now(), []);
        assert!(report.text(true).contains("\u{1b}[") && !report.text(false).contains('\u{1b}'));
    }
}
