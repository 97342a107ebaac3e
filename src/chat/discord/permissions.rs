//! What the bot must be allowed to do on a server, the link that asks for it, and what is missing in a channel.

use serde_json::Value;
use serenity::model::permissions::Permissions;

/// A permission, its name as Discord shows it, and what is lost without it.
const NEEDED: &[(Permissions, &str, &str)] = &[
    (Permissions::VIEW_CHANNEL, "View Channel", "nothing can be posted"),
    (Permissions::SEND_MESSAGES, "Send Messages", "nothing can be posted"),
    (Permissions::EMBED_LINKS, "Embed Links", "answers and alerts are empty"),
    (Permissions::ATTACH_FILES, "Attach Files", "messages come without their pictures"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History", "after a broken connection a message may appear twice"),
];

/// The link with which somebody who manages a server invites the bot, with what it needs and nothing else.
pub fn invitation(application: u64) -> String {
    let permissions = NEEDED.iter().fold(Permissions::empty(), |all, (permission, _, _)| all | *permission).bits();
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands\
         &permissions={permissions}"
    )
}

/// What is missing of `allowed`, each with what is lost; where there are no `pictures`, nobody misses their permission.
pub(super) fn missing(allowed: Permissions, pictures: bool) -> Vec<String> {
    let needed = NEEDED.iter().filter(|(permission, _, _)| pictures || *permission != Permissions::ATTACH_FILES);
    let lacking = needed.filter(|(permission, _, _)| !allowed.contains(*permission));
    lacking.map(|(_, name, lost)| format!("{name} ({lost})")).collect()
}

/// What a member may do in a channel, from the channel, the roles of its server and the member, all as Discord sends
/// them. Source: <https://docs.discord.com/developers/topics/permissions#permission-overwrites>.
pub(super) fn in_channel(channel: &Value, roles: &Value, member: &Value) -> Permissions {
    // The role of everybody has the id of the server.
    let everyone = &channel["guild_id"];
    let own = member["roles"].as_array().map_or(&[][..], Vec::as_slice);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let granted = list(roles)
        .iter()
        .filter(|role| role["id"] == *everyone || own.contains(&role["id"]))
        .fold(Permissions::empty(), |all, role| all | bits(&role["permissions"]));
    if granted.contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    let overwrites = list(&channel["permission_overwrites"]);
    let overwritten = |allowed: Permissions, about: &dyn Fn(&Value) -> bool| {
        let (deny, allow) = overwrites
            .iter()
            .filter(|o| about(&o["id"]))
            .fold((Permissions::empty(), Permissions::empty()), |(deny, allow), o| {
                (deny | bits(&o["deny"]), allow | bits(&o["allow"]))
            });
        (allowed - deny) | allow
    };
    // The narrower has the last word: everybody, roles, the member.
    let allowed = overwritten(granted, &|id| id == everyone);
    let allowed = overwritten(allowed, &|id| own.contains(id));
    overwritten(allowed, &|id| *id == member["user"]["id"])
}

/// Discord writes them as a number in a text.
fn bits(value: &Value) -> Permissions {
    value.as_str().and_then(|text| text.parse().ok()).map_or(Permissions::empty(), Permissions::from_bits_truncate)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_invitation_asks_for_what_is_needed_and_nothing_else() {
        // View channel 1024, send messages 2048, embed links 16384, attach files 32768, read message history 65536.
        assert_eq!(
            invitation(1000),
            "https://discord.com/oauth2/authorize?client_id=1000&scope=bot+applications.commands&permissions=117760"
        );
    }

    #[test]
    fn roles_add_up_and_the_narrower_overwrite_has_the_last_word() {
        let role = |id: &str, permissions: u64| json!({"id": id, "permissions": permissions.to_string()});
        let roles = json!([role("1", 1024 | 2048), role("5", 16384), role("6", 65536), role("7", 8)]);
        let channel = |overwrites: Value| json!({"guild_id": "1", "permission_overwrites": overwrites});
        let member = |roles: Value| json!({"user": {"id": "9"}, "roles": roles});
        let overwrite =
            |id: &str, deny: u64, allow: u64| json!({"id": id, "deny": deny.to_string(), "allow": allow.to_string()});
        let all = 1024 | 2048 | 16384 | 65536;
        let table = [
            ("nothing but everybody's", json!([]), json!([]), 1024 | 2048),
            ("roles add up", json!([]), json!(["5", "6"]), all),
            ("another's role is none of ours", json!([]), json!(["8"]), 1024 | 2048),
            ("closed to everybody", json!([overwrite("1", 1024, 0)]), json!(["5", "6"]), all - 1024),
            ("open to a role", json!([overwrite("5", 0, 1024), overwrite("1", 1024, 0)]), json!(["5", "6"]), all),
            (
                "closed to the member",
                json!([overwrite("9", 2048, 0), overwrite("5", 0, 2048)]),
                json!(["5", "6"]),
                all - 2048,
            ),
        ];
        for (name, overwrites, own, expected) in table {
            assert_eq!(in_channel(&channel(overwrites), &roles, &member(own)).bits(), expected, "{name}");
        }
        let administrator = in_channel(&channel(json!([overwrite("1", 2048, 0)])), &roles, &member(json!(["7"])));
        assert_eq!(missing(administrator, true), Vec::<String>::new(), "an administrator may do everything everywhere");
    }

    #[test]
    fn what_is_missing_is_named_with_what_is_lost() {
        let allowed = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::READ_MESSAGE_HISTORY;
        assert_eq!(missing(allowed, false), ["Embed Links (answers and alerts are empty)"]);
        let allowed = allowed | Permissions::EMBED_LINKS;
        assert_eq!(missing(allowed, true), ["Attach Files (messages come without their pictures)"]);
        assert_eq!(missing(bits(&json!("nonsense")), true).len(), NEEDED.len());
    }
}
