//! The least it could be: a task for each deadline that sleeps and sends. It keeps nothing and knows no limits.

use std::time::Duration;

use deskbell::app::clock::Clock;
use serde_json::json;

use crate::slack::NotingSlack;

/// How long after its deadline each request was received.
pub(crate) async fn late(slack: &NotingSlack, after_ms: &[i64], clock: &Clock) -> anyhow::Result<Vec<f64>> {
    slack.forget();
    let http = reqwest::Client::new();
    let begin = clock.now().plus_s(2);
    let url = format!("{}/chat.postMessage", slack.base());
    for (n, ms) in after_ms.iter().enumerate() {
        let (http, url, clock, due) = (http.clone(), url.clone(), clock.clone(), begin.plus_ms(*ms));
        tokio::spawn(async move {
            clock.wait_until(due).await;
            let body = json!({"channel": "C0", "text": n.to_string()}).to_string();
            if let Err(e) = http.post(url).body(body).send().await {
                eprintln!("{e}");
            }
        });
    }
    let last = Duration::from_millis(after_ms.iter().max().map_or(0, |ms| ms.unsigned_abs()));
    let patience = last + Duration::from_secs(30);
    slack.until(patience, "the peer is stuck", |said| said.len() == after_ms.len()).await?;
    let late = |said: &crate::slack::Said| {
        let due = said.text.parse::<usize>().ok().and_then(|n| after_ms.get(n)).map(|ms| begin.plus_ms(*ms));
        due.map(|due| (said.at - due) as f64)
    };
    Ok(slack.said().iter().filter_map(late).collect())
}
