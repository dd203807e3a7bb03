//! The calls of the demo, from their orders to their ends.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;

use super::callees::{CALLEES, Callee, OPTED_OUT};
use super::evidence::Evidence;
use super::{Finished, table};
use crate::app::App;
use crate::calls::NewOrder;
use crate::store::{JournalLine, TaskFilter};

/// A call that takes longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(180);
/// Who orders.
const ACTOR: &str = "demo";

/// Orders every call at once and follows them to their ends.
pub(super) async fn converse(app: &App) -> Result<Vec<Finished>, String> {
    eprintln!("calling {} simulated people; their calls run side by side and take about a minute", CALLEES.len());
    let mut calls: FuturesUnordered<_> = CALLEES
        .iter()
        .enumerate()
        .map(async |(place, callee)| follow(app, callee).await.map(|call| (place, call)))
        .collect();
    let mut finished = Vec::new();
    while let Some(call) = calls.next().await {
        let (place, call) = call?;
        let (count, who) = (finished.len() + 1, call.callee.who);
        eprintln!("  {count:>2} of {}  {who:<38} {}", CALLEES.len(), table::came_to(&call.record));
        finished.push((place, call));
    }
    finished.sort_by_key(|(place, _)| *place);
    Ok(finished.into_iter().map(|(_, call)| call).collect())
}

/// Who has opted out is not called again, whoever orders it.
pub(super) async fn call_the_opted_out(app: &App) -> Result<(), String> {
    let callee = CALLEES.iter().find(|callee| callee.to == OPTED_OUT).ok_or("nobody opts out")?;
    let ordered = app.order(order(callee)).await.map_err(|error| error.to_string())?;
    let ended = app.settled(&ordered.id, |call| !call.state.is_waiting());
    let ended = tokio::time::timeout(PATIENCE, ended).await.map_err(|_| "the gate said nothing".to_owned())?;
    let ended = ended.map_err(|error| error.to_string())?;
    eprintln!("  ordered once more: who opted out is not dialed, the call is {} ({})", ended.state, ended.reason);
    if ended.attempts_used == 0 && ended.reason == "own_dnc" {
        Ok(())
    } else {
        Err("an opt-out was not honoured".to_owned())
    }
}

fn order(callee: &Callee) -> NewOrder {
    NewOrder::new(callee.to, callee.dialplan, callee.language, callee.variables(), ACTOR)
}

async fn follow(app: &App, callee: &'static Callee) -> Result<Finished, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", callee.to);
    let ordered = app.order(order(callee)).await.map_err(|error| told(&error))?;
    let over = app.settled(&ordered.id, |call| !call.state.is_waiting());
    let call = tokio::time::timeout(PATIENCE, over).await.map_err(|_| told(&"the call never ended"))?;
    let call = call.map_err(|error| told(&error))?;
    let record = app.record(&call).await.map_err(|error| told(&error))?;
    let record = record.ok_or_else(|| told(&format_args!("the call is {} ({})", call.state, call.reason)))?;
    let filter = TaskFilter { call: Some(call.id.clone()), ..TaskFilter::default() };
    let task = app.store().tasks(&filter, None, 1).await.map_err(|error| told(&error))?.pop();
    let journal = app.store().journal_of(&record.attempt_id).await.map_err(|error| told(&error))?;
    let lines: Vec<Value> = journal.iter().filter_map(value).collect();
    let evidence = Evidence::gather(callee, &record, &lines)?;
    Ok(Finished { callee, record, task, evidence })
}

/// A line of the journal with its time.
fn value(line: &JournalLine) -> Option<Value> {
    let mut value: Value = serde_json::from_str(&line.body).ok()?;
    value.as_object_mut()?.insert("session_ms".to_owned(), line.session_ms.into());
    Some(value)
}
