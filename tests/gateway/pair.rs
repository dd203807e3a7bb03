//! Two gateways on one data folder, as while one replaces the other.

use voxgate::app::App;
use voxgate::store::CallFilter;
use voxgate_core::calls::{CallState, Moving as _};

use crate::house::{House, config, order, short_scripts};

/// Calls, each to a number of its own, at which nobody lives.
const CALLS: u32 = 40;
const SLOTS: u32 = 12;

/// Both order, both dial, each takes what is due: every call is dialed once and has one outcome.
#[tokio::test]
async fn two_gateways_share_a_database() {
    let limit = |config: &mut voxgate::config::Config| {
        config.calls.dialplans = Some(short_scripts());
        config.limits.sessions = SLOTS;
    };
    let house = House::with(limit).await;
    let mut same = config(house.folder(), &house.switchboard.base_url());
    limit(&mut same);
    let other = App::start(same).await.unwrap();
    for n in 0..CALLS {
        let app = if n % 2 == 0 { &house.app } else { &other };
        app.order(order(&format!("+120655800{n:02}"), "short")).await.unwrap();
    }
    let store = house.app.store().clone();
    let over = async {
        while store.calls_by_state().await.unwrap().keys().any(|state| !state.is_terminal()) {
            assert!(store.slots_in_use().await.unwrap().deployment <= SLOTS);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(40), over).await.expect("calls never end");
    let mut owners = std::collections::BTreeSet::new();
    for call in store.calls(&CallFilter::default(), None, 100).await.unwrap() {
        let attempts = store.attempts_of(&call.id).await.unwrap();
        assert_eq!((call.state, attempts.len()), (CallState::Failed, 1), "{attempts:#?}");
        assert!(store.revisions_of(&attempts[0].id).await.unwrap().is_empty());
        owners.extend(attempts[0].owner.clone());
    }
    assert_eq!(owners.len(), 2, "both dialed");
    other.stop().await;
    let left = house.close(CALLS as usize).await;
    assert_eq!(left.report.requests.create, u64::from(CALLS));
}
