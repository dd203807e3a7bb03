//! Where dialplans come from: a folder, or the shipped ones inside the binary.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use include_dir::{Dir, include_dir};
use voxgate_core::dialog::finding::Report;
use voxgate_core::dialog::{Checked, Dialplan, check};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/dialplans");

/// A set of scripts with their recordings. A script is found by its file's name.
#[derive(Clone, Debug, Default)]
pub struct Dialplans {
    /// `None`: the shipped ones.
    folder: Option<PathBuf>,
    /// What was checked before, by name. Calls on the same version share one plan.
    checked: Arc<Mutex<HashMap<String, Version>>>,
}

/// A script as it was when it was checked last.
#[derive(Debug)]
struct Version {
    source: Cow<'static, [u8]>,
    plan: Arc<Dialplan>,
}

/// Why a dialplan cannot be had.
#[derive(Debug)]
pub enum DialplanError {
    /// There is none of this name.
    Unknown {
        /// The name asked for.
        name: String,
        /// The nearest one.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// A file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The script has errors.
    Invalid {
        /// All of them.
        report: Report,
        /// The script, for showing them.
        source: String,
    },
}

impl Dialplans {
    /// The scripts that ship with voxgate.
    #[must_use]
    pub fn shipped() -> Self {
        Self::default()
    }

    /// The scripts in a folder.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::default() }
    }

    /// The names of all scripts, sorted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, DialplanError> {
        let mut names: Vec<String> = match &self.folder {
            None => SHIPPED.files().filter_map(|file| name_of(file.path())).collect(),
            Some(folder) => {
                let unreadable = |error| DialplanError::Unreadable { path: folder.clone(), error };
                let entries: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(unreadable)?.collect();
                entries.map_err(unreadable)?.iter().filter_map(|entry| name_of(&entry.path())).collect()
            }
        };
        names.sort();
        Ok(names)
    }

    /// Reads a script, and checks it if it is not what it was before. Calls that follow the old version keep it.
    ///
    /// # Errors
    /// There is no such script, its file cannot be read, or it has errors.
    pub fn load(&self, name: &str) -> Result<Arc<Dialplan>, DialplanError> {
        let source = self.source(name)?;
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = checked.get(name).filter(|version| version.source == source) {
            return Ok(Arc::clone(&version.plan));
        }
        let Checked { report, plan } = check(&format!("{name}.yaml"), &source);
        let invalid = || DialplanError::Invalid { report, source: String::from_utf8_lossy(&source).into_owned() };
        let plan = plan.ok_or_else(invalid)?;
        checked.insert(name.to_owned(), Version { source, plan: Arc::clone(&plan) });
        Ok(plan)
    }

    /// The text of a script, unchecked.
    ///
    /// # Errors
    /// There is no such script, or its file cannot be read.
    pub fn source(&self, name: &str) -> Result<Cow<'static, [u8]>, DialplanError> {
        let known = self.names()?;
        if !known.iter().any(|n| n == name) {
            let near = known.iter().map(|n| (strsim::osa_distance(n, name), n)).min();
            let nearest = near.filter(|(distance, n)| *distance <= n.len() / 3).map(|(_, n)| n.clone());
            return Err(DialplanError::Unknown { name: name.to_owned(), nearest, known });
        }
        let file = PathBuf::from(format!("{name}.yaml"));
        self.read(&file).map_err(|(path, error)| DialplanError::Unreadable { path, error })
    }

    /// The file of a recording, by the path that the script gives.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or the path leads out of the scripts' folder.
    pub fn recording(&self, path: &str) -> io::Result<Vec<u8>> {
        let path = Path::new(path);
        if path.components().any(|c| !matches!(c, Component::Normal(_))) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it leads out of the scripts' folder"));
        }
        match self.read(path) {
            Ok(bytes) => Ok(bytes.into_owned()),
            Err((_, error)) => Err(error),
        }
    }

    fn read(&self, path: &Path) -> Result<Cow<'static, [u8]>, (PathBuf, io::Error)> {
        let Some(folder) = &self.folder else {
            let shipped = SHIPPED.get_file(path).map(|file| Cow::Borrowed(file.contents()));
            return shipped.ok_or_else(|| (path.to_owned(), io::ErrorKind::NotFound.into()));
        };
        let path = folder.join(path);
        std::fs::read(&path).map(Cow::Owned).map_err(|error| (path, error))
    }
}

/// The name of a script by its path; `None` for other files.
fn name_of(path: &Path) -> Option<String> {
    let is_script = path.extension().is_some_and(|e| e == "yaml");
    path.file_stem().filter(|_| is_script).map(|stem| stem.to_string_lossy().into_owned())
}

impl fmt::Display for DialplanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest: Some(nearest), .. } => {
                write!(f, "there is no dialplan {name:?}; did you mean {nearest:?}?")
            }
            Self::Unknown { name, nearest: None, known } => {
                write!(f, "there is no dialplan {name:?}; known ones are {}", known.join(", "))
            }
            Self::Unreadable { path, error } => {
                write!(f, "{} cannot be read: {error}; check the path and its permissions", path.display())
            }
            Self::Invalid { report, source } => f.write_str(&report.render(source)),
        }
    }
}

impl std::error::Error for DialplanError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new version is used by the next call, without a restart; calls under way keep theirs.
    #[test]
    fn a_script_is_checked_again_only_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = Dialplans::shipped().source("reminder").unwrap();
        let file = folder.path().join("reminder.yaml");
        std::fs::write(&file, &shipped).unwrap();
        let dialplans = Dialplans::in_folder(folder.path());
        let first = dialplans.load("reminder").unwrap();
        assert!(Arc::ptr_eq(&first, &dialplans.load("reminder").unwrap()));
        let edited = String::from_utf8_lossy(&shipped).replacen("version: 1", "version: 2", 1);
        std::fs::write(&file, edited).unwrap();
        let second = dialplans.load("reminder").unwrap();
        assert_eq!((first.id().version, second.id().version), (1, 2));
        assert_ne!(first.id().hash, second.id().hash);
        std::fs::write(&file, "dialplan: reminder").unwrap();
        assert!(matches!(dialplans.load("reminder"), Err(DialplanError::Invalid { .. })));
    }

    #[test]
    fn shipped_scripts_load_by_name() {
        let shipped = Dialplans::shipped();
        assert_eq!(
            shipped.names().unwrap(),
            [
                "consent",
                "data_consent",
                "delivery_window",
                "nps",
                "number_verification",
                "payment_reminder",
                "prescription_pickup",
                "reminder",
                "service_survey",
                "survey",
                "treatment_consent"
            ]
        );
        for name in shipped.names().unwrap() {
            assert_eq!(shipped.load(&name).unwrap().id().name, name);
        }
    }

    #[test]
    fn every_recording_of_a_shipped_script_is_there_and_short() {
        let shipped = Dialplans::shipped();
        for name in shipped.names().unwrap() {
            for recording in shipped.load(&name).unwrap().recordings() {
                let file = shipped.recording(recording.path).unwrap();
                let (tag, rate) = (file[20], u32::from_le_bytes(file[24..28].try_into().unwrap()));
                assert_eq!((tag, rate), (7, 8_000), "{}: μ-law at 8 kHz", recording.path);
                assert!((4_000..=8_000 * 12 + 100).contains(&file.len()), "{}: {}", recording.path, file.len());
            }
        }
    }

    #[test]
    fn every_recording_says_the_text_of_today() {
        let said = String::from_utf8(Dialplans::shipped().recording("prompts/said.tsv").unwrap()).unwrap();
        for name in Dialplans::shipped().names().unwrap() {
            for recording in Dialplans::shipped().load(&name).unwrap().recordings() {
                let line = format!("{}\t{}\t{}", recording.path, recording.language, recording.says);
                assert!(said.lines().any(|l| l == line), "run tools/render-prompts: {line}");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = Dialplans::shipped().load("remainder").unwrap_err();
        assert_eq!(error.to_string(), "there is no dialplan \"remainder\"; did you mean \"reminder\"?");
        let error = Dialplans::shipped().load("../secret").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no dialplan \"../secret\"; known ones are consent, data_consent, delivery_window, nps, number_verification, payment_reminder, prescription_pickup, reminder, service_survey, survey, treatment_consent"
        );
    }

    #[test]
    fn recordings_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../dialplans.rs", "/etc/passwd", "prompts/../../x"] {
            assert!(Dialplans::in_folder(folder.path()).recording(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_script_with_errors_is_refused_with_all_of_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("bad.yaml"), "dialplan: bad\nversion: one\n").unwrap();
        let error = Dialplans::in_folder(folder.path()).load("bad").unwrap_err().to_string();
        assert!(error.contains("bad.yaml:2:10") && error.contains("missing-field"), "{error}");
    }
}
