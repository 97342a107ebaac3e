//! The manifest from which Slack makes the app: the commands there are, what is asked to be allowed, how events arrive.
//!
//! Written from the same list of commands as everything else, so that an app made from it lacks none.
//! Format: <https://docs.slack.dev/reference/app-manifest>.

use serde_json::{Value, json};

use super::super::{CommandSpec, text};
use super::check::{OF_PICTURES, SCOPES};
use crate::domain::workspace::Workspace;

/// The longest name of a command, description and hint that Slack takes, in characters.
const COMMAND: usize = 32;
const DESCRIPTION: usize = 2000;
const HINT: usize = 1000;

/// The manifest of an app with these commands. With the public address of this bot (`https://bell.example`) Slack calls
/// it there, each workspace below its own path; without, the bot opens a connection (Socket Mode).
pub fn manifest(specs: &[CommandSpec], public_url: Option<&str>, workspace: &Workspace) -> Value {
    let address =
        |path: &str| public_url.map(|url| format!("{}{}/{path}", url.trim_end_matches('/'), workspace.path()));
    let mut interactivity = json!({"is_enabled": true});
    if let Some(url) = address("interactions") {
        interactivity["request_url"] = json!(url);
    }
    let commands = by_first_word(specs).into_iter().map(|(name, group)| {
        let mut command = slash_command(name, &group);
        if let Some(url) = address("commands") {
            command["url"] = json!(url);
        }
        command
    });
    let scopes: Vec<&str> = SCOPES.iter().chain(OF_PICTURES).map(|(scope, _)| *scope).collect();
    json!({
        "display_information": {
            "name": "Deskbell",
            "description": "Support numbers, digests and SLA alerts",
            "background_color": "#1f2937",
        },
        "features": {
            "bot_user": {"display_name": "deskbell", "always_online": true},
            "slash_commands": commands.collect::<Vec<_>>(),
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": public_url.is_none(),
            "token_rotation_enabled": false,
        },
    })
}

/// Commands with the same first word are one slash command: `/sla why`, `/sla claim`.
fn by_first_word(specs: &[CommandSpec]) -> Vec<(&str, Vec<&CommandSpec>)> {
    let mut groups: Vec<(&str, Vec<&CommandSpec>)> = Vec::new();
    for spec in specs {
        let name = spec.name.split(' ').next().unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(spec),
            None => groups.push((name, vec![spec])),
        }
    }
    groups
}

fn slash_command(name: &str, group: &[&CommandSpec]) -> Value {
    let usage = |spec: &&CommandSpec| {
        let sub = spec.name.split_once(' ').map_or("", |(_, sub)| sub);
        format!("{sub} {}", spec.usage).trim().to_owned()
    };
    // The first of several says what the command is for; the hint shows them all.
    let description = group.first().map_or("", |spec| spec.description.as_str());
    let hint = group.iter().map(usage).collect::<Vec<_>>().join(" | ");
    let mut command = json!({
        "command": text::cut(&format!("/{name}"), COMMAND),
        "description": text::cut(description, DESCRIPTION),
        // Channels and people stay as they are typed: `#name` means nothing to the grammar.
        "should_escape": false,
    });
    if !hint.is_empty() {
        command["usage_hint"] = json!(text::cut(&hint, HINT));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What may stand where, as <https://json.schemastore.org/slack-app-manifest.json> has it: every other key is
    /// refused. `*` = each of a list.
    const SCHEMA: &[(&str, Shape)] = &[
        ("display_information.name", Shape::Text(35)),
        ("display_information.description", Shape::Text(140)),
        ("display_information.background_color", Shape::Colour),
        ("features.bot_user.display_name", Shape::Name(80)),
        ("features.bot_user.always_online", Shape::Flag),
        ("features.slash_commands.*.command", Shape::Command(32)),
        ("features.slash_commands.*.description", Shape::Text(2000)),
        ("features.slash_commands.*.usage_hint", Shape::Text(1000)),
        ("features.slash_commands.*.should_escape", Shape::Flag),
        ("features.slash_commands.*.url", Shape::Text(usize::MAX)),
        ("oauth_config.scopes.bot.*", Shape::Text(usize::MAX)),
        ("settings.interactivity.is_enabled", Shape::Flag),
        ("settings.interactivity.request_url", Shape::Text(usize::MAX)),
        ("settings.org_deploy_enabled", Shape::Flag),
        ("settings.socket_mode_enabled", Shape::Flag),
        ("settings.token_rotation_enabled", Shape::Flag),
    ];

    /// What must be there.
    const REQUIRED: &[&str] = &[
        "/display_information/name",
        "/features/bot_user/display_name",
        "/features/slash_commands/0/command",
        "/features/slash_commands/0/description",
        "/settings/interactivity/is_enabled",
    ];

    #[derive(Clone, Copy, Debug)]
    enum Shape {
        /// Of at most so many characters.
        Text(usize),
        /// The same, of word characters, hyphens and points.
        Name(usize),
        /// The same, behind a slash.
        Command(usize),
        Colour,
        Flag,
    }

    impl Shape {
        fn fits(self, value: &Value) -> bool {
            let text = value.as_str().unwrap_or_default();
            let is_text = |most: usize| (1..=most).contains(&text.chars().count());
            match self {
                Self::Flag => value.is_boolean(),
                Self::Text(most) => is_text(most),
                Self::Name(most) => {
                    is_text(most) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                }
                Self::Command(most) => is_text(most) && text.starts_with('/') && !text.contains(char::is_whitespace),
                Self::Colour => {
                    text.len() == 7 && text.starts_with('#') && text[1..].chars().all(|c| c.is_ascii_hexdigit())
                }
            }
        }
    }

    /// Every value that holds no others, with the way to it.
    fn leaves(value: &Value, way: &str, out: &mut Vec<(String, Value)>) {
        let below = |key: &str| if way.is_empty() { key.to_owned() } else { format!("{way}.{key}") };
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, &below(key), out)),
            Value::Array(list) => list.iter().for_each(|value| leaves(value, &below("*"), out)),
            leaf => out.push((way.to_owned(), leaf.clone())),
        }
    }

    fn is_accepted_by_slack(manifest: &Value) -> Result<(), String> {
        let mut found = Vec::new();
        leaves(manifest, "", &mut found);
        for (way, value) in found {
            let shape = SCHEMA.iter().find(|(known, _)| *known == way).ok_or(format!("{way} is not known"))?;
            if !shape.1.fits(&value) {
                return Err(format!("{way} is {value}, not {:?}", shape.1));
            }
        }
        let missing = REQUIRED.iter().find(|pointer| manifest.pointer(pointer).is_none());
        missing.map_or(Ok(()), |pointer| Err(format!("{pointer} is missing")))
    }

    fn spec(name: &str, description: &str, usage: &str) -> CommandSpec {
        CommandSpec { name: name.into(), description: description.into(), usage: usage.into(), options: Vec::new() }
    }

    #[test]
    fn slack_accepts_it_however_much_there_is_to_say() {
        let long =
            [spec("metrics", &"numbers ".repeat(900), "[METRIC…]"), spec("sla why", "Why", &"TICKET ".repeat(900))];
        for url in [None, Some("https://bell.example/")] {
            for specs in [&long[..], &[spec("bell help", "Help", "[TOPIC]")]] {
                let manifest = manifest(specs, url, &Workspace::default());
                assert_eq!(is_accepted_by_slack(&manifest), Ok(()), "{manifest:#}");
            }
        }
    }

    #[test]
    fn what_slack_refuses_is_seen() {
        let good = manifest(&[spec("metrics", "Numbers", "")], None, &Workspace::default());
        let changes: [(&str, &str, Value); 5] = [
            ("", "colour", json!("#000000")),
            ("/features/bot_user", "display_name", json!("Desk bell")),
            ("/features/slash_commands/0", "command", json!("metrics")),
            ("/features/slash_commands/0", "description", json!("x".repeat(2001))),
            ("/settings", "socket_mode_enabled", json!("yes")),
        ];
        for (place, key, value) in changes {
            let mut bad = good.clone();
            bad.pointer_mut(place).expect("it is there")[key] = value;
            assert!(is_accepted_by_slack(&bad).is_err(), "{place}/{key}");
        }
    }

    #[test]
    fn with_an_address_slack_calls_it_and_without_it_waits_for_a_connection() {
        let specs = ["metrics", "sla why", "sla claim"].map(|name| spec(name, "Does it", "TICKET"));
        let http = manifest(&specs, Some("https://bell.example/"), &Workspace::default());
        assert_eq!(http["settings"]["socket_mode_enabled"], false);
        assert_eq!(http["settings"]["interactivity"]["request_url"], "https://bell.example/slack/interactions");
        assert_eq!(http["features"]["slash_commands"][1]["url"], "https://bell.example/slack/commands");
        assert_eq!(http["features"]["slash_commands"][1]["usage_hint"], "why TICKET | claim TICKET");
        let acme = Workspace::named("acme").expect("a name");
        let further = manifest(&specs, Some("https://bell.example"), &acme);
        assert_eq!(further["settings"]["interactivity"]["request_url"], "https://bell.example/slack/acme/interactions");
        assert_eq!(further["features"]["slash_commands"][1]["url"], "https://bell.example/slack/acme/commands");
        let socket = manifest(&specs, None, &Workspace::default());
        assert_eq!(socket["settings"]["socket_mode_enabled"], true);
        assert!(socket["features"]["slash_commands"][0].get("url").is_none());
        assert!(socket["settings"]["interactivity"].get("request_url").is_none());
    }
}
