//! The pool against the real exiftool where it is installed, and against shell scripts that misbehave.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::*;

fn installed() -> Option<Pool> {
    let found = crate::tools::Tools::find(&std::env::var_os("PATH").unwrap_or_default()).exiftool;
    if found.is_none() {
        eprintln!("note: exiftool is not installed; the pool is tested with scripts only");
    }
    found.map(|tool| Pool::new(setup(tool.path)))
}

/// Longer than any machine makes a script wait that means to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A pool of scripts.
fn scripted(dir: &Path, body: &str, timeout: Duration) -> Pool {
    let program = dir.join("exiftool");
    std::fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    Pool::new(Setup { timeout, ..setup(program) })
}

/// Answers every question with the path it was asked about.
const ECHO: &str = r#"while read -r path && read -r execute; do
echo "[{\"SourceFile\": \"$path\", \"Pid\": $$}]"; echo "{ready${execute#-execute}}"; done"#;

fn picture(dir: &Path, name: &[u8]) -> PathBuf {
    let path = dir.join(std::ffi::OsStr::from_bytes(name));
    // The smallest GIF that has a size.
    std::fs::write(&path, b"GIF89a\x03\0\x02\0\0\0\0;").unwrap();
    path
}

#[test]
fn odd_names_reach_exiftool() {
    let Some(pool) = installed() else { return };
    let dir = tempfile::tempdir().unwrap();
    let names: [&[u8]; 6] =
        [b"-ver.gif", b"#x.gif", b" spaces .gif", "naïve 写真.gif".as_bytes(), b"\xff\xfe.gif", b"a'b\"c$d.gif"];
    for name in names {
        let tags = read(&pool, &picture(dir.path(), name)).unwrap();
        assert_eq!(tags.text("ImageSize").as_deref(), Some("3x2"), "{}", String::from_utf8_lossy(name));
    }
}

#[test]
fn line_breaks_are_refused_without_harm() {
    let Some(pool) = installed() else { return };
    let dir = tempfile::tempdir().unwrap();
    let error = read(&pool, &picture(dir.path(), b"a\n-execute\n.gif")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(read(&pool, &picture(dir.path(), b"b.gif")).is_ok());
    assert_eq!(read(&pool, &dir.path().join("missing.gif")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn processes_are_kept_limited_and_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut pool = scripted(dir.path(), ECHO, PATIENCE);
    pool.idle_lifetime = Duration::from_millis(100);
    let paths: Vec<_> = (0..24).map(|index| PathBuf::from(format!("/some/file{index}"))).collect();
    let pids: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
        let ask = |path: &PathBuf| {
            let tags = read(&pool, path).unwrap();
            assert_eq!(tags.text("SourceFile").as_deref(), path.to_str());
            tags.text("Pid").unwrap()
        };
        let threads: Vec<_> =
            paths.chunks(4).map(|chunk| scope.spawn(move || chunk.iter().map(ask).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(pids.len() <= MAX_PROCESSES, "{pids:?}");
    let deadline = Instant::now() + PATIENCE;
    while pool.shared.lock().reaping && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(pool.shared.lock().idle.is_empty());
    assert!(pids.iter().all(|pid| is_gone(pid)), "idle processes end");
    assert!(read(&pool, &paths[0]).is_ok(), "and new ones start");
}

#[test]
fn a_process_that_died_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let pool = scripted(dir.path(), &ECHO.replace("; done", "; exit 0; done"), PATIENCE);
    for _ in 0..3 {
        assert!(read(&pool, Path::new("/some/file")).is_ok());
        // Let it be gone before the next question.
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn silence_chatter_and_nonsense_are_errors_which_pass() {
    let dir = tempfile::tempdir().unwrap();
    let silent = scripted(dir.path(), "cat >/dev/null", Duration::from_millis(500));
    assert_eq!(read(&silent, Path::new("/f")).unwrap_err().kind(), io::ErrorKind::TimedOut);
    let talkative = scripted(dir.path(), "yes abcdefghijklmnopqrstuvwxyz", PATIENCE);
    assert_eq!(read(&talkative, Path::new("/f")).unwrap_err().kind(), io::ErrorKind::InvalidData);
    let confused = scripted(dir.path(), "read -r a; read -r b; echo '{ready77}'; cat >/dev/null", PATIENCE);
    assert_eq!(read(&confused, Path::new("/f")).unwrap_err().kind(), io::ErrorKind::InvalidData);
    let words = "read -r a; read -r b; echo '[{'; echo '{ready1}'; cat >/dev/null";
    let broken = scripted(dir.path(), words, PATIENCE);
    assert!(read(&broken, Path::new("/f")).is_err());
    let absent = Pool::new(setup(dir.path().join("nowhere")));
    for _ in 0..=MAX_PROCESSES {
        assert_eq!(read(&absent, Path::new("/f")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_closed_pool_reads_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let pool = scripted(dir.path(), ECHO, PATIENCE);
    let pid = read(&pool, Path::new("/f")).unwrap().text("Pid").unwrap();
    pool.close();
    assert!(read(&pool, Path::new("/f")).is_err());
    assert!(is_gone(&pid));
}

/// Whether a process has gone, soon: those whose parent was killed are cleared away by the system's first process.
fn is_gone(pid: &str) -> bool {
    (0..12_000).any(|look| {
        if look > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        !Path::new("/proc").join(pid).exists()
    })
}
