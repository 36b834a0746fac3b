//! The decoding child process, with this very executable in the part of the server's: started with `dev decode` it
//! decodes, otherwise it runs the checks. That is why it has no test harness.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tintype_media::pictures::{Limits, PictureError, Renderer, Renditions, decode_child};
use tintype_media::tools::Tools;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["dev", "decode"] {
        decode_child(std::io::stdin(), std::io::stdout()).expect("the parent listens");
        return;
    }
    // Runners that ask for the names first get the one name; ignored tests there are none.
    if arguments.iter().any(|argument| argument == "--list") {
        if !arguments.iter().any(|argument| argument == "--ignored") {
            println!("child_process: test");
        }
        return;
    }
    children_that_fail_are_told_apart();
    damage_is_told_by_the_real_child();
    real_files_are_decoded_by_the_real_child();
    println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
}

fn render(program: &Path, limits: Limits, picture: &Path) -> Result<Renditions, PictureError> {
    Renderer::new(Arc::new(Tools::default()), limits, Some(program.to_owned())).render(picture, None)
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("the executable has a path")
}

fn children_that_fail_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.heic");
    std::fs::write(&picture, b"\0\0\0\x10ftypheic\0\0\0\0").unwrap();
    let run = |name: &str, body: &str| {
        let timeout = Duration::from_secs(if name == "hangs" { 1 } else { 120 });
        let limits = Limits { timeout, max_bytes: 1 << 20, ..Limits::default() };
        let program = folder.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        render(&program, limits, &picture).expect_err(name)
    };
    let error = run("hangs", "exec sleep 600");
    assert!(matches!(error, PictureError::TimedOut { .. }) && error.is_transient(), "{error:?}");
    let error = run("crashes", "kill -SEGV $$");
    assert!(matches!(error, PictureError::Damaged { format: "HEIF", .. }) && !error.is_transient(), "{error:?}");
    let error = run("talks", "exec yes");
    assert!(matches!(error, PictureError::Program { .. }), "{error:?}");
    let error =
        run("lies", r#"echo '{"picture":{"width":9,"height":9,"opacity":false,"orientation":1,"icc_bytes":0}}'"#);
    assert!(matches!(error, PictureError::Damaged { .. }), "{error:?}");
    let error = run("refuses", r#"echo '{"tooLarge":{"width":9,"height":8,"limit":7}}'"#);
    assert!(matches!(error, PictureError::TooLarge { width: 9, height: 8, limit: 7 }), "{error:?}");
}

fn damage_is_told_by_the_real_child() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.jxl");
    std::fs::write(&picture, b"\xff\x0a").unwrap();
    let error = render(&this_program(), Limits::default(), &picture).unwrap_err();
    assert!(matches!(error, PictureError::Damaged { format: "JPEG XL", .. }), "{error:?}");
}

fn real_files_are_decoded_by_the_real_child() {
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos/ph_zPug_3.heic");
    if !picture.is_file() {
        tintype_testkit::not_run_without_shared("a real file decoded by the real child");
        return;
    }
    let renditions = render(&this_program(), Limits::default(), &picture).expect("the picture is decoded");
    assert_eq!((renditions.width, renditions.height), (64, 64));
    let in_process = Renderer::new(Arc::new(Tools::default()), Limits::default(), None).render(&picture, None);
    assert_eq!(renditions, in_process.expect("the picture is decoded here, too"), "the same pixels come back");
    let small = Limits { max_pixels: 1000, ..Limits::default() };
    let error = render(&this_program(), small, &picture).unwrap_err();
    assert!(matches!(error, PictureError::TooLarge { .. }), "{error:?}");
}
