//! The walls of the house. The compiler guards the crates; this guards the folders of the shell.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// Folders of the shell, and what no file in them may name.
const WALLS: &[(&str, &[&str])] = &[
    ("src/transport", &["crate::speech", "crate::providers", "crate::recordings", "crate::calls", "crate::http"]),
    ("src/speech", &["crate::transport", "crate::providers", "crate::recordings", "crate::calls", "crate::http"]),
    ("src/providers", &["crate::transport", "crate::speech", "crate::recordings", "crate::session", "crate::http"]),
    ("src/recordings", &["crate::transport", "crate::speech", "crate::providers", "crate::session", "crate::http"]),
    ("src/session", &["crate::providers", "crate::http", "crate::calls", "crate::outcomes"]),
    ("src/http", &["crate::transport", "crate::speech", "crate::session", "crate::recordings"]),
];

/// Where a vendor's name may stand: its own folders, its config section, the registry line, and what shows a user how
/// to begin.
const TWILIO: &[&str] = &[
    "src/providers/",
    "src/transport/websocket/twilio",
    "src/transport/websocket/mod.rs",
    "src/config/",
    "src/session/worker.rs",
    "src/cli/",
    "src/app",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn folders_of_the_shell_do_not_see_through_walls() {
    let mut breaches = Vec::new();
    for (folder, forbidden) in WALLS {
        for path in sources(Path::new(folder)) {
            let text = read(&path);
            breaches.extend(
                forbidden
                    .iter()
                    .filter(|name| text.contains(*name))
                    .map(|name| format!("{} names {name}", path.display())),
            );
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn a_vendor_is_named_only_in_its_own_place() {
    let strangers: Vec<_> = sources(Path::new("src"))
        .into_iter()
        .chain(sources(Path::new("core/src")))
        .chain(sources(Path::new("media/src")))
        .filter(|path| !TWILIO.iter().any(|own| path.starts_with(own) || path.to_string_lossy().starts_with(own)))
        .filter(|path| read(path).to_lowercase().contains("twilio"))
        .collect();
    assert!(strangers.is_empty(), "{strangers:#?}");
}

/// Row 002-35: the media plane knows nothing of who is called and why, and needs no database: a session takes its spec
/// in, and gives facts, a recording and an outcome out.
#[test]
fn the_media_plane_needs_neither_control_plane_nor_database() {
    let plane = ["src/session", "src/transport", "src/speech", "src/recordings", "src/journal"];
    let control =
        ["calls", "http", "outcomes", "app", "config", "providers", "cli"].map(|name| format!("crate::{name}"));
    let stores = ["sqlx", "rusqlite", "postgres"].map(str::to_owned);
    let files: Vec<_> = plane.iter().flat_map(|folder| sources(Path::new(folder))).collect();
    assert!(files.len() > 20, "the media plane has moved");
    for path in files.iter().chain([&PathBuf::from("src/meters.rs")]) {
        let text = read(path);
        for name in control.iter().chain(&stores) {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}

/// SQL stands in the store alone.
#[test]
fn sql_lives_only_in_the_store() {
    let strangers: Vec<_> = sources(Path::new("src"))
        .into_iter()
        .chain(sources(Path::new("core/src")))
        .chain(sources(Path::new("media/src")))
        .chain(sources(Path::new("sandbox/src")))
        .filter(|path| !path.starts_with("src/store"))
        .filter(|path| {
            ["sqlx", "SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|sql| read(path).contains(sql))
        })
        .collect();
    assert!(strangers.is_empty(), "{strangers:#?}");
}

/// Row 000-04: what is append-only is never changed and never deleted by any statement of ours.
#[test]
fn append_only_tables_are_only_appended_to() {
    let tables = ["history", "gate_decisions", "journal", "revisions", "recording_accesses", "events"];
    for path in sources(Path::new("src/store")) {
        let text = read(&path);
        for table in tables {
            for change in ["UPDATE", "DELETE FROM"] {
                assert!(!text.contains(&format!("{change} {table} ")), "{} changes {table}", path.display());
            }
        }
    }
}

/// The pure crates depend on no runtime, and the sandbox on nothing of the gateway but media.
#[test]
fn crates_keep_to_their_side() {
    let table = [
        ("media/Cargo.toml", &["tokio", "voxgate-core", "voxgate-sandbox"][..]),
        ("core/Cargo.toml", &["tokio", "reqwest", "sqlx", "voxgate-sandbox"]),
        ("sandbox/Cargo.toml", &["voxgate-core", "\"voxgate\""]),
    ];
    for (manifest, forbidden) in table {
        let text = read(Path::new(manifest));
        let dependencies = &text[text.find("[dependencies]").unwrap()..];
        for name in forbidden {
            assert!(!dependencies.contains(name), "{manifest} depends on {name}");
        }
    }
}

/// Time is a parameter: only clock.rs reads it.
#[test]
fn the_pure_crates_read_no_clock() {
    for folder in ["media/src", "core/src"] {
        for path in sources(Path::new(folder)) {
            let text = read(&path);
            for name in ["Instant", "SystemTime", "std::net", "std::fs", "std::thread"] {
                assert!(!text.contains(name), "{} names {name}", path.display());
            }
        }
    }
}
