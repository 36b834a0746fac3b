//! What goes wrong costs nothing but the file it went wrong with.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tintype_library::assets::AssetChange;
use tintype_library::model::FaceBox;
use tintype_library::people::PersonChange;
use tintype_protocol::id::AssetId;
use tintype_writeback::modules::{Choice, Module};
use tintype_writeback::order::Happened;
use tintype_writeback::{Halt, Order, RunError, Targets};

use crate::scene::{Scene, everything, jpeg, tools};

/// Photos with a caption.
fn photos(scene: &Scene, count: u8) -> Vec<AssetId> {
    (0..count)
        .map(|number| {
            let photo = scene.folder.path().join(format!("{number}.jpg"));
            jpeg(&photo, number);
            let id = scene.add(&photo);
            let caption = AssetChange { description: Some(format!("photo {number}")), ..AssetChange::default() };
            scene.library.update_asset(&scene.caller(), id, caption).unwrap();
            id
        })
        .collect()
}

/// Bytes of every file in the library's folder, by path.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.join("library")];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                drop(found.insert(path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// An exiftool that goes wrong at its first question of writing: `then` is what it does then.
fn faulty(scene: &Scene, then: &str) -> PathBuf {
    let program = scene.folder.path().join("faulty");
    let text = format!(
        "#!/usr/bin/perl\nuse IPC::Open2;\nmy $pid = open2(my $out, my $in, '{}', @ARGV);\n$in->autoflush(1); $| = 1;\n\
         my @question;\nwhile (my $line = <STDIN>) {{\n push @question, $line;\n next unless $line =~ /^-execute|^False/;\n\
         if (grep {{ /^-overwrite_original/ }} @question) {{ my ($path) = grep {{ m{{^/}} }} @question; chomp $path; {then} }}\n\
         print $in @question; @question = ();\n while (my $said = <$out>) {{ print $said; last if $said =~ /^\\{{ready/; }}\n}}\n",
        scene.program().display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// Copies a folder with all that is in it.
fn copy_all(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(status.success());
}

#[test]
fn what_was_written_before_the_power_went_is_known_to_be_ours() {
    let Some(tools) = tools("a power cut behind a write") else { return };
    let scene = Scene::new(&tools);
    let id = photos(&scene, 1)[0];
    let person = scene.person("Ada");
    let area = FaceBox { image_width: 400, image_height: 300, x1: 40, y1: 60, x2: 120, y2: 120 };
    scene.library.create_face(&scene.caller(), id, person.id, area).unwrap();
    let order = Order { choice: Choice::of([Module::People]), ..everything(Targets::Sidecar) };
    assert_eq!(scene.run(&order).0.written, 1);
    // Others write into it as well, so exiftool is needed.
    scene.write_as_other(&scene.sidecar(id).unwrap(), &["-XMP-dc:Subject+=Urlaub", "-XMP-xmp:Label=Red"]);
    let called = |scene: &Scene, name: &str| {
        let change = PersonChange { name: Some(name.to_owned()), ..PersonChange::default() };
        scene.library.update_person(&scene.caller(), person.id, change).unwrap();
    };
    called(&scene, "Bea");
    let (snapshot, folder) = (tempfile::tempdir().unwrap(), scene.folder.path().display().to_string());
    let then = format!("system(\"cp {folder}/library.sqlite* {}\");", snapshot.path().display());
    assert_eq!(scene.run_with(&order, Some(&faulty(&scene, &then))).0.written, 1);

    // The power went: the file is written, and nobody has noted it.
    let cut = tempfile::tempdir().unwrap();
    copy_all(scene.folder.path(), cut.path());
    for entry in std::fs::read_dir(cut.path()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("library.sqlite") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    copy_all(snapshot.path(), cut.path());
    let scene = scene.again(cut);
    called(&scene, "Cleo");
    assert_eq!(scene.run(&order).0.written, 1);
    let said = scene.ask(&scene.sidecar(id).unwrap());
    assert_eq!(said["XMP-dc:Subject"], serde_json::json!(["Cleo", "Urlaub"]));
    assert_eq!(said["XMP-iptcExt:PersonInImage"], serde_json::json!(["Cleo"]));
}

#[test]
fn an_exiftool_that_dies_or_lies_in_mid_write_damages_nothing() {
    let Some(tools) = tools("faults of exiftool") else { return };
    let scene = Scene::new(&tools);
    let ids = photos(&scene, 3);
    let before = bytes(scene.folder.path());
    let order = everything(Targets::Embedded);
    for (then, reason) in [
        // Half a file, and gone.
        ("truncate $path, 100; kill 9, $pid; exit 1;", "exiftool-failed"),
        // It says that all went well, and did nothing.
        (
            "print \"    1 image files updated\\n\"; my ($n) = $line =~ /(\\d+)/; print STDERR \"{ready$n}\\n\"; \
             print \"{ready$n}\\n\"; @question = (); next;",
            "not-as-written",
        ),
        // It damages the picture and does the rest right.
        (
            "open my $f, '+<', $path; binmode $f; local $/; my $at = index(<$f>, \"\\xff\\xdb\"); seek $f, $at + 10, 0; \
             print $f 'damaged'; close $f; $/ = \"\\n\";",
            "picture-changed",
        ),
        // It changes the resolution in another segment, which nobody asked for.
        (
            "open my $f, '+<', $path; binmode $f; local $/; my $at = index(<$f>, \"JFIF\\0\"); seek $f, $at + 8, 0; \
             print $f 'odd'; close $f; $/ = \"\\n\";",
            "others-changed",
        ),
    ] {
        let (report, files) = scene.run_with(&order, Some(&faulty(&scene, then)));
        assert_eq!(report.failed.get(reason), Some(&3), "{reason}: {files:?}");
        assert_eq!(bytes(scene.folder.path()), before, "{reason}");
        assert!(ids.iter().all(|id| scene.library.prove(*id).unwrap() == Some(scene.asset(*id).checksum)));
    }
    let (report, _) = scene.run(&Order { resumes: true, ..order });
    assert_eq!((report.written, report.failures()), (3, 0), "what failed is tried again");
}

#[test]
fn a_run_that_was_interrupted_goes_on() {
    let Some(tools) = tools("interrupted runs") else { return };
    let scene = Scene::new(&tools);
    let ids = photos(&scene, 3);
    let order = everything(Targets::Sidecar);
    let resumed = Order { resumes: true, ..order.clone() };
    let engine = scene.engine(Some(scene.program()));
    assert!(matches!(engine.run(&resumed, scene.filter(), &mut |_| true), Err(RunError::NothingToResume)));
    // Damaged: somebody has cut the sidecar short.
    let (first, _) = scene.run(&Order::of(Choice::of([Module::Caption]), Targets::Sidecar));
    let broken = scene.sidecar(ids[1]).unwrap();
    let whole = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, b"<x:xmpmeta").unwrap();
    let caption = AssetChange { rating: Some(Some(2)), ..AssetChange::default() };
    scene.library.update_assets(&scene.caller(), &ids, caption).unwrap();
    let (second, _) = scene.run(&order);
    assert_eq!((second.written, second.failures()), (2, 1));
    assert_eq!(std::fs::read(&broken).unwrap(), b"<x:xmpmeta", "it is left as it is");
    std::fs::write(&broken, whole).unwrap();
    let (third, files) = scene.run(&resumed);
    assert_eq!((third.seen, third.written, third.run), (1, 1, second.run), "{files:?}");
    let other = Order { resumes: true, ..everything(Targets::Embedded) };
    assert!(matches!(engine.run(&other, scene.filter(), &mut |_| true), Err(RunError::OtherChoice)));
    let back = scene.undo(second.run.unwrap());
    assert_eq!(back.written, 3, "both parts of the run");
    assert!(first.run.is_some());

    let mut seen = 0;
    let stopped = engine.run(&order, scene.filter(), &mut |happened| {
        seen += u32::from(matches!(happened, Happened::File(_)));
        !matches!(happened, Happened::Began { .. })
    });
    let stopped = stopped.unwrap();
    assert_eq!((seen, stopped.written), (0, 0));
    assert!(stopped.is_interrupted);
    engine.clear_checkpoint().unwrap();
}

#[test]
fn files_that_are_not_what_the_library_knows_are_left_alone() {
    let Some(tools) = tools("replaced files") else { return };
    let scene = Scene::new(&tools);
    let ids = photos(&scene, 2);
    // Somebody has replaced one original, and put a file where the other's sidecar would be.
    jpeg(&scene.original(ids[0]), 99);
    let sidecar = scene.original(ids[1]).with_extension("jpg.xmp");
    std::fs::write(&sidecar, b"mine").unwrap();
    let before = bytes(scene.folder.path());
    let (report, _) = scene.run(&everything(Targets::Both));
    assert_eq!(report.failed.get("changed-meanwhile"), Some(&1));
    assert_eq!(report.failed.get("occupied"), Some(&1));
    assert_eq!(report.written, 2);
    let after = bytes(scene.folder.path());
    assert_eq!(after[&scene.original(ids[0])], before[&scene.original(ids[0])]);
    assert_eq!(after[&sidecar], b"mine");
}

#[test]
fn without_exiftool_plain_sidecars_are_written_all_the_same() {
    let Some(tools) = tools("a machine without exiftool") else { return };
    let scene = Scene::new(&tools);
    let ids = photos(&scene, 2);
    let (report, _) = scene.run_with(&everything(Targets::Both), None);
    assert_eq!((report.written, report.failed.get("no-exiftool")), (2, Some(&2)));
    assert!(scene.sidecar(ids[0]).unwrap().exists());
}

/// It refuses a file in exiftool's way.
const REFUSES: &str = "print STDERR \"Error: Error writing output file - $path\\n\"; print \"    0 image files updated\\n\"; \
    my ($n) = $line =~ /(\\d+)/; print STDERR \"{ready$n}\\n\"; print \"{ready$n}\\n\"; @question = (); next;";

#[test]
fn a_head_that_exiftool_refuses_is_shown_to_it_with_the_picture() {
    let Some(tools) = tools("heads that exiftool refuses") else { return };
    let scene = Scene::new(&tools);
    let ids = photos(&scene, 2);
    let shortest = ids.iter().map(|id| scene.original(*id).metadata().unwrap().len()).min().unwrap();
    let then = format!("if (-s $path < {shortest}) {{ {REFUSES} }}");
    let (report, files) = scene.run_with(&everything(Targets::Embedded), Some(&faulty(&scene, &then)));
    assert_eq!((report.written, report.failures()), (2, 0), "{files:?}");
    for (number, id) in ids.iter().enumerate() {
        let said = scene.ask(&scene.original(*id));
        assert_eq!(said["IPTC:Caption-Abstract"], format!("photo {number}"));
    }
}

#[test]
fn a_run_that_is_halted_on_its_last_page_is_not_done() {
    let Some(tools) = tools("halted runs") else { return };
    let scene = Scene::new(&tools);
    photos(&scene, 2);
    let (order, halt) = (everything(Targets::Embedded), Halt::default());
    let halted = scene.engine(Some(scene.program())).until(&halt);
    let report = halted.run(&order, scene.filter(), &mut |happened| {
        if matches!(happened, Happened::Began { .. }) {
            halt.set();
        }
        true
    });
    let report = report.unwrap();
    assert_eq!((report.failed.get("stopped"), report.is_interrupted), (Some(&2), true), "{report:?}");
    drop(halted);
    let (report, _) = scene.run(&Order { resumes: true, ..order });
    assert_eq!((report.written, report.failures(), report.is_interrupted), (2, 0, false));
}

#[test]
fn what_exiftool_complains_of_is_said_of_the_file() {
    let Some(tools) = tools("complaints of exiftool") else { return };
    let scene = Scene::new(&tools);
    photos(&scene, 2);
    let before = bytes(scene.folder.path());
    let (report, files) = scene.run_with(&everything(Targets::Embedded), Some(&faulty(&scene, REFUSES)));
    assert_eq!(report.failed.get("exiftool-refused"), Some(&2), "{files:?}");
    assert!(format!("{files:?}").contains("Error writing output file"), "{files:?}");
    assert_eq!(bytes(scene.folder.path()), before);
}
