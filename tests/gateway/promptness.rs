//! How soon after its end a call's outcome is durable.

use std::time::Duration;

use voxgate::clock;

use crate::house::{House, order};

/// The bound that docs/operations.md states.
const BOUND: Duration = Duration::from_secs(1);

/// Rows 002-55, 002-10: from the provider's word that a call is over, or from the end of its audio, to the committed
/// disposition.
#[tokio::test]
async fn a_disposition_is_durable_within_a_second_of_the_end() {
    let house = House::short().await;
    for _ in 0..3 {
        let call = house.app.order(order("+12065550115", "short")).await.unwrap();
        house.app.outcome(&call.id).await.unwrap();
        let durable_ms = clock::unix_ms();
        let timeline = house.app.store().timeline(&call.id).await.unwrap();
        let over = timeline.iter().find(|entry| entry.detail["body"].to_string().contains("CallStatus=busy"));
        let heard_ms = over.expect("the provider's last word").at_ms;
        assert!(durable_ms - heard_ms <= 1_000, "busy: {} ms", durable_ms - heard_ms);
        house.app.settled(&call.id, |call| !call.state.is_waiting()).await.unwrap();
    }
    let dialed = house.switchboard.expect("+12065570001");
    let call = house.app.order(order("+12065570001", "short")).await.unwrap();
    let mut peer = dialed.await.unwrap().stream().await;
    peer.first_audio().await;
    peer.text(r#"{"event":"stop","streamSid":"MZ1","stop":{}}"#).await;
    let hung_up = clock::now();
    house.app.outcome(&call.id).await.unwrap();
    assert!(hung_up.elapsed() <= BOUND, "hung up: {:?}", hung_up.elapsed());
    house.close(4).await;
}
