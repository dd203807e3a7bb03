//! From YAML to the tree. What makes YAML surprising is refused: anchors, tags, tabs, duplicate keys, several documents.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span as YamlSpan, StrInput};

use super::tree::{Entry, Node, Value};
use crate::dialog::finding::{Code, Findings, Span};

/// The largest script, in bytes. One of 10,000 states takes about 1.5 MB.
const MOST_BYTES: usize = 4 << 20;
/// The deepest nesting. The language itself needs seven.
const MOST_DEPTH: usize = 16;
/// The most keys, values and items in one script.
const MOST_NODES: usize = 400_000;

/// Reads one document. `None` where nothing can be made of it; what is odd about it goes to `findings`.
pub(crate) fn read(source: &[u8], findings: &mut Findings) -> Option<Node> {
    if source.len() > MOST_BYTES {
        let message = format!("the script has {} bytes; at most {MOST_BYTES} are read", source.len());
        findings.add(Code::TooLarge, START, message, "split it into several scripts");
        return None;
    }
    let Ok(text) = std::str::from_utf8(source) else {
        findings.add(Code::Syntax, START, "the script is not UTF-8 text", "save it as UTF-8");
        return None;
    };
    let tabs = find_tabs(text, findings);
    let mut reader = Reader { parser: Parser::new_from_str(text), nodes: 0, findings };
    match reader.document() {
        Ok(root) => root,
        // A tab is what broke it, and has been told.
        Err(Stop::Yaml { .. }) if tabs => None,
        Err(Stop::Yaml { at, info }) => {
            findings.add(
                Code::Syntax,
                at,
                format!("this is not YAML: {info}"),
                "look for a missing quote, bracket or colon here or just before",
            );
            None
        }
        Err(Stop::TooLarge { at, message }) => {
            findings.add(Code::TooLarge, at, message, "split the script into several");
            None
        }
    }
}

const START: Span = Span { line: 1, column: 1, width: 1 };

fn find_tabs(text: &str, findings: &mut Findings) -> bool {
    let mut found = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(column) = line.chars().position(|c| c == '\t') else { continue };
        found = true;
        let at = Span { line: number, column: column as u32 + 1, width: 1 };
        findings.add(Code::Tab, at, "a tab; its width is anybody's guess", "use spaces");
    }
    found
}

/// Why reading cannot go on.
enum Stop {
    Yaml { at: Span, info: String },
    TooLarge { at: Span, message: String },
}

struct Reader<'s, 'f> {
    parser: Parser<'s, StrInput<'s>>,
    nodes: usize,
    findings: &'f mut Findings,
}

impl<'s> Reader<'s, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        loop {
            let (event, at) = self.event()?;
            match event {
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => {
                    if root.is_some() {
                        self.findings.add(
                            Code::Syntax,
                            at,
                            "a second document begins here",
                            "keep one script in one file",
                        );
                        return Ok(root);
                    }
                    root = Some(self.node(event, at, 0)?);
                }
            }
        }
        if root.is_none() {
            self.findings.add(Code::Syntax, START, "the script is empty", "begin with `dialplan: a_name`");
        }
        Ok(root)
    }

    fn event(&mut self) -> Result<(Event<'s>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, place(span))),
            Some(Err(error)) => {
                let mark = error.marker();
                let at = Span { line: mark.line() as u32, column: mark.col() as u32 + 1, width: 1 };
                Err(Stop::Yaml { at, info: error.info().to_owned() })
            }
            None => Ok((Event::StreamEnd, START)),
        }
    }

    fn node(&mut self, event: Event<'s>, at: Span, depth: usize) -> Result<Node, Stop> {
        self.nodes += 1;
        if depth > MOST_DEPTH {
            return Err(Stop::TooLarge { at, message: format!("nested deeper than {MOST_DEPTH} levels") });
        }
        if self.nodes > MOST_NODES {
            return Err(Stop::TooLarge { at, message: format!("more than {MOST_NODES} keys and values") });
        }
        let value = match event {
            Event::Scalar(text, _, anchor, tag) => {
                self.refuse_cleverness(anchor, tag.is_some(), at);
                Value::Text(text.into_owned())
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_cleverness(anchor, tag.is_some(), at);
                self.list(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_cleverness(anchor, tag.is_some(), at);
                self.map(depth)?
            }
            Event::Alias(_) => {
                self.findings.add(Code::Anchor, at, "an alias", "write the value out");
                Value::Text(String::new())
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Value::Text(String::new()),
        };
        Ok(Node { at, value })
    }

    fn refuse_cleverness(&mut self, anchor: usize, tag: bool, at: Span) {
        if anchor != 0 {
            self.findings.add(Code::Anchor, at, "an anchor", "remove it and write the value out wherever it is needed");
        }
        if tag {
            self.findings.add(Code::Tag, at, "a tag", "remove it: the language knows which values are text");
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.event()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, at, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: HashMap<String, u32> = HashMap::new();
        loop {
            let (event, at) = self.event()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                return Ok(Value::Map(entries));
            }
            let key = self.node(event, at, depth + 1)?;
            let (event, value_at) = self.event()?;
            let value = self.node(event, value_at, depth + 1)?;
            let Value::Text(key) = key.value else {
                self.findings.add(
                    Code::Syntax,
                    at,
                    "a key that is not a text",
                    "quote it, or look for a stray `?`, `[` or `{`",
                );
                continue;
            };
            if let Some(line) = first_line(&entries, &mut lines, &key) {
                let message = format!("`{key}` is here a second time; the first is in line {line}");
                self.findings.add(Code::DuplicateKey, at, message, "remove or rename one of them");
                continue;
            }
            entries.push(Entry { key, at, value });
        }
    }
}

/// The line in which a key stands already. Most maps are small and need no index.
fn first_line(entries: &[Entry], lines: &mut HashMap<String, u32>, key: &str) -> Option<u32> {
    const SMALL: usize = 16;
    if entries.len() < SMALL {
        return entries.iter().find(|e| e.key == key).map(|e| e.at.line);
    }
    let new = &entries[lines.len()..];
    lines.extend(new.iter().map(|e| (e.key.clone(), e.at.line)));
    lines.get(key).copied()
}

fn place(span: YamlSpan) -> Span {
    let (start, end) = (span.start, span.end);
    let width = if end.line() == start.line() { end.col().saturating_sub(start.col()) } else { 1 };
    Span { line: start.line() as u32, column: start.col() as u32 + 1, width: width as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(source: &str) -> Vec<(&'static str, u32, u32)> {
        let mut findings = Findings::default();
        read(source.as_bytes(), &mut findings);
        findings.into_sorted().iter().map(|f| (f.code.as_str(), f.at.line, f.at.column)).collect()
    }

    fn texts(source: &str) -> Vec<String> {
        let mut findings = Findings::default();
        let Some(Node { value: Value::List(items), .. }) = read(source.as_bytes(), &mut findings) else {
            panic!("a list");
        };
        items.into_iter().map(|n| if let Value::Text(t) = n.value { t } else { panic!("a text") }).collect()
    }

    #[test]
    fn scalars_stay_the_text_that_was_written() {
        let written = "[yes, no, on, off, 012, 1.0, ~, null, true, 0x1F, 2026-12-01]";
        assert_eq!(texts(written), ["yes", "no", "on", "off", "012", "1.0", "~", "null", "true", "0x1F", "2026-12-01"]);
    }

    #[test]
    fn what_makes_yaml_surprising_is_refused() {
        assert_eq!(codes("a: 1\nb: 2\na: 3\n"), [("duplicate-key", 3, 1)]);
        let many: String = (0..100).map(|i| format!("k{i}: 1\n")).collect();
        assert_eq!(codes(&format!("{many}k3: 2\nk99: 2\n")), [("duplicate-key", 101, 1), ("duplicate-key", 102, 1)]);
        assert_eq!(codes("a: &x 1\nb: *x\n"), [("anchor", 1, 4), ("anchor", 2, 4)]);
        assert_eq!(codes("a: !!str 1\n"), [("tag", 1, 4)]);
        assert_eq!(codes("a:\n\tb: 1\n"), [("tab", 2, 1)]);
        assert_eq!(codes("a: 1\n---\nb: 1\n"), [("syntax", 3, 1)]);
        assert_eq!(codes(""), [("syntax", 1, 1)]);
        assert_eq!(codes("a: [1, 2\nb: 1\n")[0].0, "syntax");
    }

    #[test]
    fn bombs_are_refused() {
        let aliases: String = (1..30).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1)).collect();
        assert!(codes(&aliases).iter().all(|c| c.0 == "anchor" || c.0 == "syntax"));
        assert_eq!(codes(&"[".repeat(100_000))[0].0, "syntax"); // the parser has a limit of its own
        let nested = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(codes(&nested), [("too-large", 1, 18)]);
        let wide = format!("[{}]", "a, ".repeat(MOST_NODES + 1));
        assert_eq!(codes(&wide)[0].0, "too-large");
        assert_eq!(codes(&"#".repeat(MOST_BYTES + 1)), [("too-large", 1, 1)]);
    }
}
