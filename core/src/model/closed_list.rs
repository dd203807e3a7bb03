//! Closed lists: enums whose members have one exact name in scripts, the API, the store and logs.

use std::fmt;

/// A text that is no member of a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// What was given.
    pub text: String,
    /// The list's members.
    pub known: Vec<&'static str>,
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is none of {}", self.text, self.known.join(", "))
    }
}

impl std::error::Error for Unlisted {}

/// Whether `text` names `member`; `_` and `-` are the same on input.
pub(crate) fn names(text: &str, member: &str) -> bool {
    let same = |a: u8, b: u8| a == b || (matches!(a, b'_' | b'-') && matches!(b, b'_' | b'-'));
    text.len() == member.len() && text.bytes().zip(member.bytes()).all(|(a, b)| same(a, b))
}

macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every member of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The member's name in scripts, the API and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::Unlisted;

            /// Reads a member by its name; `_` and `-` are the same.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().copied();
                known.clone().find(|m| $crate::model::closed_list::names(text, m.as_str())).ok_or_else(|| {
                    $crate::model::Unlisted { text: text.to_owned(), known: known.map(Self::as_str).collect() }
                })
            }
        }
    };
}

pub(crate) use closed_list;
