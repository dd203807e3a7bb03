//! `kill -9` at random moments under load: what was learned is there, nothing is done twice, nothing stays behind.
//!
//! `VOXGATE_CRASHES=200` runs the long form (`make crash`); `VOXGATE_SEED` repeats a run's moments.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod proof;
mod street;

use std::collections::BTreeSet;
use std::time::Duration;

use voxgate::clock;
use voxgate_core::model::AttemptId;

use self::proof::Proof;
use self::street::Street;

/// For all calls to be over after the last crash, for each crash there was.
const PATIENCE: Duration = Duration::from_secs(6);
/// The same, at least.
const LEAST_PATIENCE: Duration = Duration::from_secs(120);

/// The same numbers from the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Rows 003-06, 002-36, 000-29, 002-07: a gateway that is killed again and again loses no outcome and writes none twice, dials
/// nothing twice, never exceeds its slots and frees them all, leaves recordings that open and facts that were committed;
/// whoever was talked with when it died has a person to call them back.
#[tokio::test]
async fn nothing_is_lost_or_done_twice() {
    let crashes = number_from("VOXGATE_CRASHES").unwrap_or(20);
    let seed = number_from("VOXGATE_SEED").unwrap_or_else(clock::unix_ms);
    println!("seed {seed}, {crashes} crashes");
    let mut random = Random(seed);
    let mut street = Street::open(seed).await;
    street.order(crashes * 25).await;
    let mut talking: BTreeSet<AttemptId> = BTreeSet::new();
    for _ in 0..crashes {
        let gateway = street.gateway();
        tokio::time::sleep(Duration::from_millis(200 + random.below(3_300))).await;
        let heard = street.heard();
        gateway.kill();
        talking.extend(street.cut_off(&heard).await);
        if street.waiting().await < 50 {
            street.order(100).await;
        }
    }
    let gateway = street.gateway();
    let patience = LEAST_PATIENCE + PATIENCE * u32::try_from(crashes).unwrap();
    let over = tokio::time::timeout(patience, street.all_over()).await;
    gateway.kill();
    assert!(over.is_ok(), "calls never end: {}", street.left().await);
    println!("{}", Proof::of(street).check(&talking).await);
}
