//! Messages for the renderers' tests: a typical one, a hostile one, and any one at all.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::domain::form::{Blank, Form};
use crate::domain::message::{
    Action, ActionKind, Block, Choice, Column, Field, Menu, Message, Piece, Table, Text, Tone,
};
use crate::domain::timestamp::Timestamp;

/// 2026-11-22 09:00 UTC.
pub(crate) const NINE: Timestamp = Timestamp(1_795_338_000_000);

/// A dialog with both kinds of blanks.
pub(crate) fn form() -> Form {
    let blank = |name: &str, value: Option<&str>| Blank {
        name: name.into(),
        label: format!("The {name}"),
        hint: format!("How a {name} is written"),
        value: value.map(Into::into),
        optional: value.is_none(),
    };
    Form {
        command: "/digest add".into(),
        title: "Add a digest".into(),
        submit: "Add".into(),
        blanks: vec![blank("plan", Some("weekdays")), blank("name", None)],
    }
}

/// A metric's answer.
pub(crate) fn answer() -> Message {
    let row = |team: &str, value: &str, n: &str, change: &str| {
        vec![Text::plain(team), Text::plain(value), Text::plain(n), Text::plain(change)]
    };
    let column = |head: &str, right| Column { head: head.into(), right };
    Message {
        tone: Tone::Good,
        title: "First response time".into(),
        mentions: Vec::new(),
        blocks: vec![
            Block::Text(Text::bold("42 min").then(" median, 1 h 10 min faster than the week before")),
            Block::Fields(vec![
                Field { label: "p90".into(), value: Text::plain("3 h 10 min") },
                Field { label: "Target".into(), value: Text::plain("1 h · met") },
                Field { label: "n".into(), value: Text::plain("611") },
            ]),
            Block::Sparkline {
                label: "Last 7 days".into(),
                values: vec![Some(70.0), Some(66.0), Some(61.0), None, Some(50.0), Some(44.0), Some(42.0)],
            },
            Block::Table(Table {
                columns: vec![column("Team", false), column("Median", true), column("n", true), column("Change", true)],
                rows: vec![row("billing", "38 min", "402", "−12%"), row("日本サポート", "1 h 2 min", "209", "+3%")],
                more: 4,
            }),
        ],
        menus: vec![Menu {
            label: "Period".into(),
            choices: vec![
                Choice { label: "Last 7 days".into(), group: None, command: "/metrics frt".into(), chosen: true },
                Choice { label: "Last 30 days".into(), group: None, command: "/metrics frt 30d".into(), chosen: false },
            ],
        }],
        actions: vec![
            Action { label: "Explain".into(), does: ActionKind::Refine("/metrics explain frt".into()) },
            Action { label: "By agent".into(), does: ActionKind::Command("/metrics frt by agent".into()) },
            Action { label: "Share".into(), does: ActionKind::Command("/metrics frt share".into()) },
            Action {
                label: "Definition".into(),
                does: ActionKind::Open { url: "https://deskbell.example/frt".into() },
            },
        ],
        footer: vec!["last 7 days".into(), "business hours".into()],
        chart: None,
    }
}

/// An SLA alert.
pub(crate) fn alert() -> Message {
    Message {
        tone: Tone::Bad,
        title: "#4521 missed its first reply".into(),
        mentions: Vec::new(),
        blocks: vec![
            Block::Text(
                Text::plain("Due ").and(Piece::Time(NINE)).then(", asked in ").and(Piece::Link {
                    label: "Refund [urgent]".into(),
                    url: "https://desk.example/t/4521?q=(1)".into(),
                }),
            ),
            Block::Table(Table {
                columns: vec![
                    Column { head: "Ticket".into(), right: false },
                    Column { head: "Left".into(), right: true },
                    Column { head: "Agent".into(), right: false },
                ],
                rows: vec![vec![
                    Text(vec![Piece::Link { label: "#4521".into(), url: "https://desk.example/t/4521".into() }]),
                    Text::plain("−12 min"),
                    Text::plain("Ana"),
                ]],
                more: 0,
            }),
        ],
        menus: Vec::new(),
        actions: vec![
            Action { label: "Claim".into(), does: ActionKind::Command("/sla claim 4521".into()) },
            Action { label: "Why".into(), does: ActionKind::Command("/sla why 4521".into()) },
            Action { label: "Open".into(), does: ActionKind::Open { url: "https://desk.example/t/4521".into() } },
        ],
        footer: vec!["policy urgent v2".into()],
        chart: None,
    }
}

/// What customers try.
pub(crate) fn hostile() -> Message {
    let nasty = "@everyone <@1> <#2> <t:0:f> **bold** _it_ ~~x~~ ||sp|| `code` ```\nblock\n``` [a](https://evil.example) \
                 https://evil.example discord.gg/abc :smile: \u{202e}gnp.exe\u{200b}\u{1b}[31m";
    Message {
        tone: Tone::Warning,
        title: format!("# {nasty}"),
        mentions: Vec::new(),
        blocks: vec![
            Block::Text(Text::plain(format!("> quote\n- list\n1. one\n# head\n-# small\n{nasty}"))),
            Block::Text(
                Text::bold(nasty)
                    .and(Piece::Bold(" more".into()))
                    .and(Piece::Link { label: "](x) @here".into(), url: "javascript:alert(1)".into() })
                    .and(Piece::Link { label: "](x) @here".into(), url: "https://ok.example/a)b<c> d".into() }),
            ),
            Block::Fields(vec![
                Field { label: "@here".into(), value: Text::plain(nasty) },
                Field { label: " ".into(), value: Text::default() },
            ]),
            Block::Code("deskbell\n``` @everyone".into()),
            Block::Table(Table {
                columns: vec![Column { head: "```".into(), right: false }],
                rows: vec![
                    vec![Text::plain("a\nb ``` @everyone")],
                    vec![],
                    vec![Text::plain("x"), Text::plain("spare")],
                ],
                more: 0,
            }),
        ],
        menus: vec![Menu {
            label: nasty.into(),
            choices: vec![
                Choice { label: nasty.into(), group: Some(nasty.into()), command: "/metrics".into(), chosen: true },
                Choice { label: "again".into(), group: Some(nasty.into()), command: "/metrics".into(), chosen: true },
                Choice { label: " ".into(), group: Some(" ".into()), command: "/metrics frt".into(), chosen: false },
                Choice { label: "long".into(), group: Some(nasty.into()), command: "x".repeat(151), chosen: false },
            ],
        }],
        actions: vec![
            Action { label: "\u{202e}@everyone".into(), does: ActionKind::Open { url: "javascript:alert(1)".into() } },
            Action { label: " ".into(), does: ActionKind::Command("/metrics".into()) },
            Action { label: "again".into(), does: ActionKind::Command("/metrics".into()) },
            Action { label: "long".into(), does: ActionKind::Command("x".repeat(101)) },
        ],
        footer: vec![nasty.into()],
        chart: None,
    }
}

/// What has an effect somewhere, or hides something.
const LIVE: [&str; 34] = [
    "@everyone",
    "@here",
    "<!channel>",
    "<!here|x>",
    "<@U0ANNA>",
    "<@99>",
    "<@&77>",
    "<#C0SUPPORT>",
    "<!subteam^S1>",
    "<t:0:R>",
    "<!date^0^{date}|x>",
    "<a:b:1>",
    ":tada:",
    "**",
    "__",
    "~~",
    "||",
    "`",
    "```",
    "> ",
    ">>> ",
    "# ",
    "-# ",
    "- ",
    "1. ",
    "[a](https://evil.example)",
    "https://evil.example",
    "<https://evil.example|ok>",
    "discord.gg/abc",
    "mailto:a@b.example",
    "\u{202e}gnp.exe",
    "\u{200b}\u{feff}\u{2066}",
    "\u{1b}[31m\u{7}",
    "z\u{300}\u{301}\u{302}\u{303}\u{304}",
];

/// What customers write who mean no good.
pub(crate) fn hostile_string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => proptest::sample::select(&LIVE[..]).prop_map(str::to_owned),
        3 => "[a-z0-9 .,]{0,12}".prop_map(|words| words),
        1 => "[\\\\\n\r\t ()<>|*_&]{1,4}",
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn any_string() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        4 => "[a-z *_`<@:#\\n|~.1-]{0,40}",
        4 => hostile_string(),
        1 => ("[*@日😀x ]{1,4}", 1..1200usize).prop_map(|(unit, n)| unit.repeat(n)),
        1 => (hostile_string(), 9_000..11_000usize).prop_map(|(text, n)| format!("{text} ").chars().cycle().take(n).collect()),
    ]
}

/// Words that a reader would look for, each alone of its kind, in every part of a message, some of them too long by far;
/// and the message.
pub(crate) fn marked_message() -> impl Strategy<Value = (Vec<String>, Message)> {
    let filler = || prop_oneof![3 => 0..30usize, 1 => 0..11_000usize];
    let parts = (vec((0..5u8, filler()), 1..30), vec(filler(), 0..4), 0..60usize);
    parts.prop_map(|(parts, footer, rows)| {
        let mut words = Vec::new();
        let mut next = |filler: usize| {
            let word = format!("word{}end", words.len());
            words.push(word.clone());
            format!("{}{word}", "x ".repeat(filler / 2))
        };
        let column = |head: &str| Column { head: head.into(), right: false };
        let blocks = parts.into_iter().map(|(kind, filler)| match kind {
            0 => Block::Text(Text::plain(next(filler))),
            1 => Block::Text(
                Text::bold(next(filler)).and(Piece::Link { label: next(3), url: "https://a.example".into() }),
            ),
            2 => Block::Fields(vec![Field { label: "Field".into(), value: next(filler).into() }; 1]),
            3 => {
                let rows = (0..rows).map(|_| vec![next(2).into(), "12 min".into()]).collect();
                Block::Table(Table { columns: vec![column("Ticket"), column("Left")], rows, more: 0 })
            }
            _ => Block::Code(next(filler)),
        });
        let blocks = blocks.collect();
        let footer = footer.into_iter().map(|filler| next(filler).into()).collect();
        let message = Message { title: next(3), blocks, footer, ..Message::default() };
        (words, message)
    })
}

/// Every text in a body that somebody may see: without addresses, and what comes back from a control.
pub(crate) fn seen(body: &serde_json::Value) -> Vec<String> {
    match body {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().flat_map(seen).collect(),
        serde_json::Value::Object(fields) => {
            let hidden = |key: &str| matches!(key, "url" | "value" | "custom_id" | "action_id");
            // The value of a field is seen.
            let shown = |(key, value): (&String, &serde_json::Value)| {
                !hidden(key) || (key == "value" && fields.contains_key("inline") && value.is_string())
            };
            fields.iter().filter(|(key, value)| shown((key, value))).flat_map(|(_, value)| seen(value)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a text hides something, or turns round what follows.
pub(crate) fn deceives(text: &str) -> bool {
    text.contains(|c: char| (c.is_control() && c != '\n') || super::is_invisible(c))
}

fn any_piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        any_string().prop_map(Piece::Plain),
        any_string().prop_map(Piece::Bold),
        any::<i64>().prop_map(|ms| Piece::Time(Timestamp(ms))),
        (any_string(), "(https?://[a-z]{1,9}/.{0,20}|.{0,9})").prop_map(|(label, url)| Piece::Link { label, url }),
    ]
}

fn any_text() -> impl Strategy<Value = Text> {
    vec(any_piece(), 0..4).prop_map(Text)
}

fn any_table() -> impl Strategy<Value = Table> {
    let columns = vec((any_string(), any::<bool>()).prop_map(|(head, right)| Column { head, right }), 0..6);
    (columns, vec(vec(any_text(), 0..6), 0..12), 0..9usize).prop_map(|(columns, rows, more)| Table {
        columns,
        rows,
        more,
    })
}

fn any_block() -> impl Strategy<Value = Block> {
    let field = (any_string(), any_text()).prop_map(|(label, value)| Field { label, value });
    prop_oneof![
        any_text().prop_map(Block::Text),
        vec(field, 0..30).prop_map(Block::Fields),
        any_table().prop_map(Block::Table),
        (any_string(), vec(option::of(any::<f64>()), 0..90))
            .prop_map(|(label, values)| Block::Sparkline { label, values }),
        any_string().prop_map(Block::Code),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let does = prop_oneof![
        "(https?://[a-z]{1,9}/.{0,20}|.{0,9})".prop_map(|url| ActionKind::Open { url }),
        any_string().prop_map(ActionKind::Command),
        any_string().prop_map(ActionKind::Refine),
    ];
    (any_string(), does).prop_map(|(label, does)| Action { label, does })
}

fn any_menu() -> impl Strategy<Value = Menu> {
    let choice = (any_string(), any_string(), any_string(), any::<bool>());
    let choice =
        choice.prop_map(|(label, group, command, chosen)| Choice { label, group: Some(group), command, chosen });
    (any_string(), vec(choice, 0..40), any::<bool>()).prop_map(|(label, mut choices, grouped)| {
        choices.iter_mut().filter(|_| !grouped).for_each(|choice| choice.group = None);
        Menu { label, choices }
    })
}

/// Any message, however unreasonable.
pub(crate) fn any_message() -> impl Strategy<Value = Message> {
    let tone = prop_oneof![Just(Tone::Neutral), Just(Tone::Good), Just(Tone::Warning), Just(Tone::Bad)];
    let controls = (vec(any_menu(), 0..8), vec(any_action(), 0..30));
    (tone, any_string(), vec(any_block(), 0..12), controls, vec(any_text(), 0..4)).prop_map(
        |(tone, title, blocks, (menus, actions), footer)| Message {
            tone,
            title,
            blocks,
            menus,
            actions,
            footer,
            ..Message::default()
        },
    )
}
