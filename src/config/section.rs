//! How a section is written down: a struct whose fields are its keys, with a sentence and a default for each.

/// What is known of one key of a config that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as in `server.bind`.
    pub key: String,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// Its value as it stands in a file; `None` where it is not set.
    pub value: Option<String>,
    /// Whether the value must not be shown.
    pub hidden: bool,
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
                fn hidden<T: $crate::config::value::Value>(_: &T) -> bool {
                    T::HIDDEN
                }
                vec![ $( $crate::config::Entry {
                    key: format!("{section}.{}", stringify!($key)),
                    doc: concat!($($doc),+).trim_ascii_start(),
                    value: $crate::config::value::Value::show(&self.$key),
                    hidden: hidden(&self.$key),
                }, )+ ]
            }
        }
    };
}

pub(super) use section;
