//! The writer thread: takes blocks off the media workers and writes them to disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use voxgate_core::session::Block;

use super::seal::{Seal, seal};
use super::wav::WavFile;

/// Blocks on their way to disk, all sessions together: some seconds of 500 sessions, 16 KB each. Beginnings and ends of
/// recordings are not counted: a session has one of each.
const MOST_BLOCKS: usize = 2_048;

/// A recording that is being made. Dropped, it ends as it is.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    id: RecordingId,
    path: PathBuf,
    /// A block found no room.
    lost: bool,
    done: Option<oneshot::Sender<RecordingInfo>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RecordingId(u64);

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingInfo {
    /// The file.
    pub path: PathBuf,
    /// Its hash and length; `None` where the file cannot be read back.
    pub seal: Option<Seal>,
    /// Whether audio is missing from it: the disk or the queue had no room, or it could not be opened.
    pub incomplete: bool,
}

enum Job {
    Open(RecordingId, PathBuf),
    Append(RecordingId, Block),
    Close { id: RecordingId, lost: bool, done: Option<oneshot::Sender<RecordingInfo>> },
}

/// Hands recordings to the writer thread. Never blocks the caller.
#[derive(Clone, Debug)]
pub struct Recorder {
    jobs: Sender<Job>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    recordings: AtomicU64,
    queued_blocks: AtomicUsize,
    dropped_blocks: AtomicU64,
}

impl Recorder {
    /// Starts the writer thread; it ends when every clone of the recorder is gone and the queue is written.
    ///
    /// # Errors
    /// When the operating system gives out no more threads.
    pub fn start() -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, queue) = channel();
        let counts = Arc::new(Counts::default());
        let writer = Writer { open: HashMap::new(), counts: Arc::clone(&counts) };
        let thread = std::thread::Builder::new().name("recordings".into()).spawn(move || writer.run(&queue))?;
        Ok((Self { jobs, counts }, thread))
    }

    /// Begins a recording.
    #[must_use]
    pub fn open(&self, path: PathBuf) -> Recording {
        let id = RecordingId(self.counts.recordings.fetch_add(1, Ordering::Relaxed));
        self.submit(Job::Open(id, path.clone()));
        Recording { recorder: self.clone(), id, path, lost: false, done: None }
    }

    /// Tells how many blocks found the queue full, without keeping the writer alive.
    pub fn dropped_blocks(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let counts = Arc::clone(&self.counts);
        move || counts.dropped_blocks.load(Ordering::Relaxed)
    }

    /// Tells how many blocks are on their way to disk, without keeping the writer alive.
    pub fn queued_blocks(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let counts = Arc::clone(&self.counts);
        move || counts.queued_blocks.load(Ordering::Relaxed)
    }

    fn submit(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            tracing::error!("the recordings' writer has died: nothing is recorded any more");
        }
    }
}

impl Recording {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a block. Where the queue is full the block is dropped and counted: the gap becomes silence.
    pub fn append(&mut self, block: Block) {
        let counts = &self.recorder.counts;
        if counts.queued_blocks.fetch_add(1, Ordering::Relaxed) < MOST_BLOCKS {
            return self.recorder.submit(Job::Append(self.id, block));
        }
        counts.queued_blocks.fetch_sub(1, Ordering::Relaxed);
        counts.dropped_blocks.fetch_add(1, Ordering::Relaxed);
        self.lost = true;
    }

    /// Ends it; answered when all of it is on disk.
    #[must_use]
    pub fn close(mut self) -> oneshot::Receiver<RecordingInfo> {
        let (done, answer) = oneshot::channel();
        self.done = Some(done);
        answer
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.recorder.submit(Job::Close { id: self.id, lost: self.lost, done: self.done.take() });
    }
}

struct Writer {
    open: HashMap<RecordingId, Open>,
    counts: Arc<Counts>,
}

struct Open {
    path: PathBuf,
    file: Option<WavFile>,
    incomplete: bool,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            match job {
                Job::Open(id, path) => {
                    self.open.insert(id, Open::create(path));
                }
                Job::Append(id, block) => {
                    self.counts.queued_blocks.fetch_sub(1, Ordering::Relaxed);
                    if let Some(recording) = self.open.get_mut(&id) {
                        recording.append(&block);
                    }
                }
                Job::Close { id, lost, done } => {
                    let Some(recording) = self.open.remove(&id) else { continue };
                    let info = recording.close(lost);
                    // Nobody waits any more when the session's task is gone; the file is on disk all the same.
                    done.map(|done| done.send(info));
                }
            }
        }
    }
}

impl Open {
    fn create(path: PathBuf) -> Self {
        let file = WavFile::create(&path)
            .inspect_err(|error| {
                tracing::error!(%error, path = %path.display(), "a recording cannot be made; the call goes on without it");
            })
            .ok();
        Self { incomplete: file.is_none(), path, file }
    }

    fn append(&mut self, block: &Block) {
        let Some(file) = self.file.as_mut() else { return };
        match file.append(block) {
            Ok(missing) => self.incomplete |= missing > 0,
            Err(error) => self.fail(&error),
        }
    }

    /// What is on disk stays and opens; what would follow is lost. The call goes on.
    fn fail(&mut self, error: &hound::Error) {
        tracing::error!(%error, path = %self.path.display(), "a recording cannot be written; it ends here and is flagged incomplete");
        self.incomplete = true;
        self.file = None;
    }

    fn close(mut self, lost: bool) -> RecordingInfo {
        if let Some(Err(error)) = self.file.take().map(WavFile::finish) {
            self.fail(&error);
        }
        let seal = seal(&self.path)
            .inspect_err(|error| tracing::error!(%error, path = %self.path.display(), "a recording cannot be sealed"))
            .ok();
        RecordingInfo { incomplete: self.incomplete | lost | seal.is_none(), path: self.path, seal }
    }
}

#[cfg(test)]
mod tests {
    use voxgate_media::time::Samples;

    use super::*;

    fn block(at: u64, callee: u8, ours: u8) -> Block {
        Block { at: Samples(at), callee: vec![callee; 800], ours: vec![ours; 800] }
    }

    fn samples(path: &std::path::Path) -> Vec<i16> {
        hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect()
    }

    #[tokio::test]
    async fn the_callee_is_left_and_we_are_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/a.wav");
        let (recorder, _thread) = Recorder::start().unwrap();
        let mut recording = recorder.open(path.clone());
        recording.append(block(0, 0x80, 0x00));
        let info = recording.close().await.unwrap();
        assert_eq!(info.seal.map(|seal| (seal.length_ms, seal.bytes)), Some((100, 44 + 3_200)));
        assert_eq!((info.path, info.incomplete), (path.clone(), false));
        let samples = samples(&path);
        assert_eq!(samples.len(), 1_600);
        assert!(samples.chunks(2).all(|pair| pair == [32_124, -32_124]));
    }

    /// A crash is a file as it stands on disk while the recording is still being made.
    #[tokio::test]
    async fn a_recording_opens_after_a_crash_at_any_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let (recorder, _thread) = Recorder::start().unwrap();
        let mut recording = recorder.open(path.clone());
        recording.append(block(0, 0x80, 0x00));
        let barrier = recorder.open(folder.path().join("b.wav"));
        barrier.close().await.unwrap();
        let on_disk = std::fs::read(&path).unwrap();
        for cut in [on_disk.len(), on_disk.len() + 700] {
            let mut crashed = on_disk.clone();
            crashed.resize(cut, 1); // the next block was on its way
            let copy = folder.path().join("crashed.wav");
            std::fs::write(&copy, crashed).unwrap();
            assert_eq!(samples(&copy).len(), 1_600, "{cut}");
        }
    }

    #[tokio::test]
    async fn a_gap_becomes_silence_and_is_flagged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let (recorder, _thread) = Recorder::start().unwrap();
        let mut recording = recorder.open(path.clone());
        recording.append(block(0, 0x80, 0x80));
        recording.append(block(1_600, 0x80, 0x80));
        let info = recording.close().await.unwrap();
        assert!(info.incomplete);
        let samples = samples(&path);
        assert_eq!(samples.len(), 2_400 * 2);
        assert!(samples[1_600..3_200].iter().all(|&s| s == 0));
    }

    /// `/dev/full` is a disk without room.
    #[tokio::test]
    async fn a_full_disk_ends_the_recording_and_nothing_else() {
        let (recorder, _thread) = Recorder::start().unwrap();
        let mut full = recorder.open(PathBuf::from("/dev/full"));
        let folder = tempfile::tempdir().unwrap();
        let mut fine = recorder.open(folder.path().join("a.wav"));
        for recording in [&mut full, &mut fine] {
            recording.append(block(0, 0x80, 0x80));
        }
        assert!(full.close().await.unwrap().incomplete);
        assert!(!fine.close().await.unwrap().incomplete);
    }

    /// A session that is gone without a word leaves a file that is whole.
    #[tokio::test]
    async fn a_dropped_recording_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let (recorder, thread) = Recorder::start().unwrap();
        let mut recording = recorder.open(path.clone());
        recording.append(block(0, 0x80, 0x80));
        drop((recording, recorder));
        thread.join().unwrap();
        assert_eq!(samples(&path).len(), 1_600);
    }

    /// What follows it would show the gap; at the end nothing follows.
    #[tokio::test]
    async fn a_recording_whose_last_block_found_no_room_is_flagged() {
        let folder = tempfile::tempdir().unwrap();
        let (recorder, _thread) = Recorder::start().unwrap();
        let mut recording = recorder.open(folder.path().join("a.wav"));
        recorder.counts.queued_blocks.store(MOST_BLOCKS, Ordering::Relaxed);
        recording.append(block(0, 0x80, 0x80));
        assert_eq!(recorder.dropped_blocks()(), 1);
        assert!(recording.close().await.unwrap().incomplete);
    }
}
