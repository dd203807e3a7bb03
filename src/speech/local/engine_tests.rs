use std::os::unix::fs::PermissionsExt;

use super::*;

/// An engine that is a shell script; `$2` is the output file.
async fn spoken(script: &str) -> Result<Pcm, String> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("engine");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let deadline = Duration::from_millis(1_500);
    let engine = Engine { name: "flite", program, arguments: Vec::new(), output: "-o", deadline };
    let spoken = engine.speak("Hello", "en-US", folder.path()).await.map_err(|error| error.to_string());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "only the engine itself is left in the folder");
    spoken
}

fn wav(name: &str, samples: &[i16]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(&path, spec).unwrap();
    samples.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
    wav.finalize().unwrap();
    let shown = path.display().to_string();
    (folder, shown)
}

#[tokio::test]
async fn an_engine_that_speaks_is_heard_and_is_given_the_text() {
    let (_folder, sound) = wav("good.wav", &[1_000; 1_600]);
    let script = format!("read text; [ \"$text\" = Hello ] && cp {sound} $2");
    assert_eq!(spoken(&script).await.unwrap().samples.len(), 1_600);
}

#[tokio::test]
async fn each_way_to_fail_names_engine_language_and_remedy() {
    let (_folder, silence) = wav("silence.wav", &[0; 1_600]);
    let silence = format!("cp {silence} $2");
    let table = [
        ("exec sleep 30", "did not finish within 1500 ms"),
        ("echo broken voice >&2; exit 3", "exit status: 3: \"broken voice\""),
        ("true", "wrote no sound"),
        ("echo garbage > $2", "wrote no WAV file"),
        (": > $2", "wrote no WAV file"),
        (silence.as_str(), "wrote silence"),
        ("head -c 20000000 /dev/zero > $2; exec sleep 30", "wrote more than 180 s of sound"),
        ("head -c 100000 /dev/zero >&2; exit 1", "exit status: 1"),
    ];
    for (script, wanted) in table {
        let said = spoken(script).await.unwrap_err();
        assert!(said.contains(wanted), "{script}: {said}");
        assert!(said.starts_with("flite (en-US) ") && said.contains("by hand"), "{said}");
    }
}

#[tokio::test]
async fn a_missing_engine_says_what_to_install() {
    let engine = Engine::espeak(PathBuf::from("/nowhere/espeak-ng"), "es-419", &[]);
    let said = engine.speak("Hola", "es-US", &std::env::temp_dir()).await.unwrap_err().to_string();
    let wanted = "espeak-ng is not installed (es-US): prompts in es-US come from recorded audio only; install it with \
                  `apt install espeak-ng`";
    assert_eq!(said, wanted);
}
