//! Random event logs: plausible tickets, and everything that makes them hard.
//!
//! Equal instants with and without an order between them, events that precede the creation, creations told twice and
//! creations never told, reopens soft and hard, merges, spam that is restored, answers to surveys that change, teams
//! with calendars of their own, phone, outbound, bots, and all that belongs to no ticket. The same seed makes the same
//! log.

use deskbell::domain::event::Event;
use deskbell::domain::timestamp::Timestamp;
use fastrand::Rng;
use serde_json::{Value, json};

/// When a log begins: a Monday, the last one before Berlin's clocks change.
pub(crate) const BEGIN: &str = "2024-03-25T00:00:00Z";

/// How long it goes on.
const DAYS: i64 = 40;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A `bot.toml` with two calendars, three teams, people with several accounts and promises of every kind; `switches`
/// stand in its `[metrics]`.
pub(crate) fn configuration(store: &str, switches: &str) -> String {
    format!(
        r#"
[store]
url = "{store}"
[privacy]
customers = "clear"
[console]
enabled = true
[bot]
timezone = "Europe/Berlin"
calendar = "office"

[[calendar]]
name = "office"
timezone = "Europe/Berlin"
hours = {{ mon = ["09:00-12:30", "13:30-17:30"], tue = ["09:00-17:30"], wed = ["09:00-12:00", "12:00-17:30"], thu = ["00:00-24:00"], fri = ["09:00-17:30"] }}
holidays = ["2024-04-01"]
special = {{ "2024-04-04" = ["10:00-11:00"] }}
[[calendar]]
name = "nights"
timezone = "Australia/Lord_Howe"
hours = {{ mon = ["00:00-06:00"], tue = ["00:00-06:00", "22:00-24:00"], sat = ["08:00-20:00"], sun = ["00:00-24:00"] }}

[[team]]
name = "billing"
ids = ["7"]
[[team]]
name = "tier2"
calendar = "nights"

[[agent]]
name = "ana"
ids = ["desk:a1", "tool:a9"]

[[sla]]
name = "gold"
when = {{ tier = ["gold"] }}
first_response = "30m"
next_response = "1h"
update = "4h"
resolution = "8h"
pause = ["pending", "on_hold"]
[[sla]]
name = "rest"
first_response = {{ urgent = "15m", normal = "4h" }}
resolution = {{ urgent = "4h", normal = "2d" }}
calendar = "always"

[[source]]
name = "desk"
kind = "generic"
secret = "env:SECRET"
[[source]]
name = "tool"
kind = "generic"
secret = "env:SECRET"

[targets]
first_response_time = "1h"
csat = 0.9

[metrics]
{switches}
"#
    )
}

/// The end of a log: everything in it has happened by then.
pub(crate) fn end() -> Timestamp {
    at(DAYS * DAY_MS + 12 * DAY_MS)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::parse(BEGIN).expect("an instant").plus_ms(ms)
}

/// Events in no particular order, each of which says whose it is.
pub(crate) fn log(seed: u64, tickets: usize) -> Vec<Event> {
    let mut maker = Maker { rng: Rng::with_seed(seed), events: Vec::new() };
    for n in 0..tickets {
        maker.ticket(n);
    }
    for n in 0..tickets / 2 {
        maker.without_ticket(n);
    }
    maker.rng.shuffle(&mut maker.events);
    maker.events
}

/// One ticket more, of a customer and in a category that nothing else in a log has.
pub(crate) fn unrelated(seed: u64) -> Vec<Event> {
    let mut maker = Maker { rng: Rng::with_seed(seed), events: Vec::new() };
    let created = DAY_MS + maker.rng.i64(0..DAYS * DAY_MS / 2);
    let mut tell = |after: i64, kind: &str, actor: Value, data: Value| {
        maker.add("desk", Some("unrelated"), created + after * MINUTE_MS, kind, actor, data);
    };
    let customer = json!({"kind": "customer", "id": "stranger"});
    let agent = json!({"kind": "agent", "id": "newcomer"});
    tell(0, "ticket_created", customer.clone(), json!({"channel": "email", "category": "oddity", "team": "billing"}));
    tell(50, "message", agent.clone(), json!({}));
    tell(70, "status_changed", agent.clone(), json!({"to": "solved"}));
    tell(90, "rating_received", customer, json!({"survey": "su", "kind": "csat", "scale": 5, "value": 1}));
    tell(95, "time_tracked", agent, json!({"seconds": 900}));
    maker.events
}

struct Maker {
    rng: Rng,
    events: Vec<Event>,
}

impl Maker {
    fn add(&mut self, source: &str, ticket: Option<&str>, ms: i64, kind: &str, actor: Value, data: Value) {
        let n = self.events.len();
        // Sources that number their events, and sources that leave it to the ids.
        let seq = if self.rng.u8(0..3) == 0 { 0 } else { n };
        let id = format!("{}-{}", ticket.unwrap_or("none"), self.rng.u64(..));
        let mut event = json!({
            "event_id": id, "seq": seq, "ts": at(ms), "type": kind, "actor": actor, "source": source, "data": data,
        });
        if let Some(ticket) = ticket {
            event["ticket"] = ticket.into();
        }
        let text = event.to_string();
        self.events.push(Event::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}")));
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.rng.usize(0..of.len())].clone()
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// Time that passes between two events: often none, or just what a rule is about.
    fn pause(&mut self) -> i64 {
        match self.rng.u8(0..10) {
            0 | 1 => 0,
            2 => self.pick(&[1, 999, 1000, 59_999, 60_000, 60_001]),
            3..=5 => self.rng.i64(0..90) * MINUTE_MS,
            6 | 7 => self.rng.i64(0..DAY_MS),
            8 => self.pick(&[15, 30, 60, 240, 480]) * MINUTE_MS,
            _ => self.rng.i64(0..6 * DAY_MS),
        }
    }

    fn actor(&mut self) -> Value {
        let kind = self.pick(&["customer", "customer", "agent", "agent", "agent", "bot", "system"]);
        self.actor_of(kind)
    }

    fn actor_of(&mut self, kind: &str) -> Value {
        let id = match kind {
            "agent" => self.pick(&["a1", "ben", "cem", "dia"]),
            "customer" => self.pick(&["kim", "lee", "max"]),
            "bot" => "robot",
            _ => "-",
        };
        json!({"kind": kind, "id": id})
    }

    fn ticket(&mut self, n: usize) {
        let source = if self.chance(85) { "desk" } else { "tool" };
        let id = format!("T{n}");
        let mut now = self.rng.i64(0..DAYS * DAY_MS);
        if self.chance(97) {
            let created = self.creation();
            let kind = self.pick(&["customer", "customer", "customer", "customer", "agent", "system", "bot"]);
            let actor = self.actor_of(kind);
            self.add(source, Some(&id), now, "ticket_created", actor.clone(), created);
            if self.chance(5) {
                let again = self.creation();
                self.add(source, Some(&id), now + MINUTE_MS, "ticket_created", actor, again);
            }
        }
        if self.chance(5) {
            now -= 5 * MINUTE_MS;
        }
        for _ in 0..self.rng.usize(0..16) {
            now += self.pause();
            if now > DAYS * DAY_MS {
                break;
            }
            self.happening(source, &id, now);
        }
    }

    fn creation(&mut self) -> Value {
        let mut data = json!({});
        let mut maybe = |maker: &mut Self, percent: u8, key: &str, values: &[Value]| {
            if maker.chance(percent) {
                data[key] = maker.pick(values);
            }
        };
        let words = |words: &[&str]| words.iter().map(|w| json!(w)).collect::<Vec<_>>();
        maybe(self, 90, "channel", &words(&["email", "email", "chat", "Phone", "web"]));
        maybe(self, 70, "priority", &words(&["low", "normal", "HIGH", "urgent"]));
        maybe(self, 70, "team", &[json!("billing"), json!("tier2"), json!("sales"), json!(7)]);
        maybe(self, 30, "assignee", &words(&["a1", "ben", "cem"]));
        maybe(self, 50, "category", &words(&["login", "invoice", "export"]));
        maybe(self, 70, "customer", &words(&["kim", "lee", "max", "ned", "oda", "pia", "quin", "rob"]));
        maybe(self, 30, "tier", &words(&["gold", "silver"]));
        maybe(self, 10, "initiator", &words(&["customer", "agent", "system"]));
        maybe(self, 10, "status", &words(&["open", "solved", "closed", "pending"]));
        maybe(self, 5, "public", &[json!(false)]);
        maybe(self, 40, "tags", &[json!(["vip"]), json!(["bug", "vip"]), json!(["test"]), json!([])]);
        maybe(self, 50, "subject", &words(&["Cannot log in", "=1+1", "Ünïcode \u{1f514}"]));
        data
    }

    fn happening(&mut self, source: &str, id: &str, now: i64) {
        let (actor, agent) = (self.actor(), self.actor_of("agent"));
        let drawn: [usize; 5] = std::array::from_fn(|_| self.rng.usize(0..1 << 20));
        let draws = |k: usize| drawn[k];
        let word = |k: usize, words: &[&str]| words[draws(k) % words.len()].to_owned();
        let mut tell = |kind: &str, actor: Value, data: Value| self.add(source, Some(id), now, kind, actor, data);
        match draws(0) % 100 {
            0..=27 => tell("message", actor, if draws(1) % 8 == 0 { json!({"auto": true}) } else { json!({}) }),
            28..=32 => tell("note", agent, json!({})),
            33 | 34 => tell("bot_handoff", json!({"kind": "bot", "id": "robot"}), json!({})),
            35..=54 => {
                let to =
                    word(1, &["new", "open", "open", "pending", "on_hold", "solved", "solved", "solved", "closed"]);
                tell("status_changed", actor.clone(), json!({"to": to}));
                // What one update changes together: an answer that solves, a thank-you that reopens.
                match draws(2) % 4 {
                    0 => tell("message", agent, json!({})),
                    1 => tell("message", actor, json!({})),
                    _ => {}
                }
            }
            55..=61 => {
                let mut data = json!({});
                match draws(1) % 4 {
                    0 => data["agent"] = Value::Null,
                    1 => data["agent"] = word(2, &["a1", "ben", "cem", "robot"]).into(),
                    2 => {
                        data =
                            json!({"agent": word(2, &["ben", "cem"]), "team": word(3, &["billing", "tier2", "sales"])})
                    }
                    _ => data["team"] = [json!("tier2"), json!("billing"), Value::Null][draws(2) % 3].clone(),
                }
                tell("assigned", actor, data);
            }
            62..=64 => tell("priority_changed", actor, json!({"to": word(1, &["low", "normal", "high", "urgent"])})),
            65..=67 => {
                let (added, removed) = (word(1, &["vip", "bug", "test"]), word(2, &["vip", "bug", "test"]));
                tell("tags_changed", actor, json!({"added": [added], "removed": [removed]}));
            }
            68 | 69 => tell(
                "category_changed",
                actor,
                json!({"to": ([json!("login"), json!("plans"), Value::Null][draws(1) % 3])}),
            ),
            70 => tell("merged", actor, json!({"into": format!("T{}", draws(1) % 20)})),
            71 => tell(&word(1, &["spam", "deleted"]), actor, json!({})),
            72 | 73 => tell("restored", actor, json!({})),
            74..=76 => tell(
                "survey_sent",
                json!({"kind": "system"}),
                json!({"survey": word(1, &["s1", "s2"]), "kind": word(1, &["csat", "ces"])}),
            ),
            77..=82 => tell("rating_received", json!({"kind": "customer", "id": "kim"}), rating(&draws)),
            83..=87 => {
                let mut data =
                    json!({"seconds": draws(1) % 7200, "kind": word(2, &["work", "work", "talk", "hold", "wrap"])});
                if draws(3) % 3 > 0 {
                    data["start"] = json!(at(now - (draws(4) % 7_200_000) as i64));
                }
                tell("time_tracked", agent, data);
            }
            88..=90 => tell("read", agent, json!({})),
            91 | 92 => tell(
                "changed",
                actor,
                json!({"channel": word(1, &["chat", "email", "phone"]), "tier": word(2, &["gold", "silver"])}),
            ),
            93..=95 => {
                let data = json!({"status": word(1, &["open", "pending", "solved"]), "team": word(2, &["billing", "tier2"]), "tags": ["bug"]});
                tell("snapshot", json!({"kind": "system"}), data);
            }
            96 => tell(
                &word(1, &["sla_claimed", "sla_released"]),
                agent,
                json!({"by": "ana", "target": "first_response"}),
            ),
            97 => {
                let targets = json!({"first_response": 900 + draws(1) % 9000, "resolution": 40_000});
                tell(
                    "sla_policy",
                    json!({"kind": "system"}),
                    json!({"policy": "announced", "targets": targets, "calendar": word(2, &["always", "office", "unknown"])}),
                );
            }
            _ => tell("message", agent, json!({})),
        }
    }

    fn without_ticket(&mut self, n: usize) {
        let now = self.rng.i64(0..DAYS * DAY_MS);
        let agent = self.actor_of("agent");
        let span = |from: i64, to: i64| json!({"start": at(from), "end": at(to)});
        let length = self.rng.i64(1..10 * 60) * MINUTE_MS;
        let source = self.pick(&["desk", "tool"]);
        let who = self.pick(&["kim", "lee", "max", "ned", "oda"]);
        let amount = self.rng.i64(1..5000) as f64 / 4.0;
        match self.rng.u8(0..10) {
            0 | 1 => self.add(source, None, now, "shift", agent, span(now, now + length)),
            2 => {
                let mut data = span(now, now + length);
                data["state"] = self.pick(&["available", "busy", "away", "offline"]).into();
                self.add(source, None, now, "presence", agent, data);
            }
            3..=5 => {
                let call = format!("c{}", n / 3);
                self.add(
                    source,
                    None,
                    now,
                    "queue",
                    json!({"kind": "customer"}),
                    json!({"call": call, "state": "entered"}),
                );
                let waited = self.pick(&[0, 4_000, 5_000, 20_000, 20_001, 90_000]);
                match self.rng.u8(0..4) {
                    0 => {}
                    1 => self.add(
                        source,
                        None,
                        now + waited,
                        "queue",
                        json!({"kind": "customer"}),
                        json!({"call": call, "state": "abandoned"}),
                    ),
                    _ => {
                        self.add(source, None, now + waited, "queue", agent, json!({"call": call, "state": "answered"}))
                    }
                }
            }
            6 => {
                let category = self.pick(&["people", "tools"]);
                let data = json!({"from": "2024-03-25", "to": "2024-04-24", "amount": amount, "currency": "EUR", "category": category});
                self.add(source, None, now, "cost", json!({"kind": "system"}), data);
            }
            7 => {
                let kind = self.pick(&["customer_subscribed", "customer_churned", "revenue"]);
                let mut data = json!({"customer": who, "amount": amount, "currency": "EUR"});
                if kind == "customer_subscribed" && self.chance(30) {
                    data["state"] = "trial".into();
                }
                self.add(source, None, now, kind, json!({"kind": "system"}), data);
            }
            8 => {
                let survey = format!("n{n}");
                self.add(
                    source,
                    None,
                    now,
                    "survey_sent",
                    json!({"kind": "system"}),
                    json!({"survey": survey, "kind": "nps"}),
                );
                let data = json!({"survey": survey, "kind": "nps", "scale": 11, "value": self.rng.u8(0..=10), "customer": who});
                self.add(source, None, now + length, "rating_received", json!({"kind": "customer", "id": who}), data);
            }
            _ => {
                let data =
                    json!({"survey": format!("e{n}"), "kind": "enps", "scale": 11, "value": self.rng.u8(0..=10)});
                self.add(source, None, now, "rating_received", json!({"kind": "agent"}), data);
            }
        }
    }
}

fn rating(draws: &impl Fn(usize) -> usize) -> Value {
    let survey = ["s1", "s2"][draws(1) % 2];
    let mut data = match draws(2) % 6 {
        0 => json!({"survey": survey, "kind": "csat", "scale": 2, "value": 1 + draws(3) % 2}),
        1 => json!({"survey": "n", "kind": "nps", "scale": 11, "value": draws(3) % 11}),
        2 => json!({"survey": "e", "kind": "ces", "scale": 7, "value": 1 + draws(3) % 7, "version": 2}),
        _ => json!({"survey": survey, "kind": "csat", "scale": 5, "value": 1 + draws(3) % 5}),
    };
    if draws(4).is_multiple_of(3) {
        data["comment"] = "Call me: +49 30 1234567, kim@example.com".into();
    }
    data
}
