//! Programs and disks that fail.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::*;
use crate::recipes::RecipeError;
use tintype_protocol::disposition::Disposition;

const LOSSLESS: &str = "[[step]]\ntakes = ['image/jpeg']\nuse = 'jpeg-to-jxl-lossless'\ntime_limit_s = 90\n";

/// The same recipe, for a program that would not end by itself.
fn hasty() -> String {
    LOSSLESS.replace("= 90", "= 1")
}

/// Longer than any machine takes for what is expected of it here.
const PATIENCE: Duration = Duration::from_secs(120);

/// The first bytes of a JPEG XL.
const JXL: &str = r"printf '\377\012'";

#[test]
fn every_way_to_fail_is_a_reason() {
    for (script, expected) in [
        ("exit 1", "cjxl failed (exit status: 1)"),
        ("echo 'no such luck' >&2; exit 3", "cjxl failed (exit status: 3) no such luck"),
        ("kill -SEGV $$", "cjxl failed (signal: 11"),
        ("exit 0", "cjxl left no result"),
        (": > $2", "cjxl left no result"),
        ("ln -s /etc/passwd $2", "cjxl left no result"),
        ("mkdir $2", "cjxl left no result"),
        ("echo garbage; echo garbage > $2", "the result is nothing known, not image/jxl"),
        ("cat $1 > $2", "the result is image/jpeg, not image/jxl"),
        ("cat /dev/zero > $2", "cjxl wrote more than"),
        ("cat /dev/zero", "cjxl wrote more than"),
        ("i=0; while :; do i=$((i+1)); head -c 100000 /dev/zero > $2.$i; done", "cjxl "),
        ("sleep 600", "cjxl took longer than 1 s"),
        ("trap '' TERM INT; while :; do :; done", "cjxl took longer than 1 s"),
        ("cat; cat /dev/tty; JXL > $2", "the original does not come back"),
        ("JXL > $2", "the original does not come back: the JPEG XL is damaged"),
        ("(JXL; cat $1) > $2", "are no gain over"),
    ] {
        let mut bench = Bench::new(Tools::default());
        bench.tools.cjxl = Some(bench.script("cjxl", &script.replace("JXL", JXL)));
        let is_endless = script.starts_with("sleep") || script.contains("while");
        let recipe = if is_endless { hasty() } else { LOSSLESS.to_owned() };
        let reasons = bench.kept(&bench.jpeg(), &recipe);
        assert!(reasons.contains(expected), "{script}: {reasons}");
    }
}

#[test]
fn a_missing_tool_is_a_reason_and_the_next_step_is_tried() {
    let mut bench = Bench::new(Tools::default());
    let two = format!("{LOSSLESS}[[step]]\ntakes = ['image/*']\nuse = 'jxl'\n[[step]]\ntakes=['*']\nuse='pass'")
        .replace("['image/*']", "['image/jpeg']");
    let reasons = bench.kept(&bench.jpeg(), &two);
    assert_eq!(
        reasons,
        "jpeg-to-jxl-lossless: cjxl is not installed; jxl: exiftool is not installed; pass: the recipe leaves it as it is"
    );
    // Gone since it was looked up.
    bench.tools.cjxl = Some(Tool { path: bench.path("bin/gone"), version: String::new() });
    assert_eq!(bench.kept(&bench.jpeg(), LOSSLESS), "jpeg-to-jxl-lossless: cjxl is not installed");
    let command = "[[step]]\ntakes=['*']\ncommand=['gone-for-good', '{input}', '{output}']\noutput='jxl'";
    assert!(bench.kept(&bench.jpeg(), command).contains("exiftool is not installed"));
    // There, and no program.
    std::fs::write(bench.path("bin/gone"), "\u{1}\u{2}").unwrap();
    assert!(bench.kept(&bench.jpeg(), LOSSLESS).contains("cjxl failed (not started)"));
    std::fs::set_permissions(bench.path("bin/gone"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(bench.kept(&bench.jpeg(), LOSSLESS).contains("cjxl failed (not started)"));
}

#[test]
fn files_that_nobody_takes_have_no_reasons() {
    let bench = Bench::new(Tools::default());
    assert_eq!(bench.kept(&bench.file("a.jpg", b"not at all"), LOSSLESS), "");
    assert_eq!(bench.kept(&bench.file("b.jpg", b""), LOSSLESS), "");
    assert_eq!(bench.kept(&bench.file("c.jpg", b"GIF89a...."), LOSSLESS), "", "the content counts, not the name");
    assert_eq!(bench.kept(&bench.jpeg(), ""), "");
}

/// Whether such processes end soon; the system takes a moment to do what it was told.
fn all_end(text: &str) -> bool {
    (0..12_000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        running(text) == 0
    })
}

/// Processes whose command line holds this text.
fn running(text: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(text)).count()
}

#[test]
fn stopping_ends_the_program_with_all_it_started() {
    let mut bench = Bench::new(Tools::default());
    let mark = bench.path("mark").display().to_string();
    let forever = format!("sh -c 'while :; do sleep 0.1; done' {mark} & wait");
    bench.tools.cjxl = Some(bench.script("cjxl", &forever));
    let (file, stop) = (bench.jpeg(), AtomicBool::new(false));
    let long = LOSSLESS.replace("= 90", "= 600");
    let begin = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut is_running = false;
            while !is_running && begin.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(5));
                is_running = running(&mark) > 0;
            }
            stop.store(true, Ordering::SeqCst);
            assert!(is_running);
        });
        let error = bench.try_run(&file, &long, &stop).unwrap_err();
        assert!(matches!(error, RecipeError::Stopped), "{error}");
    });
    assert!(begin.elapsed() < PATIENCE * 2, "its 600 seconds were not waited for");
    assert!(all_end(&mark));
    assert!(bench.scratch_is_empty());
}

#[test]
fn a_program_that_leaves_others_behind_does_not_hold_us_up() {
    let mut bench = Bench::new(Tools::default());
    let mark = bench.path("left").display().to_string();
    bench.tools.cjxl = Some(bench.script("cjxl", &format!("sh -c 'sleep 600; :' {mark} & echo late >&2; exit 4")));
    let begin = Instant::now();
    assert!(bench.kept(&bench.jpeg(), LOSSLESS).contains("exit status: 4) late"));
    assert!(begin.elapsed() < PATIENCE, "its 600 seconds were not waited for");
    assert!(all_end(&mark));
}

#[test]
fn programs_see_nothing_of_the_environment_and_little_of_the_machine() {
    let mut bench = Bench::new(Tools::default());
    let said = bench.path("said").display().to_string();
    let body =
        format!("/usr/bin/env > {said}; pwd > {said}.pwd; ls -A > {said}.ls; cat > {said}.in; ulimit -v > {said}.v");
    bench.tools.cjxl = Some(bench.script("cjxl", &body));
    let limited = format!("{LOSSLESS}memory_mib = 500\n");
    assert!(bench.kept(&bench.jpeg(), &limited).contains("left no result"));
    let read = |name: &str| std::fs::read_to_string(format!("{said}{name}")).unwrap();
    let names: Vec<String> =
        read("").lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    // The shell itself adds the others.
    assert!(names.iter().all(|name| ["PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str())), "{names:?}");
    assert!(read(".pwd").starts_with(&*bench.scratch().to_string_lossy()));
    assert_eq!(read(".ls"), ".stderr\n.stdout\ninput.jpg\n");
    assert_eq!(read(".in"), "");
    #[cfg(target_os = "linux")]
    assert_eq!(read(".v").trim(), (500 << 10).to_string());
}

#[test]
fn disks_and_originals_that_fail_are_errors_to_try_again() {
    let mut bench = Bench::new(Tools::default());
    bench.tools.cjxl = Some(bench.script("cjxl", "exit 1"));
    let (file, stop) = (bench.jpeg(), AtomicBool::new(false));
    let profile: Profile = toml::from_str(LOSSLESS).unwrap();
    let input = Input { path: &file, name: "a.jpg", destination: Destination::Rebuilds };
    let full = bench.engine().with_reserve(u64::MAX / 2).run(&input, "t", &profile, &stop).unwrap_err();
    assert!(matches!(full, RecipeError::Full { .. }), "{full}");
    assert!(matches!(full.disposition(), Disposition::Retry { after: Some(_) }));
    let engine = bench.engine();
    std::fs::remove_dir(bench.scratch()).unwrap();
    let error = engine.run(&input, "t", &profile, &stop).unwrap_err();
    assert!(matches!(error, RecipeError::Scratch { .. }), "{error}");
    assert_eq!(error.disposition(), Disposition::Retry { after: None });
    let gone = Input { path: &bench.path("gone.jpg"), ..input };
    let error = engine.run(&gone, "t", &profile, &stop).unwrap_err();
    assert_eq!(error.disposition(), Disposition::Permanent, "{error}");
}

#[test]
fn an_original_that_changes_meanwhile_starts_again() {
    let mut bench = Bench::new(Tools::default());
    let file = bench.jpeg();
    bench.tools.cjxl = Some(bench.script("cjxl", &format!("touch -d 2001-01-01 {}; exit 1", file.display())));
    let error = bench.try_run(&file, LOSSLESS, &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, RecipeError::Changed { .. }), "{error}");
}
