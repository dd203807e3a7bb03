//! Calls that need a person, and the people.

use std::time::Duration;

use serde_json::{Value, json};
use voxgate::store::TaskFilter;

use crate::house::{House, short_scripts};

impl House {
    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.client().post(format!("{}{path}", self.api())).json(&body).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// Until every task has gone where it should; states with who has them, the first task first.
    async fn tasks_become(&self, expected: &[(&str, Option<&str>)]) {
        let mut stand = Vec::new();
        for _ in 0..200 {
            let tasks = self.app.store().tasks(&TaskFilter::default(), None, 10).await.unwrap();
            stand = tasks.iter().map(|task| (task.state.as_str(), task.telecaller.clone())).collect();
            let plain: Vec<_> =
                stand.iter().map(|(state, who)| (*state, who.as_ref().map(|who| who.as_str()))).collect();
            if plain == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{stand:?}");
    }
}

/// Row 000-43: a task finds somebody as soon as there is one of each, whoever comes first, without waiting for a tick.
#[tokio::test]
async fn a_task_finds_somebody_at_once() {
    let house = House::with(|config| {
        config.calls.dialplans = Some(short_scripts());
        config.calls.scheduler_interval = Duration::from_secs(3_600);
    })
    .await;
    house.call("no number", "short").await;
    house.tasks_become(&[("open", None)]).await;
    let mut team = Vec::new();
    for name in ["Ana", "Ben"] {
        let made = house.post("/v1/telecallers", json!({"name": name})).await;
        team.push(made["telecaller_id"].as_str().unwrap().to_owned());
    }
    let set = async |who: &str, state: &str| {
        house.post(&format!("/v1/telecallers/{who}/state"), json!({"state": state})).await;
    };
    let (ana, ben) = (team[0].as_str(), team[1].as_str());
    set(ana, "available").await;
    house.tasks_become(&[("assigned", Some(ana))]).await;
    set(ben, "available").await;
    house.call("none either", "short").await;
    house.tasks_become(&[("assigned", Some(ana)), ("assigned", Some(ben))]).await;
    set(ana, "offline").await;
    house.tasks_become(&[("assigned", Some(ben)), ("assigned", Some(ben))]).await;
    house.close(2).await;
}
