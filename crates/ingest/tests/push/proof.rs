//! What was known from an earlier run is no reason to delete anything.

use tintype_ingest::push::Summary;

use crate::desk::Desk;
use crate::http::{NOTHING, SIZE, scene, sha1};
use crate::sftp::{is_ready, target};
use crate::site::{Site, noise};

const ONE_SENT: Summary = Summary { sent: 1, sent_bytes: SIZE as u64, ..NOTHING };

#[test]
fn other_content_that_looks_like_what_was_sent_is_sent_before_it_is_deleted() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    desk.swap("a.jpg", &noise(SIZE, 2));
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut server.target()), Summary { deleted: 1, ..ONE_SENT });
    assert!(server.kept.lock().unwrap().iter().any(|(_, kept)| *kept == sha1(&noise(SIZE, 2))));
}

#[test]
fn what_is_known_of_one_folder_says_nothing_of_another() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    let time = std::fs::metadata(desk.at("a.jpg")).unwrap().modified().unwrap();
    let first = desk.settings.folder.clone();
    desk.change_folder("other");
    desk.write("a.jpg", &noise(SIZE, 2));
    std::fs::File::options().write(true).open(desk.at("a.jpg")).unwrap().set_modified(time).unwrap();
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, ..NOTHING });
    desk.settings.folder = first;
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, ..NOTHING }, "the one did not displace the other");
}

#[test]
fn a_card_in_the_place_of_another_is_told_apart() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    let time = std::fs::metadata(desk.at("a.jpg")).unwrap().modified().unwrap();
    std::fs::rename(desk.at("a.jpg"), desk.at(".kept")).unwrap();
    desk.write("a.jpg", &noise(SIZE, 2));
    std::fs::File::options().write(true).open(desk.at("a.jpg")).unwrap().set_modified(time).unwrap();
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT, "another inode: the content decides");
}

#[test]
fn what_was_trashed_there_after_it_was_sent_stays_here() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    server.trashed.lock().unwrap().push(sha1(&noise(SIZE, 1)));
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut server.target()), Summary { in_trash: 1, ..NOTHING });
    assert!(desk.at("a.jpg").is_file());
}

#[test]
fn what_is_gone_there_goes_again_before_it_is_deleted() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    server.kept.lock().unwrap().clear();
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, ..NOTHING }, "as long as nothing is to be deleted");
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut server.target()), Summary { deleted: 1, ..ONE_SENT });
    assert_eq!((server.kept.lock().unwrap().len(), desk.at("a.jpg").exists()), (1, false));
}

#[test]
fn what_an_earlier_run_read_back_from_sftp_is_no_proof() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = (Site::new(), Desk::new());
    desk.settings.verifies = true;
    desk.write("a.jpg", &noise(SIZE, 1));
    desk.write("b.jpg", &noise(SIZE, 2));
    assert_eq!(desk.pass(&mut target(&site, &desk)).sent, 2);
    // One is gone there, whoever took it; one looks here as it did and is another.
    std::fs::remove_file(site.in_zone("in/a.jpg")).unwrap();
    desk.swap("b.jpg", &noise(SIZE, 3));
    desk.settings.deletes = true;
    let done = Summary { sent: 2, sent_bytes: 2 * SIZE as u64, deleted: 2, ..NOTHING };
    assert_eq!(desk.pass(&mut target(&site, &desk)), done);
    let there = |name: &str| std::fs::read(site.in_zone(name)).unwrap();
    assert_eq!(there("in/a.jpg"), noise(SIZE, 1));
    assert_eq!([there("in/b.jpg"), there("in/b+1.jpg")], [noise(SIZE, 2), noise(SIZE, 3)]);
}

#[test]
fn what_the_target_has_only_as_the_very_file_stays() {
    let (mut desk, server) = scene(&[]);
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut server.target()), ONE_SENT);
    // The server reads its originals where they are sent from.
    *server.lies_at.lock().unwrap() = Some(desk.at("a.jpg"));
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, failed: 1, ..NOTHING });
    assert!(desk.at("a.jpg").is_file() && desk.journal().contains("this very file"));
    *server.lies_at.lock().unwrap() = None;
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, deleted: 1, ..NOTHING });
}

#[test]
fn a_folder_that_is_pushed_into_itself_keeps_its_photos() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = (Site::new(), Desk::new());
    desk.settings.deletes = true;
    desk.settings.folder = site.in_zone("in");
    std::fs::create_dir_all(site.in_zone("in")).unwrap();
    std::fs::write(site.in_zone("in/a.jpg"), noise(SIZE, 1)).unwrap();
    let summary = desk.pass(&mut target(&site, &desk));
    assert_eq!((summary.deleted, summary.failed, summary.sent_bytes), (0, 1, 0));
    assert_eq!(std::fs::read(site.in_zone("in/a.jpg")).unwrap(), noise(SIZE, 1));
}

#[test]
fn what_cannot_be_deleted_is_not_sent_in_every_pass() {
    let (desk, server) = scene(&[]);
    // Where it would go to be deleted, there is something else.
    desk.write(".tintype-push", b"");
    let (mut push, mut target) = (desk.push(), server.target());
    let mut pass = || push.pass(&mut target, &mut |_| {}).unwrap();
    assert_eq!(pass(), Summary { failed: 1, ..ONE_SENT });
    assert_eq!(pass(), Summary { known: 1, ..NOTHING });
    std::fs::remove_file(desk.at(".tintype-push")).unwrap();
    assert_eq!(desk.pass(&mut server.target()), Summary { known: 1, deleted: 1, ..NOTHING }, "a new run tries again");
}

#[test]
fn what_a_killed_run_had_aside_goes_as_any_other() {
    let (desk, server) = scene(&[]);
    std::fs::remove_file(desk.at("a.jpg")).unwrap();
    desk.write("2026/.tintype-push/a.jpg", &noise(SIZE, 1));
    assert_eq!(desk.pass(&mut server.target()), Summary { deleted: 1, ..ONE_SENT });
    assert_eq!(std::fs::read_dir(desk.at("2026")).unwrap().count(), 0);
}
