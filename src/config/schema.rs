//! The config as JSON Schema, made of the same sections that read it: editors complete and check a file by it.

use serde_json::{Map, Value as Json, json};

use super::value::Value;

/// What may stand where `value` stands.
pub(super) fn of<T: Value>(_: &T) -> Json {
    T::schema()
}

/// A table: what it is about, and for each key its sentence, what may stand there, and its default.
pub(super) fn section<const N: usize>(about: &str, keys: [(&str, &str, Json, Option<String>); N]) -> Json {
    let properties: Map<_, _> = keys
        .into_iter()
        .map(|(key, about, mut schema, default)| {
            schema["description"] = about.trim_start().into();
            if let Some(default) = default.and_then(|text| as_json(&text)) {
                schema["default"] = default;
            }
            (key.to_owned(), schema)
        })
        .collect();
    json!({"type": "object", "description": about.trim_start(), "additionalProperties": false, "properties": properties})
}

/// The whole file. A section's path may have a dot: then it is a table within a table.
pub(super) fn whole(sections: Vec<(&str, Json)>, provider: Json, aliases: Vec<(&str, &str, i64)>) -> Json {
    let mut properties = Map::new();
    for (path, schema) in sections {
        match path.split_once('.') {
            None => _ = properties.insert(path.to_owned(), schema),
            Some((outer, inner)) => properties[outer]["properties"][inner] = schema,
        }
    }
    properties.insert("providers".to_owned(), json!({"type": "object", "additionalProperties": provider}));
    for (alias, key, _) in aliases {
        let about = format!("Another name of {key}.");
        properties.insert(alias.to_owned(), json!({"description": about, "deprecated": true}));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "voxgate.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

/// A value of a config file as JSON.
fn as_json(text: &str) -> Option<Json> {
    let document: toml::Table = format!("value = {text}").parse().ok()?;
    serde_json::to_value(document.get("value")?).ok()
}
