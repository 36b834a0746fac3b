//! Names that are taken at an SFTP server: what lies there stays.

use tintype_ingest::push::Summary;

use crate::desk::Desk;
use crate::http::NOTHING;
use crate::sftp::{is_ready, target};
use crate::site::{Site, noise};

const SIZE: usize = 100_000;
const NAME: &str = "DCIM/IMG_1.JPG";
const ONE_SENT: Summary = Summary { sent: 1, sent_bytes: SIZE as u64, ..NOTHING };

/// A server and a card with a photo, which is to be deleted.
fn scene() -> (Site, Desk) {
    let (site, mut desk) = (Site::new(), Desk::new());
    desk.settings.deletes = true;
    desk.write(NAME, &noise(SIZE, 1));
    (site, desk)
}

fn there(site: &Site, name: &str) -> Vec<u8> {
    std::fs::read(site.in_zone("in/DCIM").join(name)).unwrap()
}

#[test]
fn two_cards_with_the_same_name_both_arrive() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = scene();
    assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { deleted: 1, ..ONE_SENT });
    for (card, shorter) in [("b", 0), ("c", 10)] {
        desk.change_folder(card);
        desk.write(NAME, &noise(SIZE - shorter, shorter as u64 + 2));
        let summary = desk.pass(&mut target(&site, &desk));
        assert_eq!((summary.sent, summary.deleted), (1, 1), "{card}");
    }
    assert_eq!(
        ["IMG_1.JPG", "IMG_1+1.JPG", "IMG_1+2.JPG"].map(|name| there(&site, name)),
        [noise(SIZE, 1), noise(SIZE, 2), noise(SIZE - 10, 12)]
    );
    assert_eq!(site.names().len(), 5, "{:?}", site.names());
}

#[test]
fn what_lies_there_already_is_not_sent_again() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = scene();
    desk.settings.deletes = false;
    assert_eq!(desk.pass(&mut target(&site, &desk)), ONE_SENT);
    desk.change_folder("b");
    desk.write(NAME, &noise(SIZE, 1));
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { sent_bytes: 0, deleted: 1, ..ONE_SENT });
    assert_eq!(site.names(), ["in", "in/DCIM", "in/DCIM/IMG_1.JPG"]);
}

#[test]
fn a_new_version_leaves_the_old_one_there() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = scene();
    desk.settings.deletes = false;
    for seed in 1..4 {
        desk.write(NAME, &noise(SIZE, seed));
        assert_eq!(desk.pass(&mut target(&site, &desk)), ONE_SENT);
    }
    assert_eq!(
        ["IMG_1.JPG", "IMG_1+1.JPG", "IMG_1+2.JPG"].map(|name| there(&site, name)),
        [1, 2, 3].map(|seed| noise(SIZE, seed))
    );
}

#[test]
fn a_name_that_is_taken_while_a_file_is_sent_stays_who_has_it() {
    if !is_ready() {
        return;
    }
    for (other, name, count) in [(2, "IMG_1+1.JPG", 4), (1, "IMG_1.JPG", 3)] {
        let (site, desk) = scene();
        let place = site.in_zone("in").join(NAME);
        let appears = Box::new(move || std::fs::write(place, noise(SIZE, other)).unwrap());
        *desk.time.sending.lock().unwrap() = Some((3, appears));
        assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { deleted: 1, ..ONE_SENT });
        assert!(desk.time.sending.lock().unwrap().is_none(), "it happened");
        assert_eq!([there(&site, "IMG_1.JPG"), there(&site, name)], [noise(SIZE, other), noise(SIZE, 1)]);
        assert_eq!(site.names().len(), count, "{:?}", site.names());
    }
}

#[test]
fn a_folder_of_that_name_is_in_nobodys_way() {
    if !is_ready() {
        return;
    }
    let (site, desk) = scene();
    std::fs::create_dir_all(site.in_zone("in").join(NAME)).unwrap();
    assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { deleted: 1, ..ONE_SENT });
    assert_eq!(there(&site, "IMG_1+1.JPG"), noise(SIZE, 1));
}
