//! Who may do what.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use voxgate::http::access::{ApiKey, Role, TABLE, Who};
use voxgate::http::description;

use crate::bench::{Answer, Bench};

/// Every route that is described has an entry in the table, and every entry is a route.
#[test]
fn the_table_is_the_api() {
    let document: Value = serde_json::from_str(description()).unwrap();
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        described.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let mut listed: Vec<_> = TABLE.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    described.sort();
    listed.sort();
    assert_eq!(described, listed);
}

/// A path with something in the place of its parameters.
fn concrete(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

/// Each role at each route: who may not is told which roles may, and who may is let in, whatever comes of it.
#[tokio::test]
async fn each_role_at_each_route() {
    let bench = Bench::new().await;
    for (method, path, who) in TABLE {
        for role in Role::ALL {
            let request = bench.request(*role, method.as_str(), &concrete(path)).body(Body::empty()).unwrap();
            // What is let in is not read to its end: a stream has none.
            let response = bench.open(request).await;
            let may = match who {
                Who::Open => true,
                Who::Roles(roles) => *role == Role::Admin || roles.contains(role),
            };
            assert_eq!(response.status() != StatusCode::FORBIDDEN, may, "{method} {path} as {role}");
            assert_ne!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path} as {role}");
            if !may {
                let answer = Answer::of(response).await;
                assert_eq!(answer.problem(), "forbidden");
                assert!(answer.json()["detail"].as_str().unwrap().contains("admin"), "it names a role that may");
            }
        }
    }
}

#[tokio::test]
async fn no_key_or_a_wrong_one_opens_nothing() {
    let bench = Bench::new().await;
    let stranger = ApiKey::new().unwrap();
    let wrong = [
        None,
        Some(String::new()),
        Some(bench.key(Role::Admin).to_owned()),
        Some(format!("Basic {}", bench.key(Role::Admin))),
        Some("Bearer ".to_owned()),
        Some("Bearer vgk_abc".to_owned()),
        Some(format!("Bearer {}", stranger.reveal())),
        Some(format!("Bearer {}x", bench.key(Role::Admin))),
    ];
    for (method, path, who) in TABLE.iter().filter(|(_, _, who)| *who != Who::Open) {
        for header in &wrong {
            let mut request = Request::builder().method(method).uri(concrete(path));
            if let Some(header) = header {
                request = request.header(AUTHORIZATION, header);
            }
            let answer = bench.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {who:?} {header:?}");
            assert_eq!(answer.problem(), "unauthenticated");
            assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer");
        }
    }
}

#[tokio::test]
async fn the_scheme_is_written_in_any_case() {
    let bench = Bench::new().await;
    let header = format!("bEARER  {}", bench.key(Role::Admin));
    let request = Request::builder().uri("/v1/calls").header(AUTHORIZATION, header);
    assert_eq!(bench.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_head_is_let_in_like_its_get() {
    let bench = Bench::new().await;
    for (role, expected) in [(Role::Operator, StatusCode::OK), (Role::Integrator, StatusCode::FORBIDDEN)] {
        let request = bench.request(role, Method::HEAD.as_str(), "/v1/sessions").body(Body::empty()).unwrap();
        assert_eq!(bench.send(request).await.status, expected);
    }
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_at_once() {
    let bench = Bench::new().await;
    let made = bench.post(Role::Admin, "/v1/keys", json!({"name": "crm", "roles": ["integrator"]})).await.json();
    let ask = || {
        let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
        Request::builder().uri("/v1/calls").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap()
    };
    assert_eq!(bench.send(ask()).await.status, StatusCode::OK);
    let path = format!("/v1/keys/{}/revoke", made["key_id"].as_str().unwrap());
    assert_eq!(bench.post(Role::Admin, &path, json!({})).await.status, StatusCode::OK);
    assert_eq!(bench.send(ask()).await.problem(), "unauthenticated");
}
