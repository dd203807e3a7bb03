//! The registry and the guards around it.

use std::collections::BTreeMap;
use std::path::Path;
use std::task::Poll;

use super::*;
use crate::config::Loaded;

fn sections(text: &str) -> BTreeMap<String, config::Provider> {
    Loaded::read(Path::new("voxgate.toml"), text, std::iter::empty()).unwrap().config.providers
}

fn section(name: &str, more: &str) -> String {
    format!(
        "[providers.{name}]\nkind = \"twilio\"\nbase_url = \"http://127.0.0.1:9\"\naccount_sid = \"AC01\"\n\
         auth_token = \"hunter2\"\nfrom = \"+12065550100\"\n{more}\n"
    )
}

/// Rows 000-09, 12: each section is built once and kept; two sections of one kind are two instances.
#[test]
fn every_section_is_one_instance() {
    let providers = Providers::build(&sections(&(section("east", "") + &section("west", "")))).unwrap();
    let east = providers.get("east").unwrap();
    for _ in 0..1_000 {
        assert!(Arc::ptr_eq(east, providers.get("east").unwrap()));
    }
    assert!(!Arc::ptr_eq(east, providers.get("west").unwrap()));
    assert!(providers.get("north").is_none());
}

/// Row 000-10: an unknown kind fails with the list of those that exist.
#[test]
fn an_unknown_kind_names_the_known_ones() {
    let mut sections = sections(&section("line", ""));
    sections.get_mut("line").unwrap().kind = "pigeon".to_owned();
    let error = Providers::build(&sections).unwrap_err();
    assert_eq!(error.to_string(), "providers.line.kind: \"pigeon\" is no provider; choose one of: twilio");
}

#[test]
fn until_it_is_live_only_listed_numbers_may_be_dialed() {
    let number = |text: &str| text.parse::<PhoneNumber>().unwrap();
    let guarded = Providers::build(&sections(&section("line", "allow = [\"+12065550110\"]"))).unwrap();
    let line = guarded.get("line").unwrap();
    assert!(line.permit(&number("+12065550110")).is_ok());
    let refused = line.permit(&number("+12065550111")).unwrap_err().to_string();
    assert!(
        refused.contains("providers.line.allow") && refused.contains("*0111") && !refused.contains("+1206"),
        "{refused}"
    );
    let live = Providers::build(&sections(&section("line", "live = true"))).unwrap();
    assert!(live.get("line").unwrap().permit(&number("+12065550111")).is_ok());
}

/// Dials wait for their token in line, and one who goes away does not hold up those behind.
#[tokio::test]
async fn tokens_come_at_the_rate_of_the_account() {
    let providers = Providers::build(&sections(&section("line", "calls_per_second = 50"))).unwrap();
    let line = providers.get("line").unwrap();
    let epoch = crate::clock::Epoch::begin();
    line.token().await;
    let mut gone = Box::pin(line.token());
    std::future::poll_fn(|cx| {
        assert!(gone.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    drop(gone);
    for _ in 0..3 {
        line.token().await;
    }
    let took = epoch.micros().as_ms();
    assert!((60..1_000).contains(&took), "four tokens at 50 a second took {took} ms");
}

#[test]
fn a_provider_does_not_show_its_secret() {
    let providers = Providers::build(&sections(&section("line", ""))).unwrap();
    assert!(!format!("{providers:?}").contains("hunter2"));
}
