//! One run of a synthesiser's program: text in by stdin, sound out by a temporary file, and nothing taken on trust.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::speech::{Pcm, SpeechError};

/// A sentence takes these engines 30 to 300 ms; one that takes this long will not come.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often the growth of the output is looked at.
const WATCH: Duration = Duration::from_millis(100);

/// Longest sound of one prompt. A page of text takes two minutes to read.
const LONGEST_S: u32 = 180;

/// Most bytes of it: at 48 kHz, with room for a header.
const LARGEST_BYTES: u64 = LONGEST_S as u64 * 48_000 * 2 + 4_096;

/// What of an engine's complaint goes into our error.
const COMPLAINT_BYTES: u64 = 300;

/// A program that turns text into a WAV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Engine {
    /// Its name in errors, and the Debian package that brings it.
    pub(super) name: &'static str,
    /// The program, by name (looked up in PATH) or by path.
    pub(super) program: PathBuf,
    /// Its arguments, but for the output file.
    pub(super) arguments: Vec<OsString>,
    /// The option that names the output file.
    pub(super) output: &'static str,
    /// When to give up.
    pub(super) deadline: Duration,
}

impl Engine {
    /// `flite`, which speaks English.
    pub(super) fn flite(program: PathBuf, voice: &str) -> Self {
        // It reads a file by name; its own stdin is one. It cannot write to a pipe: it seeks.
        let arguments = ["-voice", voice, "-f", "/dev/stdin"].map(OsString::from).to_vec();
        Self { name: "flite", program, arguments, output: "-o", deadline: DEADLINE }
    }

    /// `espeak-ng`, which speaks some hundred languages; further options choose speed and pitch.
    pub(super) fn espeak(program: PathBuf, voice: &str, options: &[&str]) -> Self {
        let mut arguments = ["--stdin", "-v", voice].map(OsString::from).to_vec();
        arguments.extend(options.iter().map(OsString::from));
        Self { name: "espeak-ng", program, arguments, output: "-w", deadline: DEADLINE }
    }

    /// Speaks a text; `folder` takes the temporary file.
    ///
    /// # Errors
    /// When the engine is missing, hangs, fails, or writes no usable sound. It names engine, language and remedy.
    pub(super) async fn speak(&self, text: &str, language: &str, folder: &Path) -> Result<Pcm, SpeechError> {
        let file = TemporaryFile::new(folder);
        let run = self.run(text, &file.0);
        match run.await {
            Ok(()) => read(&file.0).map_err(|what| self.error(language, what)),
            Err(Trouble::Missing) => Err(self.missing(language)),
            Err(Trouble::Run(what)) => Err(self.error(language, what)),
        }
    }

    /// The error of an engine that is not there.
    pub(super) fn missing(&self, language: &str) -> SpeechError {
        let remedy =
            format!("prompts in {language} come from recorded audio only; install it with `apt install {}`", self.name);
        SpeechError::Missing { engine: self.name.to_owned(), language: language.to_owned(), remedy }
    }

    fn error(&self, language: &str, what: String) -> SpeechError {
        let remedy = format!("try `{}` by hand, reinstall it, or record the prompt (`audio:`)", self.program.display());
        SpeechError::Engine { engine: self.name.to_owned(), language: language.to_owned(), what, remedy }
    }

    async fn run(&self, text: &str, output: &Path) -> Result<(), Trouble> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(self.output).arg(output);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            if missing { Trouble::Missing } else { Trouble::Run(format!("could not be started ({error})")) }
        })?;
        let spoken = tokio::time::timeout(self.deadline, drive(&mut child, text, output)).await;
        let Ok(spoken) = spoken else {
            stop(&mut child).await;
            return Err(Trouble::Run(format!("did not finish within {} ms", self.deadline.as_millis())));
        };
        if spoken.is_err() {
            stop(&mut child).await;
        }
        spoken
    }
}

enum Trouble {
    Missing,
    Run(String),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Run(format!("failed ({error})"))
    }
}

/// Feeds the text, collects the complaint and waits for the end, all at once: a full pipe must not stop any of them.
async fn drive(child: &mut Child, text: &str, output: &Path) -> Result<(), Trouble> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let feed = async {
        let Some(mut stdin) = stdin else { return };
        // An engine that stops reading early says why by its exit code.
        let _ = stdin.write_all(format!("{text}\n").as_bytes()).await;
    };
    let listen = async {
        let mut complaint = Vec::new();
        if let Some(stderr) = stderr {
            let mut stderr = stderr.take(COMPLAINT_BYTES);
            let _ = stderr.read_to_end(&mut complaint).await;
            let _ = tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&complaint).trim().to_owned()
    };
    let (status, complaint, ()) = tokio::join!(finish(child, output), listen, feed);
    let status = status?;
    if status.success() {
        return Ok(());
    }
    Err(Trouble::Run(format!("ended with {status}: {complaint:?}")))
}

/// Waits for the end while the output stays within its limit.
async fn finish(child: &mut Child, output: &Path) -> Result<ExitStatus, Trouble> {
    loop {
        if let Ok(status) = tokio::time::timeout(WATCH, child.wait()).await {
            return Ok(status?);
        }
        if output.metadata().is_ok_and(|file| file.len() > LARGEST_BYTES) {
            stop(child).await;
            return Err(Trouble::Run(format!("wrote more than {LONGEST_S} s of sound")));
        }
    }
}

async fn stop(child: &mut Child) {
    // It fails only for a child that has ended, which is what we want.
    let _ = child.kill().await;
}

/// Reads a WAV file that should hold speech.
pub(super) fn read(path: &Path) -> Result<Pcm, String> {
    let length = path.metadata().map_err(|_| "wrote no sound".to_owned())?.len();
    if length > LARGEST_BYTES {
        return Err(format!("wrote more than {LONGEST_S} s of sound"));
    }
    let mut wav = hound::WavReader::open(path).map_err(|error| format!("wrote no WAV file ({error})"))?;
    let spec = wav.spec();
    if spec.channels != 1 || spec.bits_per_sample != 16 || !(8_000..=48_000).contains(&spec.sample_rate) {
        let hound::WavSpec { channels, bits_per_sample, sample_rate, .. } = spec;
        return Err(format!("wrote {channels} channels of {bits_per_sample} bits at {sample_rate} Hz"));
    }
    let samples: Result<Vec<i16>, _> = wav.samples::<i16>().collect();
    let samples = samples.map_err(|error| format!("wrote a broken WAV file ({error})"))?;
    if samples.len() > (LONGEST_S * spec.sample_rate) as usize {
        return Err(format!("wrote more than {LONGEST_S} s of sound"));
    }
    if samples.iter().all(|sample| sample.unsigned_abs() < 64) {
        return Err("wrote silence".to_owned());
    }
    Ok(Pcm { rate_hz: spec.sample_rate, samples })
}

/// A file that is gone when its owner is.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(folder: &Path) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(folder.join(format!("{}-{number}.wav", std::process::id())))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Not there if the engine wrote nothing.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
