//! A picture of a session: what the callee said, what the callee heard of us, and what was decided meanwhile, as SVG.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

const WIDTH: f64 = 1_200.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 16.0;
const STATES_TOP: f64 = 44.0;
const STATES_HEIGHT: f64 = 26.0;
const TRACK: f64 = 84.0;
const CALLEE_MIDDLE: f64 = 134.0;
const OURS_MIDDLE: f64 = 232.0;
const EVENTS_TOP: f64 = 290.0;
const HEIGHT: f64 = 352.0;
const CALLEE: &str = "#b4530a";
const OURS: &str = "#1f5f99";

/// Something that happened, where it stands on the time axis.
struct Moment<'a> {
    ms: f64,
    event: &'a str,
    line: &'a Value,
}

/// The scale from time to the picture.
struct Scale {
    length_ms: f64,
}

impl Scale {
    fn x(&self, ms: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (ms / self.length_ms).clamp(0.0, 1.0)
    }
}

/// Draws a session from its recording and its lines of the journal.
///
/// # Errors
/// When the recording cannot be read.
pub fn draw(title: &str, recording: &Path, journal: &[Value]) -> Result<String, hound::Error> {
    let (callee, ours) = peaks(recording)?;
    let scale = Scale { length_ms: (callee.1 as f64 / 8.0).max(1.0) };
    let moments: Vec<Moment<'_>> = journal.iter().filter_map(moment).collect();
    let mut svg = String::new();
    head(&mut svg, title);
    states(&mut svg, &scale, &moments);
    waveform(&mut svg, &callee.0, CALLEE_MIDDLE, CALLEE);
    waveform(&mut svg, &ours.0, OURS_MIDDLE, OURS);
    label(&mut svg, CALLEE_MIDDLE, "callee", CALLEE);
    label(&mut svg, OURS_MIDDLE, "voxgate", OURS);
    events(&mut svg, &scale, &moments);
    axis(&mut svg, &scale);
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn moment(line: &Value) -> Option<Moment<'_>> {
    let event = line.get("event").or_else(|| line.get("fact"))?.as_str()?;
    Some(Moment { ms: line.get("session_ms")?.as_f64()?, event, line })
}

/// The loudest sample of each column of the picture, from 0 to 1, and the length in samples; left, then right.
type Peaks = (Vec<f64>, u64);

fn peaks(recording: &Path) -> Result<(Peaks, Peaks), hound::Error> {
    let mut reader = hound::WavReader::open(recording)?;
    let length = u64::from(reader.duration());
    let columns = (WIDTH - LEFT - RIGHT) as usize;
    let mut tracks = [vec![0.0_f64; columns], vec![0.0_f64; columns]];
    for (k, sample) in reader.samples::<i16>().enumerate() {
        let column = (k / 2) * columns / length.max(1) as usize;
        let peak = &mut tracks[k % 2][column.min(columns - 1)];
        *peak = peak.max(f64::from(sample?).abs() / 32_768.0);
    }
    let [callee, ours] = tracks;
    Ok(((callee, length), (ours, length)))
}

fn head(svg: &mut String, title: &str) {
    let title = escape(title);
    put(
        svg,
        format_args!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="{title}"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fdfcfa"/><text x="{LEFT}" y="26" font-size="16" font-weight="600" fill="#222">{title}</text>"##
        ),
    );
}

/// A band for each state of the dialog.
fn states(svg: &mut String, scale: &Scale, moments: &[Moment<'_>]) {
    let entered: Vec<(f64, &str)> = moments
        .iter()
        .filter(|m| m.event == "state")
        .filter_map(|m| Some((m.ms, m.line.get("state")?.as_str()?)))
        .collect();
    for (k, (ms, name)) in entered.iter().enumerate() {
        let until = entered.get(k + 1).map_or(scale.length_ms, |next| next.0);
        let (x, width) = (scale.x(*ms), scale.x(until) - scale.x(*ms));
        let shade = if k % 2 == 0 { "#e3ecf3" } else { "#f1e8db" };
        put(
            svg,
            format_args!(
                r##"<rect x="{x:.1}" y="{STATES_TOP}" width="{width:.1}" height="{STATES_HEIGHT}" fill="{shade}"/>"##
            ),
        );
        if width > 8.0 * name.len() as f64 {
            let (x, y, name) = (x + 6.0, STATES_TOP + 17.0, escape(name));
            put(svg, format_args!(r##"<text x="{x:.1}" y="{y}" font-size="12" fill="#333">{name}</text>"##));
        }
    }
}

fn waveform(svg: &mut String, peaks: &[f64], middle: f64, colour: &str) {
    let mut path = format!("M{LEFT} {middle}");
    // The square root makes soft speech visible beside loud.
    let height = |peak: f64| (peak.sqrt() * TRACK / 2.0).max(0.4);
    for (k, &peak) in peaks.iter().enumerate() {
        put(&mut path, format_args!("L{} {:.1}", LEFT + k as f64, middle - height(peak)));
    }
    for (k, &peak) in peaks.iter().enumerate().rev() {
        put(&mut path, format_args!("L{} {:.1}", LEFT + k as f64, middle + height(peak)));
    }
    put(svg, format_args!(r##"<path d="{path}Z" fill="{colour}"/>"##));
}

fn label(svg: &mut String, middle: f64, text: &str, colour: &str) {
    let (x, y) = (LEFT - 10.0, middle + 4.0);
    put(
        svg,
        format_args!(
            r##"<text x="{x}" y="{y}" font-size="13" font-weight="600" text-anchor="end" fill="{colour}">{text}</text>"##
        ),
    );
}

/// What was decided: a line across the tracks and a word below, in two rows so that neighbours can be read.
fn events(svg: &mut String, scale: &Scale, moments: &[Moment<'_>]) {
    let noted: Vec<(f64, String)> = moments.iter().filter_map(|m| Some((m.ms, remark(m)?))).collect();
    for (k, (ms, words)) in noted.iter().enumerate() {
        let (x, y) = (scale.x(*ms), EVENTS_TOP + 15.0 * (k % 3) as f64);
        let anchor = if x > WIDTH - 120.0 { "end" } else { "start" };
        let (top, bottom, words) = (STATES_TOP + STATES_HEIGHT, y - 10.0, escape(words));
        put(
            svg,
            format_args!(
                r##"<line x1="{x:.1}" y1="{top}" x2="{x:.1}" y2="{bottom}" stroke="#777" stroke-dasharray="2 3"/><text x="{x:.1}" y="{y}" font-size="12" text-anchor="{anchor}" fill="#333">{words}</text>"##
            ),
        );
    }
}

fn remark(moment: &Moment<'_>) -> Option<String> {
    let text = |key: &str| moment.line.get(key).and_then(Value::as_str);
    match moment.event {
        "turn" => Some(text("text").map_or("not understood".to_owned(), |words| format!("\u{201c}{words}\u{201d}"))),
        "key" => Some(format!("key {}", text("key")?)),
        "barged_in" => Some("barge-in".to_owned()),
        "resumed" => Some("resumed".to_owned()),
        "no_input" => Some("no input".to_owned()),
        "opt_out" => Some("opted out".to_owned()),
        "hang_up" => Some(text("reason")?.replace('_', " ")),
        _ => None,
    }
}

fn axis(svg: &mut String, scale: &Scale) {
    let step =
        [1.0, 2.0, 5.0, 10.0, 30.0, 60.0].into_iter().find(|s| scale.length_ms / 1_000.0 / s <= 16.0).unwrap_or(120.0);
    let y = HEIGHT - 10.0;
    let mut seconds = 0.0;
    while seconds * 1_000.0 <= scale.length_ms {
        let x = scale.x(seconds * 1_000.0);
        put(
            svg,
            format_args!(
                r##"<text x="{x:.1}" y="{y}" font-size="11" text-anchor="middle" fill="#777">{seconds} s</text>"##
            ),
        );
        seconds += step;
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    svg.write_fmt(text).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("a.wav");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for k in 0..16_000 {
            writer.write_sample(if k < 8_000 { 0_i16 } else { 8_192 }).unwrap();
            writer.write_sample(0_i16).unwrap();
        }
        writer.finalize().unwrap();
        path
    }

    #[test]
    fn a_picture_shows_states_words_and_both_tracks() {
        let folder = tempfile::tempdir().unwrap();
        let journal = [
            serde_json::json!({"session_ms": 0, "event": "state", "state": "hello"}),
            serde_json::json!({"session_ms": 900, "event": "turn", "text": "yes <I> do"}),
            serde_json::json!({"session_ms": 1_000, "event": "state", "state": "ask"}),
            serde_json::json!({"session_ms": 1_500, "fact": "opt_out", "input": "9"}),
        ];
        let svg = draw("A & B", &recording(folder.path()), &journal).unwrap();
        for words in ["A &amp; B", "hello", "yes &lt;I&gt; do", "ask", "opted out", ">2 s<"] {
            assert!(svg.contains(words), "{words} is missing");
        }
        assert!(svg.contains("L642 113.0"), "the callee speaks in the second half, at -12 dBFS");
    }
}
