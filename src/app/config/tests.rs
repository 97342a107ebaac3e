//! What is refused, how it is said, and that the commented file tells the truth.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::document::{Table, Value};
use super::schema::{Key, Keys, SECTIONS, tables};
use super::*;
use crate::chat::{Channel, DiscordMode, SlackMode};
use crate::domain::definitions::Switches;
use crate::domain::names::MetricId;
use crate::domain::sla::{Allowance, CalendarChoice, Target, Warning};
use crate::domain::workspace::Workspace;

/// The file at the root of the repository.
const REFERENCE: &str = include_str!("../../../bot.toml");

/// The secrets that the commented file names.
fn secrets() -> Environment {
    [
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_APP_TOKEN", "xapp-1"),
        ("SLACK_SIGNING_SECRET", "s"),
        ("ACME_BOT_TOKEN", "xoxb-2"),
        ("ACME_APP_TOKEN", "xapp-2"),
        ("ACME_SIGNING_SECRET", "s2"),
        ("DISCORD_TOKEN", "d"),
        ("ZENDESK_SIGNING_SECRET", "z"),
        ("INHOUSE_SECRET", "new"),
        ("INHOUSE_SECRET_OLD", "old"),
        ("PUBLIC", "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="),
    ]
    .into_iter()
    .collect()
}

fn parse(text: &str) -> Result<Config, Faults> {
    Config::parse("bot.toml", text, &secrets(), Purpose::Run)
}

fn with_variables<const N: usize>(text: &str, variables: [(&str, &str); N]) -> Result<Config, Faults> {
    Config::parse("bot.toml", text, &variables.into_iter().collect(), Purpose::Run)
}

fn faults(text: &str) -> String {
    parse(text).expect_err("this file has faults").to_string()
}

/// The commented file with every example switched on: an example is a `#` with no space after it.
fn everything() -> String {
    let lines = REFERENCE.lines().map(|line| match line.strip_prefix('#') {
        Some(example) if !example.is_empty() && !example.starts_with(' ') => example,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_file_is_a_valid_one() {
    let config = parse("").expect("valid");
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.body_limit, 1 << 20);
    assert_eq!(config.store.url.expose_secret(), "sqlite://deskbell.db");
    assert_eq!(config.bot.timezone, chrono_tz::UTC);
    assert!(!config.console && config.slack.is_empty() && config.discord.is_none());
}

#[test]
fn the_commented_file_works_as_it_stands() {
    let config = Config::parse("bot.toml", REFERENCE, &Environment::default(), Purpose::Run).expect("valid");
    assert!(config.console && config.sources.is_empty());
    let mut defaults = parse("").expect("valid");
    defaults.console = true;
    assert_eq!(format!("{config:?}"), format!("{defaults:?}"), "what is not commented out is the default");
}

#[test]
fn the_commented_file_with_every_example_is_read_whole() {
    let config = parse(&everything()).unwrap_or_else(|faults| panic!("{faults}"));
    let slack = config.slack.iter().map(|s| (s.workspace.as_str(), s.mode, s.bot_token.expose_secret()));
    let expected = [("slack", SlackMode::Socket, "xoxb-1"), ("slack.acme", SlackMode::Socket, "xoxb-2")];
    assert_eq!(slack.collect::<Vec<_>>(), expected);
    assert_eq!(config.discord.as_ref().map(|d| d.mode), Some(DiscordMode::Gateway));
    assert_eq!(config.discord.as_ref().map(|d| d.application_id), Some(1_234_567_890_123_456_789));
    let secrets: Vec<Vec<_>> =
        config.sources.iter().map(|s| s.secrets.iter().map(|s| s.expose_secret()).collect()).collect();
    assert_eq!(secrets, [vec!["z"], vec!["new", "old"]]);
    assert_eq!(config.definitions.switches, Switches::default(), "the switches shown are the defaults");
    assert_eq!(config.definitions.default_calendar.as_deref(), Some("office"));

    let shipping = &config.definitions.themes[0];
    assert_eq!((shipping.name.as_str(), shipping.words[1].as_str()), ("shipping", r"deliver\w*"));

    let urgent = &config.definitions.policies[0];
    assert_eq!(urgent.targets[&Target::FirstResponse], Allowance::All(1800));
    assert_eq!(urgent.warn, [Warning::Used(0.8), Warning::Left(600)]);
    assert_eq!(urgent.calendar, CalendarChoice::Team);
    let standard = &config.definitions.policies[1];
    assert_eq!(standard.calendar, CalendarChoice::Named("office".to_owned()));
    assert!(matches!(&standard.targets[&Target::Resolution], Allowance::ByPriority(p) if p["urgent"] == 28_800));

    assert_eq!(config.sla[0].to, [Channel::Slack(Workspace::default(), "#support".to_owned())]);
    assert_eq!(config.sla[0].escalate[0].after_ms, 600_000);
    assert_eq!(config.teams[0].channel, Some(Channel::Slack(Workspace::default(), "#billing".to_owned())));
    assert_eq!(config.digests[0].to.len(), 3);
    assert_eq!(config.targets.teams["billing"][&MetricId::FirstResponseTime], 1800.0);
    assert_eq!(config.targets.all[&MetricId::FirstResponseTime], 3600.0);
    assert_eq!(config.quiet.map(|q| q.hours), Some(vec![(1200, 420)]));
    assert!(config.sla[0].escalate[1].always && !config.sla[0].escalate[0].always);
    assert_eq!(config.definitions.ladders["urgent"].claim_ms, 900_000);
}

#[test]
fn the_commented_file_shows_every_key_there_is() {
    let (document, _) = document::parse(&"bot.toml".into(), &everything());
    for section in SECTIONS {
        let node = document.get(section.name).unwrap_or_else(|| panic!("bot.toml lacks {}", section.header()));
        assert_keys(&section.header(), &section.keys, &tables(node));
    }
    let given = |section: &str| -> BTreeSet<&str> {
        let node = document.get(section).expect("just seen");
        tables(node).iter().flat_map(|t| &t.entries).map(|e| e.key.as_str()).collect()
    };
    assert_eq!(given("metrics"), Switches::KEYS.iter().copied().collect());
}

fn assert_keys(header: &str, keys: &Keys, shown: &[&Table]) {
    let Keys::Listed(keys) = keys else { return };
    for Key { name, inner, .. } in *keys {
        let nodes: Vec<_> = shown.iter().filter_map(|table| table.get(name)).collect();
        assert!(!nodes.is_empty(), "bot.toml does not show {header} {name}");
        let inner_tables: Vec<_> = nodes.iter().flat_map(|node| tables(node)).collect();
        assert_keys(&format!("{header} {name}"), inner, &inner_tables);
    }
}

#[test]
fn every_key_is_read_and_refuses_what_it_cannot_be() {
    // A time of day is what no key wants.
    for section in SECTIONS {
        let Keys::Listed(keys) = section.keys else { continue };
        for key in keys {
            let has_mode = matches!(section.name, "slack" | "workspace" | "discord");
            let mode = if has_mode && key.name != "mode" { "mode = 'http'\n" } else { "" };
            let line = mode.lines().count() + 2;
            let text = format!("{}\n{mode}{} = 07:32:00\n", section.header(), key.name);
            let faults = parse(&text).expect_err(&text);
            let at_value = faults.list().iter().any(|fault| match &fault.place {
                Place::File { line: l, column, .. } => *l == line && *column == key.name.len() + 4,
                Place::WholeFile(_) | Place::Variable(_) => false,
            });
            assert!(at_value, "{text}{faults}");
        }
    }
}

#[test]
fn every_fault_of_an_awful_file_is_found_at_once() {
    insta::assert_snapshot!(faults(include_str!("tests/awful.toml")));
}

#[test]
fn one_slip_is_one_fault_with_a_way_out() {
    let table = [
        "[bott]",
        "[bot]\ntimezon = 'UTC'",
        "[bot]\ntimezone = 'Europe/Berln'",
        "[bot]\ntimezone = 1",
        "[bot]\nweek_start = 'monday'",
        "[bot]\ncurrency = 'euro'",
        "[bot]\ncalendar = 'office'",
        "[store]\nurl = 'mysql://here'",
        "[store]\nurl = 'postgres://me:hunter2@db/bell'",
        "[store]\nraw = '30'",
        "[http]\nlisten = '8080'",
        "[http]\npublic_url = 'bell.example.com'",
        "[http]\nbody_limit = '1 potato'",
        "[http]\nbody_limit = 1048576",
        "[slack]\nmode = 'sockets'\nbot_token = 'env:SLACK_BOT_TOKEN'",
        "[slack]\nbot_token = 'env:SLACK_BOT_TOKEN'",
        "[slack]\nmode = 'off'\nbot_token = 'xoxb-1-secret'",
        "[slack]\nmode = 'socket'\nbot_token = 'env:SLACK_BOT_TOKEN'",
        "[slack]\nmode = 'http'\nbot_token = 'env:SLACK_BOT_TOKEN'",
        "[slack]\nmode = 'http'\nbot_token = 'env:SLACK_BOT_TOKEN'\nsigning_secret = 'env:NOT_SET'",
        "[slack]\nmode = 'http'\nbot_token = 'env:SLACK_BOT_TOKEN'\nsigning_secret = 'file:/nowhere/secret'",
        "[slack]\nmode = 'socket'\nbot_token = 'env:SLACK_APP_TOKEN'\napp_token = 'env:SLACK_APP_TOKEN'",
        "[slack]\napi_base = 'https://slack.com.evil.example/api'\nmode = 'off'",
        "[workspace]\nname = 'acme'\nmode = 'off'",
        "[[workspace]]\nname = 'acme'",
        "[[workspace]]\nmode = 'off'",
        "[[workspace]]\nname = 'Acme Inc.'\nmode = 'off'",
        "[[workspace]]\nname = 'acme'\nmode = 'off'\n[[workspace]]\nname = 'acme'\nmode = 'off'",
        "[[workspace]]\nname = 'acme-eu'\nmode = 'http'\nbot_token = 'env:ACME_BOT_TOKEN'",
        "[[workspace]]\nname = 'acme'\nmode = 'off'\nsigning_secret = 'hunter2'",
        "[slack]\nmode = 'http'\nbot_token = 'env:SLACK_BOT_TOKEN'\nsigning_secret = 'env:SLACK_SIGNING_SECRET'\n\
         [[workspace]]\nname = 'acme'\nmode = 'http'\nbot_token = 'env:ACME_BOT_TOKEN'\n\
         signing_secret = 'env:SLACK_SIGNING_SECRET'",
        "[[workspace]]\nname = 'acme'\nmode = 'off'\n[[team]]\nname = 'a'\nchannel = 'slack.acme:#support'",
        "[[workspace]]\nname = 'acme'\nmode = 'off'\n[[team]]\nname = 'a'\nchannel = 'slack.acne:#support'",
        "[[team]]\nname = 'a'\nchannel = 'slack.acme:support'",
        "[[team]]\nname = 'a'\nchannel = 'slack.Acme:#support'",
        "[[agent]]\nname = 'a'\nchat = ['slack.acme:U1']",
        "[access]\nviewers = ['slack.acme:#support']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\n\
         escalate = [{ after = '1h', to = 'console', mention = 'slack.acme:U1' }]",
        "[discord]\nmode = 'gateway'\ntoken = 'env:DISCORD_TOKEN'",
        "[discord]\nmode = 'http'\ntoken = 'env:DISCORD_TOKEN'\napplication_id = 1\npublic_key = 'abc'",
        "[discord]\nmode = 'off'\nguild = 'my server'",
        "[console]\nenabled = 'yes'",
        "[source]\nname = 'a'\nkind = 'generic'\nsecret = 'env:INHOUSE_SECRET'",
        "[[source]]\nname = 'a b'\nkind = 'generic'\nsecret = 'env:INHOUSE_SECRET'",
        "[[source]]\nname = 'a'\nkind = 'zendesc'\nsecret = 'env:INHOUSE_SECRET'",
        "[[source]]\nname = 'a'\nkind = 'intercom'\nsecret = 'env:INHOUSE_SECRET'",
        "[[source]]\nname = 'a'\nkind = 'generic'",
        "[[source]]\nname = 'a'\nkind = 'generic'\nsecrets = []",
        "[[source]]\nname = 'a'\nkind = 'generic'\nsecret = 'env:INHOUSE_SECRET'\nsecrets = ['env:INHOUSE_SECRET']",
        "[[source]]\nname = 'a'\nkind = 'zendesk'\nsecret = 'env:PUBLIC'",
        "[[calendar]]\nname = 'always'\nhours = { mon = '09:00-17:00' }",
        "[[calendar]]\nname = 'a'",
        "[[calendar]]\nname = 'a'\nhours = {}",
        "[[calendar]]\nname = 'a'\nhours = { monday = '09:00-17:00', tue = '09:00-17:00' }",
        "[[calendar]]\nname = 'a'\nhours = { mon = ['09:00-12:30', '12:00-17:00'] }",
        "[[calendar]]\nname = 'a'\nhours = { mon = ['22:00-06:00'] }",
        "[[calendar]]\nname = 'a'\nhours = { mon = ['9-17'] }",
        "[[calendar]]\nname = 'a'\nhours = { mon = '09:00-17:00' }\nholidays = ['25.12.2026']",
        "[[calendar]]\nname = 'a'\nhours = { mon = '09:00-17:00' }\nholidays = [2026-12-25, '2026-12-25']",
        "[[calendar]]\nname = 'a'\nhours = { mon = '09:00-17:00' }\nspecial = { '2026-02-30' = [] }",
        "[[team]]\nids = ['1']",
        "[[team]]\nname = 'a'\nids = '1'",
        "[[team]]\nname = 'a'\n[[team]]\nname = 'a'",
        "[[team]]\nname = 'a'\nids = ['1']\n[[team]]\nname = 'b'\nids = [1]",
        "[[team]]\nname = 'a'\nchannel = 'slack:support'",
        "[[team]]\nname = 'a'\nchannel = '#support'",
        "[[team]]\nname = 'a'\nchannel = 'slack:#support'",
        "[[team]]\nname = 'a'\nchannel = 'console'",
        "[[team]]\nname = 'a'\nleads = ['Ana']",
        "[[agent]]\nname = 'Ana'\nids = ['7']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nto = ['console']",
        "[[sla]]\nname = 'a'\nfirst_response = '1h'",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = []",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = 60\nto = ['console']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '0s'\nto = ['console']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = { urgent = 'soon' }\nto = ['console']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = {}\nto = ['console']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\nwarn = ['120%']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\npause = ['solved']",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\ncalendar = 'offices'",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\nwhen = { team = ['b'] }",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\nwhen = { prio = ['b'] }",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\nescalate = [{ to = 'console' }]",
        "[console]\nenabled = true\n[[sla]]\nname = 'a'\nfirst_response = '1h'\nto = ['console']\nstorm_over = 0",
        "[[digest]]\nname = 'a'\ncron = '0 9 * * *'",
        "[console]\nenabled = true\n[[digest]]\nname = 'a'\ncron = '0 9 30 2 *'\nto = ['console']",
        "[console]\nenabled = true\n[[digest]]\nname = 'a'\ncron = '0 9 * *'\nto = ['console']",
        "[console]\nenabled = true\n[[digest]]\nname = 'a'\ncron = '0 9 * * Mon-Fry'\nto = ['console']",
        "[console]\nenabled = true\n[[digest]]\nname = 'a'\ncron = '0 9 * * *'\nto = ['console', 'console']",
        "[metrics]\n'frt.orgin' = 'created'",
        "[metrics]\nfrt.origin = 'creation'",
        "[metrics]\n'ces.version' = 3",
        "[metrics]\n'fcr.window_s' = '7d'",
        "[metrics]\n'fcr.max_agents' = 1.5",
        "[metrics]\n'promise.ladder_s' = [60, 30]",
        "[metrics]\n'one_touch.min_replies' = 2",
        "[metrics]\n'volume.initiators' = ['robots']",
        "[metrics]\n'sla.at_risk_fraction' = 25",
        "[metrics]\n'resolution_rate.variant' = 'within:soon'",
        "[targets]\nfrt = '1h'",
        "[targets]\ncsta = 0.9",
        "[targets]\nfirst_response_time = 3600",
        "[targets]\ncsat = 90",
        "[targets]\nticket_volume = 90",
        "[targets]\nscorecard = 1",
        "[targets.team.billing]\ncsat = 0.9",
        "[access]\nviewers = ['everyone']",
        "[privacy]\ncustomers = 'hash'",
        "[themes]\nprice = ['a(b']",
        "[themes]\nprice = 'dear'",
        "[quiet]\npriorities = ['urgent']",
        "[quiet]\nhours = ['20:00-07:00', '07:00-20:00']",
        "[bot]\nweek_start = 'mon'\nweek_start = 'mon'",
        "[bot]\ntimezone = Europe/Berlin",
    ];
    let said: Vec<String> = table
        .iter()
        .map(|text| {
            let found = parse(text).expect_err(text);
            assert_eq!(found.list().len(), 1, "{text}\n{found}");
            format!("{text}\n  → {}", found.list()[0])
        })
        .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_missing_file_tells_how_to_begin() {
    let missing = Config::load(Path::new("/nowhere/bot.toml"), &Environment::default(), Purpose::Run);
    insta::assert_snapshot!(missing.expect_err("no such file"));
}

#[test]
fn the_environment_overrides_the_file() {
    let text = "[http]\nlisten = 'nonsense'\n[[source]]\nname = 'help-desk'\nkind = 'zendesk'\nsecret = 'env:UNSET'\n\
                [[team]]\nname = 'Billing'\n[metrics]\nfrt.origin = 'created'\n\
                [[workspace]]\nname = 'acme-eu'\nmode = 'http'\nsigning_secret = 'env:NOT_SET'";
    let config = with_variables(
        text,
        [
            ("DESKBELL_HTTP__LISTEN", "0.0.0.0:80"),
            ("DESKBELL_CONSOLE__ENABLED", "true"),
            ("DESKBELL_BOT__TIMEZONE", "Europe/Berlin"),
            ("DESKBELL_SLACK__MODE", "http"),
            ("DESKBELL_SLACK__BOT_TOKEN", "xoxb-itself"),
            ("DESKBELL_WORKSPACE__ACME_EU__BOT_TOKEN", "xoxb-acme"),
            ("DESKBELL_WORKSPACE__ACME_EU__SIGNING_SECRET", "acme's"),
            ("DESKBELL_SLACK__SIGNING_SECRET", "env:ELSEWHERE"),
            ("ELSEWHERE", "found"),
            ("DESKBELL_SOURCE__HELP_DESK__SECRET", "s3cret"),
            ("DESKBELL_METRICS__FRT_ORIGIN", "bot_handoff"),
            ("DESKBELL_METRICS__FRT_EXCLUDE_CHANNELS", "[\"phone\", \"sms\"]"),
            ("DESKBELL_TARGETS__CSAT", "0.9"),
            ("DESKBELL_TARGETS__TEAM__BILLING__CSAT", "0.8"),
            ("DESKBELL_LOG", "debug"),
        ],
    );
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.http.listen.to_string(), "0.0.0.0:80");
    assert!(config.console);
    assert_eq!(config.bot.timezone, chrono_tz::Europe::Berlin);
    let [slack, acme] = &config.slack[..] else { panic!("two are on") };
    assert_eq!((acme.workspace.as_str(), acme.bot_token.expose_secret()), ("slack.acme-eu", "xoxb-acme"));
    assert_eq!(slack.bot_token.expose_secret(), "xoxb-itself");
    assert_eq!(slack.signing_secret.as_ref().map(|s| s.expose_secret()), Some("found"));
    assert_eq!(config.sources[0].secrets[0].expose_secret(), "s3cret");
    assert_eq!(config.definitions.switches.frt_origin, crate::domain::definitions::FrtOrigin::BotHandoff);
    assert_eq!(config.definitions.switches.frt_exclude_channels, ["phone", "sms"]);
    assert_eq!(config.targets.all[&MetricId::Csat], 0.9);
    assert_eq!(config.targets.teams["Billing"][&MetricId::Csat], 0.8);
}

#[test]
fn a_workspace_needs_no_other_one() {
    let text = |channel: &str| {
        format!(
            "[[workspace]]\nname = 'acme'\nmode = 'http'\nbot_token = 'env:ACME_BOT_TOKEN'\n\
             signing_secret = 'env:ACME_SIGNING_SECRET'\n[[team]]\nname = 'a'\nchannel = '{channel}'"
        )
    };
    let config = parse(&text("slack.acme:#support")).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.slack.iter().map(|s| s.workspace.as_str()).collect::<Vec<_>>(), ["slack.acme"]);
    assert!(faults(&text("slack:#support")).ends_with("set mode = \"socket\" or \"http\" in [slack]"));
}

#[test]
fn a_variable_that_names_no_key_is_a_fault_too() {
    let found = with_variables(
        "[[team]]\nname = 'billing'",
        [
            ("DESKBELL_HTTP__LISTN", "127.0.0.1:1"),
            ("DESKBELL_HTP__LISTEN", "127.0.0.1:1"),
            ("DESKBELL_HTTP_LISTEN", "127.0.0.1:1"),
            ("DESKBELL_HTTP__LISTEN", "nowhere"),
            ("DESKBELL_SLACK__BOT_TOKEN__X", "a"),
            ("DESKBELL_TEAM__BILING__CALENDAR", "a"),
            ("DESKBELL_TEAM__CHANNEL", "a"),
            ("DESKBELL_TEAM__BILLING__CALENDER", "a"),
            ("DESKBELL_METRICS__FRT_ORIGINS", "a"),
            ("DESKBELL_TARGETS__CSTA", "0.9"),
            ("DESKBELL_TARGETS__TEAM__SALES__CSAT", "0.9"),
            ("DESKBELL_SLA__URGENT__RESOLUTION", "1h"),
            ("PATH", "/bin"),
        ],
    );
    insta::assert_snapshot!(found.expect_err("faults"));
}

#[test]
fn a_secret_under_our_prefix_is_no_override() {
    let text =
        "[slack]\nmode = 'http'\nbot_token = 'env:DESKBELL_SLACK_BOT_TOKEN'\nsigning_secret = 'env:DESKBELL_SIGN__A'";
    let set = [("DESKBELL_SLACK_BOT_TOKEN", "xoxb-1"), ("DESKBELL_SIGN__A", "s")];
    assert!(with_variables(text, set).is_ok());
}

#[test]
fn secrets_come_from_files_without_their_last_line_break() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "top\n").expect("written");
    let path = file.path().display();
    let text = format!("[[source]]\nname = 'a'\nkind = 'generic'\nsecret = 'file:{path}'");
    assert_eq!(parse(&text).expect("valid").sources[0].secrets[0].expose_secret(), "top");
    std::fs::write(file.path(), "\n").expect("written");
    assert!(faults(&text).ends_with("this secret is empty"));
}

#[test]
fn nothing_shown_holds_a_secret() {
    let text = "[slack]\nmode = 'http'\nbot_token = 'xoxb-hunter2'\nsigning_secret = 'hunter2'\n\
                [store]\nurl = 'postgres://me:hunter2@db/bell'\n[[source]]\nname = 'a'\nkind = 'x'\nsecret = 'hunter2'";
    assert!(!faults(text).contains("hunter2"));
    let config = parse(&everything()).expect("valid");
    assert!(!format!("{config:?}").contains("xoxb-1"));
}

#[test]
fn a_look_at_the_numbers_needs_no_secrets() {
    let look = |text: &str| Config::parse("bot.toml", text, &Environment::default(), Purpose::Look);
    let config = look(&everything()).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(config.slack.is_empty() && config.discord.is_none());
    assert!(config.sources.iter().all(|s| s.secrets.is_empty()));
    assert_eq!(config.digests[0].to.len(), 3);
    assert!(look("[slack]\nmode = 'http'\nbot_token = 'in the file'\nsigning_secret = 'env:A'").is_err());
}

#[test]
fn places_count_characters_not_bytes() {
    let faults = faults("[bot]\nweek_start = 'mon' # é\n[[team]]\nname = 'é'\nids = ['ä', true]");
    assert!(faults.starts_with("bot.toml:5:13: "), "{faults}");
}

#[test]
fn dotted_and_quoted_switches_are_the_same() {
    for text in ["[metrics]\nfcr.max_agents = 2", "[metrics]\n'fcr.max_agents' = 2", "[metrics.fcr]\nmax_agents = 2"] {
        assert_eq!(parse(text).expect("valid").definitions.switches.fcr_max_agents, 2, "{text}");
    }
}

#[test]
fn the_demo_is_configured_as_anybody_is() {
    let text = include_str!("../demo/bot.toml").replace("PULSE", "*/5 * * * *");
    let demo: Environment = [("DEMO_SECRET", "s")].into_iter().collect();
    let config = Config::parse("demo", &text, &demo, Purpose::Run);
    assert_eq!(config.unwrap_or_else(|faults| panic!("{faults}")).definitions.teams.len(), 3);
}

#[test]
fn the_last_value_of_the_document_is_reachable_in_every_shape() {
    let (document, syntax) =
        document::parse(&"bot.toml".into(), "\u{feff}a = [1, 2.5, true, 1979-05-27, 'x', { b = 'y' }]");
    assert!(syntax.is_empty());
    assert!(matches!(&document.get("a").expect("there").value, Value::List(items) if items.len() == 6));
    assert_eq!(document.get("a").expect("there").texts(), ["x", "y"]);
}
