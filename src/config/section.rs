//! How a section is written down: a struct whose fields are its keys, with a sentence and a default for each.

/// What is known of one key of a config that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as in `server.bind`.
    pub key: String,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// Its value as it stands in a file, secrets and all; `None` where it is not set.
    pub value: Option<String>,
    /// The same with secrets hidden: what may be printed.
    pub shown: Option<String>,
}

/// Something that a section finds wrong with itself: the key within the section, and what is wrong.
pub(super) type Finding = (&'static str, String);

macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        impl $name {
            pub(super) fn read(layers: &mut $crate::config::layers::Layers, section: &str) -> Self {
                Self { $( $key: layers.take(section, stringify!($key), $default), )+ }
            }

            pub(super) fn entries(&self, section: &str) -> Vec<$crate::config::Entry> {
                vec![ $( $crate::config::Entry {
                    key: format!("{section}.{}", stringify!($key)),
                    doc: concat!($($doc),+).trim_ascii_start(),
                    value: $crate::config::value::Value::show(&self.$key),
                    shown: $crate::config::value::Value::redacted(&self.$key),
                }, )+ ]
            }

            pub(super) fn schema() -> serde_json::Value {
                let section = Self::default();
                $crate::config::schema::section(concat!($($about),+), [ $( (
                    stringify!($key),
                    concat!($($doc),+),
                    $crate::config::schema::of(&section.$key),
                    $crate::config::value::Value::redacted(&section.$key),
                ), )+ ])
            }
        }
    };
}

pub(super) use section;
