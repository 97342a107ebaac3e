//! The least it could be: a task for each deadline that sleeps and sends.

use deskbell::app::clock::Clock;
use serde_json::json;

use crate::slack::NotingSlack;

/// How long after its deadline each request was received, least first.
pub(crate) async fn late(
    slack: &NotingSlack,
    deadlines: u32,
    every_ms: i64,
    clock: &Clock,
) -> anyhow::Result<Vec<f64>> {
    slack.forget();
    let http = reqwest::Client::new();
    let begin = clock.now().plus_s(2);
    let url = format!("{}/chat.postMessage", slack.base());
    let due = |n: u32| (format!("raw-{n:07}"), begin.plus_ms(i64::from(n) * every_ms));
    for (id, at) in (0..deadlines).map(due) {
        let (http, url, clock) = (http.clone(), url.clone(), clock.clone());
        tokio::spawn(async move {
            clock.wait_until(at).await;
            let _ = http.post(url).body(json!({"text": format!("overdue {id}")}).to_string()).send().await;
        });
    }
    crate::late(slack, &(0..deadlines).map(due).collect(), clock).await
}
