//! The live half of the demo: a help desk that keeps working, told to Deskbell as real signed webhooks over
//! loopback. It knows nothing of alerts; it only forgets a customer now and then, as help desks do.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::clock::Clock;
use super::history::{DemoTeam, FIRST_LIVE_TICKET, TEAMS};
use crate::domain::timestamp::Timestamp;

/// Where the events go.
pub(super) struct HelpDesk {
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) http: reqwest::Client,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
}

struct Ticket {
    id: u64,
    team: &'static DemoTeam,
    agent: &'static str,
    subject: &'static str,
    topic: &'static str,
    channel: &'static str,
    priority: &'static str,
    status: &'static str,
    customer: String,
    created: Timestamp,
    /// How many more chances to answer it are let pass.
    patience: u32,
    replied: bool,
}

impl HelpDesk {
    /// Works until dropped. The first customer to write in chat is overlooked for a while.
    pub(super) async fn work(mut self) {
        let mut tickets: Vec<Ticket> = Vec::new();
        let mut next_id = FIRST_LIVE_TICKET;
        loop {
            let now = self.clock.now();
            let draw = self.rng.u32(0..100);
            if tickets.is_empty() || (draw < 34 && tickets.len() < 14) {
                let ticket = self.new_ticket(next_id, now, next_id == FIRST_LIVE_TICKET);
                next_id += 1;
                self.send(&ticket, now, "ticket.created", json!({})).await;
                tickets.push(ticket);
            } else if draw < 84 {
                self.advance(&mut tickets, now).await;
            } else if let Some(done) = tickets.iter().position(|t| t.status == "SOLVED") {
                let ticket = tickets.swap_remove(done);
                let score = if self.rng.u32(0..100) < 85 { "GOOD" } else { "BAD" };
                self.send(&ticket, now, "ticket.csat_received", json!({"satisfaction_score": {"score": score}})).await;
            }
            let pause = self.rng.u64(900..3200);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    fn new_ticket(&mut self, id: u64, now: Timestamp, overlooked: bool) -> Ticket {
        let team = &TEAMS[if overlooked { 1 } else { self.rng.usize(0..TEAMS.len()) }];
        let topic = &team.topics[self.rng.usize(0..team.topics.len())];
        let chat = overlooked || self.rng.u32(0..100) < 45;
        Ticket {
            id,
            team,
            agent: team.agents[self.rng.usize(0..team.agents.len())],
            subject: topic.2[self.rng.usize(0..topic.2.len())],
            topic: topic.0,
            channel: if chat { "chat" } else { "email" },
            priority: match self.rng.u32(0..100) {
                _ if overlooked => "HIGH",
                0..=60 => "NORMAL",
                61..=85 => "HIGH",
                _ => "URGENT",
            },
            status: "NEW",
            customer: format!("c{}", self.rng.u32(1..420)),
            created: now,
            patience: if overlooked {
                40
            } else if self.rng.u32(0..100) < 8 {
                30
            } else {
                1
            },
            replied: false,
        }
    }

    /// Some agent does the next thing on some ticket.
    async fn advance(&mut self, tickets: &mut [Ticket], now: Timestamp) {
        for ticket in tickets.iter_mut().filter(|t| !t.replied) {
            ticket.patience = ticket.patience.saturating_sub(1);
        }
        let due = tickets.iter().position(|t| !t.replied && t.patience == 0);
        let open = tickets.iter().position(|t| t.replied && t.status == "OPEN");
        if let Some(n) = due {
            let ticket = &mut tickets[n];
            ticket.replied = true;
            ticket.status = "OPEN";
            let comment = json!({"comment": {
                "id": format!("{}01", ticket.id), "is_public": true, "body": "We are looking into it.",
                "author": {"id": ticket.agent, "is_staff": true, "name": ticket.agent},
            }});
            self.send(&tickets[n], now, "ticket.comment_added", comment).await;
            let change = json!({"previous": "NEW", "current": "OPEN"});
            self.send(&tickets[n], now.plus_ms(1), "ticket.status_changed", change).await;
        } else if let Some(n) = open {
            tickets[n].status = "SOLVED";
            let change = json!({"previous": "OPEN", "current": "SOLVED"});
            self.send(&tickets[n], now, "ticket.status_changed", change).await;
        }
    }

    /// One event webhook, as Zendesk would send it.
    async fn send(&self, ticket: &Ticket, at: Timestamp, kind: &str, event: Value) {
        let group = TEAMS.iter().position(|t| t.name == ticket.team.name).unwrap_or_default();
        let body = json!({
            "account_id": 1,
            "id": format!("{kind}-{}-{}", ticket.id, at.millis()),
            "type": format!("zen:event-type:{kind}"),
            "time": at,
            "subject": format!("zen:ticket:{}", ticket.id),
            "zendesk_event_version": "2022-11-06",
            "event": event,
            "detail": {
                "id": ticket.id.to_string(), "status": ticket.status, "priority": ticket.priority, "type": null,
                "tags": [ticket.topic], "assignee_id": ticket.agent, "group_id": super::group_id(group),
                "requester_id": ticket.customer, "submitter_id": ticket.customer, "actor_id": ticket.customer,
                "subject": ticket.subject, "description": "", "via": {"channel": ticket.channel},
                "is_public": true, "created_at": ticket.created, "updated_at": at,
            },
        })
        .to_string();
        let timestamp = at.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(timestamp.as_bytes());
        mac.update(body.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let sent = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-zendesk-webhook-signature-timestamp", timestamp)
            .header("x-zendesk-webhook-signature", signature)
            .body(body)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        if let Err(e) = sent {
            tracing::warn!(error = %e, "the demo's help desk could not deliver an event");
        }
    }
}
