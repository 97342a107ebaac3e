//! What the bot may do in a channel, by Discord's own rule: what everybody and its roles may in the server, changed by what
//! the channel says of everybody, then of its roles, then of itself.

use serde_json::Value;

const ADMINISTRATOR: u64 = 1 << 3;
const VIEW_CHANNEL: u64 = 1 << 10;
const ATTACH_FILES: u64 = 1 << 15;

/// What is needed, and what is lost without it.
const NEEDED: [(u64, &str, &str); 5] = [
    (VIEW_CHANNEL, "View Channel", "nothing can be posted"),
    (1 << 11, "Send Messages", "nothing can be posted"),
    (1 << 14, "Embed Links", "messages are empty"),
    (ATTACH_FILES, "Attach Files", "messages come without their pictures"),
    (1 << 16, "Read Message History", "after a broken connection a message may appear twice"),
];

/// What of it is missing in a channel, in words, for the bot whose user is `me`; `pictures`: it sends some.
pub(super) fn missing(guild: &Value, member: &Value, channel: &Value, me: &str, pictures: bool) -> Vec<String> {
    let may = in_channel(guild, member, channel, me);
    let needed = NEEDED.iter().filter(|(bit, ..)| pictures || *bit != ATTACH_FILES);
    needed.filter(|(bit, ..)| may & bit == 0).map(|(_, name, lost)| format!("{name} ({lost})")).collect()
}

fn in_channel(guild: &Value, member: &Value, channel: &Value, me: &str) -> u64 {
    let everybody = &guild["id"];
    let mine = |id: &Value| list(&member["roles"]).contains(id);
    let roles = list(&guild["roles"]).iter().filter(|role| role["id"] == *everybody || mine(&role["id"]));
    let mut may = roles.map(|role| bits(&role["permissions"])).fold(0, |all, some| all | some);
    if may & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let overwrites = list(&channel["permission_overwrites"]);
    let levels: [&dyn Fn(&Value) -> bool; 3] = [&|id| id == everybody, &mine, &|id| id == me];
    for is_meant in levels {
        let of_level = || overwrites.iter().filter(|overwrite| is_meant(&overwrite["id"]));
        let all = |key: &str| of_level().map(|overwrite| bits(&overwrite[key])).fold(0, |all, some| all | some);
        may = may & !all("deny") | all("allow");
    }
    if may & VIEW_CHANNEL == 0 { 0 } else { may }
}

fn list(of: &Value) -> &[Value] {
    of.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Permissions are numbers written as text.
fn bits(text: &Value) -> u64 {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL: u64 = VIEW_CHANNEL | 1 << 11 | 1 << 14 | ATTACH_FILES | 1 << 16;

    fn missing_names(everybody: u64, role: u64, overwrites: &Value) -> Vec<String> {
        let guild = json!({"id": "1", "roles": [
            {"id": "1", "permissions": everybody.to_string()}, {"id": "2", "permissions": role.to_string()},
            {"id": "3", "permissions": ALL.to_string()},
        ]});
        let channel = json!({"permission_overwrites": overwrites});
        let missing = missing(&guild, &json!({"roles": ["2"]}), &channel, "9", true);
        missing.iter().map(|words| words.split(" (").next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn what_is_denied_for_many_may_be_allowed_for_fewer() {
        let overwrite =
            |id: &str, deny: u64, allow: u64| json!({"id": id, "deny": deny.to_string(), "allow": allow.to_string()});
        let table = [
            (ALL, 0, json!([]), vec![]),
            (0, ALL, json!([]), vec![]),
            (0, ADMINISTRATOR, json!([overwrite("9", ALL, 0)]), vec![]),
            (ALL & !ATTACH_FILES, 0, json!([]), vec!["Attach Files"]),
            (ALL, 0, json!([overwrite("1", ATTACH_FILES, 0)]), vec!["Attach Files"]),
            (ALL, 0, json!([overwrite("1", ATTACH_FILES, 0), overwrite("2", 0, ATTACH_FILES)]), vec![]),
            (ALL, 0, json!([overwrite("9", 1 << 16, 0), overwrite("2", 0, 1 << 16)]), vec!["Read Message History"]),
            (ALL, 0, json!([overwrite("3", ALL, 0)]), vec![]),
        ];
        for (everybody, role, overwrites, expected) in table {
            assert_eq!(missing_names(everybody, role, &overwrites), expected, "{everybody} {role} {overwrites}");
        }
        let unseen = missing_names(ALL, 0, &json!([overwrite("1", VIEW_CHANNEL, 0)]));
        assert_eq!(unseen.len(), NEEDED.len(), "who does not see a channel can do nothing in it: {unseen:?}");
    }
}
