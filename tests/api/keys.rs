//! `/v1/keys`, and the first key.

use std::os::unix::fs::PermissionsExt;

use axum::http::StatusCode;
use serde_json::{Value, json};
use voxgate::http::access::Role::{Admin, Operator};
use voxgate::http::access::{ApiKey, FirstKeyError, ensure_first_key};
use voxgate::store::{Store, StoreOptions};

use crate::bench::Bench;

#[tokio::test]
async fn keys_are_made_listed_and_revoked_without_their_secrets() {
    let bench = Bench::new().await;
    let made = bench.post(Admin, "/v1/keys", json!({"name": "crm", "roles": ["integrator", "author"]})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let list = bench.get(Admin, "/v1/keys").await;
    assert!(!String::from_utf8_lossy(&list.body).contains("vgk_"), "{list:?}");
    let of = |list: &Value| list["items"].as_array().unwrap().iter().find(|k| k["key_id"] == made["key_id"]).cloned();
    let listed = of(&list.json()).unwrap();
    assert_eq!((&listed["name"], &listed["revoked_at"]), (&json!("crm"), &Value::Null));
    assert_eq!(listed["roles"], json!(["integrator", "author"]));
    let revoke = format!("/v1/keys/{}/revoke", made["key_id"].as_str().unwrap());
    let revoked = bench.post(Admin, &revoke, json!({})).await.json();
    assert!(of(&revoked).unwrap()["revoked_at"].is_string());
    assert_eq!(bench.post(Admin, "/v1/keys/key-1/revoke", json!({})).await.problem(), "unknown_key");
    assert_eq!(bench.get(Operator, "/v1/keys").await.problem(), "forbidden");
}

#[tokio::test]
async fn a_key_needs_a_name_and_roles_that_exist() {
    let bench = Bench::new().await;
    let table = [
        (json!({"name": " ", "roles": ["admin"]}), "name", ""),
        (json!({"name": "n".repeat(101), "roles": ["admin"]}), "name", ""),
        (json!({"name": "crm", "roles": []}), "roles", ""),
        (json!({"name": "crm", "roles": ["operater"]}), "roles[0]", "did you mean `operator`?"),
        (json!({"name": "crm"}), "roles", "missing"),
    ];
    for (body, field, detail) in table {
        let answer = bench.post(Admin, "/v1/keys", body).await;
        assert_eq!(answer.problem(), "invalid_field");
        assert_eq!(answer.json()["field"], field, "{answer:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(detail));
    }
}

/// The first start leaves an admin's key for whoever runs the gateway, and only the first.
#[tokio::test]
async fn the_first_start_leaves_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/voxgate.db", folder.path().display());
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    let file = folder.path().join("api-key");
    assert!(ensure_first_key(&store, &file, 1).await.unwrap());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let key = ApiKey::read(std::fs::read_to_string(&file).unwrap().trim()).unwrap();
    assert_eq!(store.key_by_hash(&key.hash()).await.unwrap().unwrap().roles, ["admin"]);
    assert!(!ensure_first_key(&store, &file, 2).await.unwrap());
    assert_eq!(store.keys().await.unwrap().len(), 1);
}

/// A start that broke off between file and store is made good by the next one; what is no key is not overwritten.
#[tokio::test]
async fn a_key_that_lies_there_becomes_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/voxgate.db", folder.path().display());
    let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
    let file = folder.path().join("api-key");
    std::fs::write(&file, "not a key").unwrap();
    assert!(matches!(ensure_first_key(&store, &file, 1).await, Err(FirstKeyError::NoKey(_))));
    let key = ApiKey::new().unwrap();
    std::fs::write(&file, format!("{}\n", key.reveal())).unwrap();
    assert!(ensure_first_key(&store, &file, 1).await.unwrap());
    assert!(store.key_by_hash(&key.hash()).await.unwrap().is_some());
    let nowhere = folder.path().join("missing/api-key");
    let other =
        Store::open(&format!("sqlite:{}/2.db", folder.path().display()), &StoreOptions::default()).await.unwrap();
    let told = ensure_first_key(&other, &nowhere, 1).await.unwrap_err().to_string();
    assert!(told.contains("missing/api-key") && told.contains("store.dir"), "{told}");
}
