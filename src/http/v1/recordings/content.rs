//! `GET /v1/recordings/{id}/content`: the audio, whole or in part.

use std::io::{self, SeekFrom};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, Take};

use super::range::{Asked, asked};
use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::problem::{Code, Problem};
use crate::store::{Access, Availability, FileSeal, RecordingId, RecordingRow};

/// Bytes that are read from the disk at once: 4 s of stereo at 8 kHz.
const PIECE: usize = 128 * 1024;

/// The audio: WAV, the callee on the left and we on the right. Whoever asks is noted before a byte is served.
#[utoipa::path(
    get, path = "/v1/recordings/{id}/content", tag = "recordings",
    params(("id" = String, Path, description = "The recording"),
        ("Range" = Option<String>, Header, description = "One range of bytes, as in `bytes=0-1023`")),
    responses(
        (status = 200, description = "All of it", content_type = "audio/wav"),
        (status = 206, description = "The bytes that were asked for", content_type = "audio/wav"),
        (status = 404, description = "`unknown_recording`"),
        (status = 409, description = "`not_ready`: it is being written"),
        (status = 410, description = "`expired`: its time is over"),
        (status = 416, description = "`range_not_satisfiable`")
    )
)]
pub(in crate::http) async fn content(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let row = gateway.store.recording(&RecordingId::new(id)).await?;
    let note = async |outcome: &str, detail: Option<String>| {
        let (recording, key) = (row.id.clone(), caller.key.clone());
        let (action, outcome) = ("fetch".to_owned(), outcome.to_owned());
        let access = Access { recording, at_ms: clock::unix_ms(), key, action, outcome, detail };
        gateway.store.note_access(&access).await
    };
    let seal = match sealed(&row) {
        Ok(seal) => seal,
        Err((outcome, problem)) => {
            note(outcome, None).await?;
            return Err(problem);
        }
    };
    let asked = asked(range(&headers, &seal), seal.bytes);
    let (first, last) = match asked {
        Asked::All => (0, seal.bytes.saturating_sub(1)),
        Asked::Part { first, last } => (first, last),
        Asked::Unsatisfiable => {
            note("range_not_satisfiable", None).await?;
            return Ok(unsatisfiable(seal.bytes));
        }
    };
    let path = gateway.recordings.join(&row.path);
    let file = match open(&path, first, last + 1 - first).await {
        Ok(file) => file,
        Err(error) => {
            note("missing", None).await?;
            return Err(Problem::defect(format_args!("{} cannot be read: {error}", path.display())));
        }
    };
    note("served", Some(format!("bytes {first}-{last}/{}", seal.bytes))).await?;
    Ok(response(&row.id, &seal, asked, (first, last), Body::from_stream(pieces(file))))
}

/// The seal of a recording that may be served; else what to note and to answer.
fn sealed(row: &RecordingRow) -> Result<FileSeal, (&'static str, Problem)> {
    match (row.availability(clock::unix_ms()), &row.seal) {
        (Availability::Ready, Some(seal)) => Ok(seal.clone()),
        (Availability::Expired(_), _) => Err((
            "expired",
            Problem::new(Code::Expired, "the recording's time is over, and its audio is no longer kept"),
        )),
        (Availability::NotReadyYet | Availability::Ready, _) => {
            let problem =
                Problem::new(Code::NotReady, "the recording is still being written; ask again once the call is over");
            Err(("not_ready", problem.retry_after(5)))
        }
    }
}

/// The range, unless it is meant for another file than this: RFC 9110, section 13.1.5.
fn range<'a>(headers: &'a HeaderMap, seal: &FileSeal) -> Option<&'a str> {
    let of_this = headers.get(IF_RANGE).is_none_or(|tag| tag.as_bytes() == etag(seal).as_bytes());
    headers.get(RANGE).filter(|_| of_this).and_then(|range| range.to_str().ok())
}

fn etag(seal: &FileSeal) -> String {
    format!("\"{}\"", seal.sha256)
}

async fn open(path: &std::path::Path, first: u64, length: u64) -> io::Result<Take<File>> {
    let mut file = File::open(path).await?;
    if file.metadata().await?.len() < first + length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than when it was sealed"));
    }
    file.seek(SeekFrom::Start(first)).await?;
    Ok(file.take(length))
}

fn pieces(file: Take<File>) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold(file, |mut file| async {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

fn response(id: &RecordingId, seal: &FileSeal, asked: Asked, (first, last): (u64, u64), body: Body) -> Response {
    let length = if seal.bytes == 0 { 0 } else { last + 1 - first };
    let status = if asked == Asked::All { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut texts = vec![
        (CONTENT_TYPE, "audio/wav".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.wav\"")),
        (ETAG, etag(seal)),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        texts.push((CONTENT_RANGE, format!("bytes {first}-{last}/{}", seal.bytes)));
    }
    (status, headers(texts), body).into_response()
}

fn unsatisfiable(length: u64) -> Response {
    let detail = format!("the recording has {length} bytes, and none of those that were asked for");
    let range = headers([(CONTENT_RANGE, format!("bytes */{length}"))]);
    (range, Problem::new(Code::RangeNotSatisfiable, detail)).into_response()
}

/// None of these texts can be anything but ASCII.
fn headers(texts: impl IntoIterator<Item = (HeaderName, String)>) -> HeaderMap {
    texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?))).collect()
}
