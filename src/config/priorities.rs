//! Section `manual.priorities`.

use serde_json::{Map, Value as Json, json};
use voxgate_core::calls::{Priority, TaskPriorities, TaskReason};

use super::layers::Layers;
use super::section::{Entry, Finding};
use super::value::Value;

const ABOUT: &str = "How urgent a task for this reason is: low, normal, high or urgent.";

/// How urgent tasks of the manual queue are: a key for each reason, spelt with `_`.
#[derive(Clone, Debug, PartialEq)]
pub struct Priorities(pub TaskPriorities);

impl Default for Priorities {
    fn default() -> Self {
        Self::with(|_, priority| priority)
    }
}

impl Priorities {
    fn with(mut choose: impl FnMut(&str, Priority) -> Priority) -> Self {
        let own = TaskReason::ALL.iter().map(|reason| (*reason, choose(&key(*reason), reason.default_priority())));
        Self(TaskPriorities(own.collect()))
    }

    pub(super) fn read(layers: &mut Layers, section: &str) -> Self {
        Self::with(|key, default| layers.take(section, key, default))
    }

    pub(super) fn entries(&self, section: &str) -> Vec<Entry> {
        let entry = |reason: &TaskReason| {
            let value = self.0.of(*reason).show();
            Entry { key: format!("{section}.{}", key(*reason)), doc: ABOUT, shown: value.clone(), value }
        };
        TaskReason::ALL.iter().map(entry).collect()
    }

    pub(super) fn schema() -> Json {
        let mut properties = Map::new();
        for reason in TaskReason::ALL {
            let mut schema = Priority::schema();
            schema["description"] = ABOUT.into();
            schema["default"] = reason.default_priority().as_str().into();
            properties.insert(key(*reason), schema);
        }
        let about = "How urgent tasks of the manual queue are, by their reason.";
        json!({"type": "object", "description": about, "additionalProperties": false, "properties": properties})
    }

    #[expect(clippy::unused_self, reason = "every section is asked")]
    pub(super) fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Names in the environment have no `-`.
fn key(reason: TaskReason) -> String {
    reason.as_str().replace('-', "_")
}
