//! The reference of the config, in Markdown, made of the sections themselves.

use std::fmt::Write;

use super::{Config, Entry, Provider, aliases};

const HEAD: &str = "\
# Config

`voxgate.toml` in the folder that voxgate is started in, or the file after `--config`. Every key may come from the
environment instead: `VOXGATE__SERVER__BIND` is `server.bind`, lists are written with commas, and the environment wins.
Unknown keys are refused, with the nearest known one.

- `voxgate config check` says everything that is wrong, each with its file, line and remedy, and the most dials and
  requests that one call can cause.
- `voxgate config print` prints every key with its value and where that came from; secrets are hidden.
- `voxgate config schema` prints this page's content as JSON Schema, for editors.

Times are in seconds unless the key says otherwise; a fraction is fine. A key without a default is not set.

Secrets belong in the environment (`VOXGATE__PROVIDERS__LINE__AUTH_TOKEN`, `VOXGATE__STORE__URL`) or in a file of
their own (`auth_token_file`).

```toml
[server]
public_url = \"https://gw.example.com\"

[media]
public_url = \"wss://gw.example.com\"

[limits]
sessions = 50

[calls]
provider = \"line\"
countries = [\"+1\"]

[redial]
busy = 3
busy_delay = 300

[manual.priorities]
no_answer = \"normal\"

[providers.line]
kind = \"twilio\"
account_sid = \"AC00000000000000000000000000000000\"
auth_token_file = \"/etc/voxgate/line.token\"
from = \"+12065550100\"
calls_per_second = 1.0
# Until this is true, only numbers on `allow` are dialed.
live = false
allow = [\"+12065550110\"]
```
";

/// The whole page.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut open = String::new();
    let mut entries = Config::default().entries();
    entries.extend(Provider::default().entries("providers.NAME"));
    for entry in &entries {
        let (section, key) = entry.key.rsplit_once('.').unwrap_or(("", &entry.key));
        if section != open {
            // A String takes everything.
            let _ = writeln!(page, "\n## `[{section}]`\n\n| key | default | meaning |\n|---|---|---|");
            open = section.to_owned();
        }
        let _ = writeln!(page, "| `{key}` | {} | {} |", default(entry), entry.doc.replace('|', "\\|"));
    }
    let _ = writeln!(
        page,
        "\n## Other names\n\nAccepted at the top of the file, never printed.\n\n| name | key |\n|---|---|"
    );
    for (alias, key, units) in aliases::names() {
        let unit = if units == 60 { ", in minutes" } else { "" };
        let _ = writeln!(page, "| `{alias}` | `{key}`{unit} |");
    }
    page
}

fn default(entry: &Entry) -> String {
    match entry.shown.as_deref() {
        None | Some("\"\"") => String::new(),
        Some(value) => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_what_the_program_knows() {
        let written = std::fs::read_to_string("docs/config.md").unwrap();
        assert!(written == page(), "docs/config.md is behind: write it with `voxgate config schema --markdown`");
    }

    /// What the page shows is a config.
    #[test]
    fn the_example_is_a_config() {
        let example = HEAD.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let read = super::super::Loaded::read("voxgate.toml".as_ref(), example, std::iter::empty());
        assert_eq!(read.unwrap().config.redial.busy, 3);
    }
}
