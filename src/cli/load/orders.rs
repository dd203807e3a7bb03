//! Orders that come in while sessions talk. Their callees are busy, so each is a whole attempt, from the order to the
//! redial that waits, and adds no session.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use super::script;
use crate::cli::client::{Client, ClientError};
use crate::clock;
use crate::meters::{Distribution, Percentiles};

/// What the gateway said to them.
#[derive(Debug, Serialize)]
pub(super) struct Taken {
    per_second: u32,
    /// Answered with `202`.
    pub(super) accepted: u64,
    /// From the moment that an order was due to be sent to its answer.
    pub(super) answered_ms: Percentiles,
}

impl Taken {
    pub(super) fn as_line(&self) -> String {
        let Self { per_second, accepted, answered_ms } = self;
        format!(
            "  orders              {accepted} at {per_second}/s, each answered within {:.1} ms (p99)\n",
            answered_ms.p99
        )
    }
}

/// Sends so many orders a second for so long, whether or not the ones before are answered.
pub(super) async fn place(client: Client, per_second: u32, seconds: u64) -> Result<Option<Taken>, String> {
    if per_second == 0 {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        return Ok(None);
    }
    let (client, answered) = (Arc::new(client), Arc::new(Distribution::default()));
    let begin = clock::now();
    let mut orders = JoinSet::new();
    for k in 0..u64::from(per_second) * seconds {
        let due = begin + Duration::from_secs_f64(k as f64 / f64::from(per_second));
        tokio::time::sleep_until(due).await;
        let (client, answered) = (Arc::clone(&client), Arc::clone(&answered));
        orders.spawn(async move {
            let order = json!({"to": number(k), "dialplan": script::NAME, "language": "en-US", "variables": {}});
            client.create("/v1/calls", &order).await?;
            answered.add(u64::try_from(clock::now().duration_since(due).as_micros()).unwrap_or(u64::MAX));
            Ok::<_, ClientError>(())
        });
    }
    for order in orders.join_all().await {
        order.map_err(|error| format!("an order was not taken: {error}"))?;
    }
    let answered_ms = answered.percentiles();
    Ok(Some(Taken { per_second, accepted: answered_ms.count, answered_ms }))
}

/// Nobody is called twice at once: until a number comes again, the call before it waits for its redial.
fn number(k: u64) -> String {
    format!("+1206557{:04}", k % 10_000)
}
