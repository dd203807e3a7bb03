use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use voxgate_core::model::Evidence;

use super::*;

/// A ledger that works, or does not.
#[derive(Default)]
struct Book {
    lines: Mutex<Vec<Line>>,
    closed: AtomicBool,
    silent: AtomicBool,
}

impl Ledger for Book {
    fn keep<'a>(&'a self, lines: &'a [Line]) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async {
            if self.silent.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            if self.closed.load(Ordering::Relaxed) {
                return Err("closed".to_owned());
            }
            let mut kept = self.lines.lock().unwrap();
            let new = lines.iter().filter(|line| kept.iter().all(|k| k.id != line.id)).cloned().collect::<Vec<_>>();
            kept.extend(new);
            Ok(())
        })
    }
}

impl Book {
    fn facts(&self) -> Vec<Fact> {
        self.lines.lock().unwrap().iter().filter_map(Line::fact).collect()
    }
}

fn start(path: &Path, book: &Arc<Book>) -> Journal {
    let patience = Patience { answer: Duration::from_millis(50), again: Duration::from_millis(5) };
    Journal::start(path, Arc::<Book>::clone(book), patience, Handle::current()).unwrap().0
}

fn state(name: &str) -> Fact {
    Fact::Checkpoint { state: name.to_owned() }
}

async fn commit(journal: &Journal, fact: &Fact) -> bool {
    journal.commit(&AttemptId::new("a-1"), Micros::from_ms(20), fact).await.is_ok()
}

#[tokio::test]
async fn a_fact_is_kept_when_it_is_answered_and_what_was_noted_before_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let book = Arc::new(Book::default());
    let journal = start(&folder.path().join("spool.jsonl"), &book);
    let event = SessionEvent::Heard {
        utterance: Default::default(),
        until_ms: 60,
        heard_ms: 40,
        evidence: Evidence::Estimated,
    };
    journal.note(&AttemptId::new("a-1"), Micros::from_ms(10), &event);
    assert!(commit(&journal, &Fact::OptOut { input: "9".into() }).await);
    let lines = book.lines.lock().unwrap().clone();
    assert!(lines[0].body.get().contains(r#""event":"heard""#) && lines[0].fact().is_none());
    assert_eq!((lines[1].fact(), lines[1].session_ms), (Some(Fact::OptOut { input: "9".into() }), 20));
    assert!(!journal.watch().is_spooled());
}

/// Whether the store is closed or silent, a fact is durable, and reaches the store later, once and in order.
#[tokio::test]
async fn facts_outlive_a_store_that_is_gone_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.jsonl");
    let book = Arc::new(Book::default());
    let journal = start(&path, &book);
    assert!(commit(&journal, &state("1")).await);
    book.silent.store(true, Ordering::Relaxed);
    assert!(commit(&journal, &state("2")).await);
    book.closed.store(true, Ordering::Relaxed);
    book.silent.store(false, Ordering::Relaxed);
    assert!(commit(&journal, &state("3")).await);
    assert_eq!(journal.watch().spooled(), 2, "the second and the third");
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    book.closed.store(false, Ordering::Relaxed);
    while journal.watch().is_spooled() {
        tokio::task::yield_now().await;
    }
    assert_eq!(book.facts(), [state("1"), state("2"), state("3")]);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

/// A crash while the store is gone: the next process brings what the last one learned. A line that was cut off was
/// never answered.
#[tokio::test]
async fn the_next_process_empties_the_spool_of_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.jsonl");
    let gone = Arc::new(Book { closed: AtomicBool::new(true), ..Book::default() });
    assert!(commit(&start(&path, &gone), &state("1")).await);
    let mut torn = std::fs::read(&path).unwrap();
    torn.extend_from_slice(b"{\"id\":\"x\",\"att");
    std::fs::write(&path, torn).unwrap();
    let book = Arc::new(Book::default());
    let journal = start(&path, &book);
    while journal.watch().is_spooled() {
        tokio::task::yield_now().await;
    }
    assert!(commit(&journal, &state("2")).await);
    assert_eq!(book.facts(), [state("1"), state("2")]);
}

#[tokio::test]
async fn a_fact_that_nobody_takes_is_not_answered() {
    let gone = Arc::new(Book { closed: AtomicBool::new(true), ..Book::default() });
    let journal = start(Path::new("/dev/full"), &gone);
    assert!(!commit(&journal, &state("1")).await);
}

/// Invariant 3, and dialing goes on: the store is gone and the disk full for a moment. What was learned then is not
/// called durable, and reaches the store once that is back; then nothing is missing.
#[tokio::test]
async fn what_neither_store_nor_disk_took_reaches_the_store_that_comes_back() {
    let book = Arc::new(Book { closed: AtomicBool::new(true), ..Book::default() });
    let journal = start(Path::new("/dev/full"), &book);
    let opt_out = Fact::OptOut { input: "9".into() };
    assert!(!commit(&journal, &opt_out).await && !commit(&journal, &state("2")).await);
    assert_eq!(journal.watch().spooled(), 2);
    book.closed.store(false, Ordering::Relaxed);
    while journal.watch().is_spooled() {
        tokio::task::yield_now().await;
    }
    assert!(commit(&journal, &state("3")).await);
    assert_eq!(book.facts(), [opt_out, state("2"), state("3")]);
}

/// The disk has room again before the store is back: what was held is on it, and the next process brings it.
#[tokio::test]
async fn what_is_held_goes_to_the_disk_with_the_next_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.jsonl");
    let gone = Arc::new(Book { closed: AtomicBool::new(true), ..Book::default() });
    let (patience, runtime) = (Patience::default(), Handle::current());
    let spool = Spool::open(&path).unwrap();
    let mut writer = Writer::new(gone, spool, patience, runtime, Arc::default());
    writer.held.hold(vec![line("1")]);
    let (done, durable) = oneshot::channel();
    let entry = Entry { line: line("2"), durable: Some(done) };
    tokio::task::spawn_blocking(move || writer.take(std::iter::once(entry))).await.unwrap();
    assert!(durable.await.is_ok());
    let ids: Vec<_> = Spool::open(&path).unwrap().lines().unwrap().into_iter().map(|line| line.id).collect();
    assert_eq!(ids, ["1", "2"]);
}

/// Sessions that never pause must not keep a store that is back from what it missed: nothing is dialed before.
#[tokio::test]
async fn the_spool_is_emptied_while_line_follows_line() {
    let folder = tempfile::tempdir().unwrap();
    let book = Arc::new(Book { closed: AtomicBool::new(true), ..Book::default() });
    let journal = start(&folder.path().join("spool.jsonl"), &book);
    assert!(commit(&journal, &state("1")).await);
    book.closed.store(false, Ordering::Relaxed);
    let mut others = 0;
    while journal.watch().is_spooled() {
        others += 1;
        assert!(commit(&journal, &state("more")).await && others < 10_000, "{others} lines, and it waits still");
    }
    assert_eq!(book.facts().len(), 1 + others);
}

fn line(id: &str) -> Line {
    Line {
        id: id.to_owned(),
        attempt: AttemptId::new("a-1"),
        at_ms: 1,
        session_ms: 1,
        body: serde_json::value::to_raw_value(&state(id)).unwrap(),
    }
}

/// Two processes on one data folder spool into one file: what the other one adds while this one empties it stays.
#[test]
fn what_another_process_spools_is_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.jsonl");
    let (mut ours, mut theirs) = (Spool::open(&path).unwrap(), Spool::open(&path).unwrap());
    ours.push([line("1")].iter()).unwrap();
    assert_eq!(ours.lines().unwrap().len(), 1);
    theirs.push([line("2")].iter()).unwrap();
    assert!(!ours.clear().unwrap());
    assert_eq!(ours.lines().unwrap().iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(ours.clear().unwrap() && ours.is_empty());
    assert!(theirs.lines().unwrap().is_empty() && theirs.clear().unwrap());
}
