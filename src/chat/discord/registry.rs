//! The commands as Discord registers them, and whether what is registered already is the same.
//!
//! Discord counts registrations (200 a day), and a changed command disappears from people's menus for a moment: so a
//! restart must not register anything again.

use serde_json::{Value, json};

use super::super::{CommandSpec, OptionKind, OptionSpec, text};

/// Of a list of choices, and of proposals while typing.
pub(super) const CHOICES: usize = 25;
/// Of a choice, a proposal, a description.
pub(super) const TEXT: usize = 100;

/// The bodies to register; `everywhere` = not only in one guild. `bell help` is the sub-command `help` of `bell`.
pub(super) fn bodies(specs: &[CommandSpec], everywhere: bool) -> Value {
    let mut bodies: Vec<Value> = Vec::new();
    for spec in specs {
        let options: Vec<Value> = spec.options.iter().map(option).collect();
        let Some((name, sub)) = spec.name.split_once(' ') else {
            bodies.push(body(&spec.name, &spec.description, options, everywhere));
            continue;
        };
        let sub = json!({"type": 1, "name": sub, "description": short(&spec.description), "options": options});
        match bodies.iter_mut().find(|b| b["name"] == name).and_then(|b| b["options"].as_array_mut()) {
            Some(siblings) => siblings.push(sub),
            None => bodies.push(body(name, &spec.description, vec![sub], everywhere)),
        }
    }
    Value::Array(bodies)
}

fn body(name: &str, description: &str, options: Vec<Value>, everywhere: bool) -> Value {
    let mut body = json!({"type": 1, "name": name, "description": short(description), "options": options});
    if everywhere {
        // Only in guilds, only as installed by a guild: a private chat has no team.
        body["contexts"] = json!([0]);
        body["integration_types"] = json!([0]);
    }
    body
}

fn option(spec: &OptionSpec) -> Value {
    const TEXT_OPTION: u8 = 3;
    const FLAG_OPTION: u8 = 5;
    let kind = if spec.kind == OptionKind::Flag { FLAG_OPTION } else { TEXT_OPTION };
    let mut option =
        json!({"type": kind, "name": spec.name, "description": short(&spec.description), "required": false});
    match &spec.kind {
        OptionKind::Choice(values) if values.len() <= CHOICES => option["choices"] = choices(values),
        OptionKind::Choice(_) | OptionKind::Autocomplete => option["autocomplete"] = json!(true),
        OptionKind::Text | OptionKind::Flag => {}
    }
    option
}

/// Values as Discord offers them; what could not be sent back whole is not offered.
pub(super) fn choices(values: &[String]) -> Value {
    let fitting = values.iter().filter(|value| (1..=TEXT).contains(&value.encode_utf16().count()));
    fitting.take(CHOICES).map(|value| json!({"name": value, "value": value})).collect()
}

fn short(description: &str) -> String {
    text::cut(&text::one_line(description), TEXT)
}

/// Discord's list says the same as ours. It adds ids, versions and defaults, and leaves out what is empty or false.
pub(super) fn is_registered(ours: &Value, theirs: &Value) -> bool {
    let by_name = |list: &Value| {
        let mut list = list.as_array().cloned().unwrap_or_default();
        list.sort_by_key(|command| command["name"].as_str().unwrap_or_default().to_owned());
        Value::Array(list)
    };
    says_the_same(&by_name(ours), &by_name(theirs))
}

fn says_the_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.iter().all(|(key, value)| theirs.get(key).map_or(is_default(value), |t| says_the_same(value, t)))
                && ["choices", "autocomplete"]
                    .iter()
                    .all(|key| ours.contains_key(*key) || theirs.get(*key).is_none_or(is_default))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| says_the_same(a, b))
        }
        (ours, theirs) => ours == theirs || (is_default(ours) && is_default(theirs)),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs() -> Vec<CommandSpec> {
        let option = |name: &str, kind| OptionSpec { name: name.into(), description: format!("the {name}"), kind };
        vec![
            CommandSpec {
                name: "metrics".into(),
                description: "Numbers".into(),
                usage: String::new(),
                options: vec![
                    option("metric", OptionKind::Autocomplete),
                    option("clock", OptionKind::Choice(vec!["business".into(), "calendar".into()])),
                    option("tag", OptionKind::Choice((0..30).map(|n| n.to_string()).collect())),
                    option("share", OptionKind::Flag),
                ],
            },
            CommandSpec {
                name: "bell".into(),
                description: "Help ".repeat(40),
                usage: String::new(),
                options: vec![option("text", OptionKind::Text)],
            },
        ]
    }

    #[test]
    fn commands_are_spelled_as_discord_wants_them() {
        insta::assert_json_snapshot!(bodies(&specs(), true));
    }

    #[test]
    fn what_discord_adds_and_leaves_out_is_no_difference() {
        let ours = bodies(&specs(), true);
        let mut theirs = ours.clone();
        let list = theirs.as_array_mut().expect("a list");
        list.reverse();
        for command in list {
            command["id"] = json!("1");
            command["version"] = json!("2");
            command["nsfw"] = json!(false);
            for option in command["options"].as_array_mut().expect("options") {
                option.as_object_mut().expect("an object").remove("required");
            }
        }
        assert!(is_registered(&ours, &theirs));
    }

    #[test]
    fn any_change_is_a_difference() {
        let ours = bodies(&specs(), true);
        let changes: [(&str, Value); 6] = [
            ("/0/description", json!("Figures")),
            ("/0/options/0/autocomplete", json!(false)),
            ("/0/options/1/choices/0/value", json!("office")),
            ("/0/options/3/choices", json!([{"name": "x", "value": "x"}])),
            ("/0/options/3/type", json!(3)),
            ("/0/contexts", json!([0, 1])),
        ];
        for (pointer, value) in changes {
            let mut theirs = ours.clone();
            match theirs.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => theirs["0".parse::<usize>().expect("index")]["options"][3]["choices"] = value,
            }
            assert!(!is_registered(&ours, &theirs), "{pointer}");
        }
        let mut fewer = ours.clone();
        fewer.as_array_mut().expect("a list").pop();
        assert!(!is_registered(&ours, &fewer) && !is_registered(&fewer, &ours));
        assert!(!is_registered(&ours, &json!([])));
    }
}
