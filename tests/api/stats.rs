//! `/v1/stats`.

use serde_json::json;
use voxgate::http::access::Role::Author;

use crate::bench::Bench;
use crate::story::completed;

#[tokio::test]
async fn calls_are_counted_by_state_and_by_the_leads_view() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    bench.call().await;
    let stats = bench.get(Author, "/v1/stats").await.json();
    assert_eq!((&stats["calls"]["pending"], &stats["calls"]["in_progress"]), (&json!(1), &json!(1)));
    assert_eq!((&stats["calls"]["failed"], &stats["slots_in_use"]), (&json!(0), &json!(1)));
    assert_eq!(stats["lead_status"], json!({"Pending_AI_Call": 1, "Processing": 1, "Completed": 0, "Failed": 0}));
    bench.finish(&attempt, completed(), None).await;
    let stats = bench.get(Author, "/v1/stats").await.json();
    assert_eq!((&stats["lead_status"]["Completed"], &stats["slots_in_use"]), (&json!(1), &json!(0)));
}
