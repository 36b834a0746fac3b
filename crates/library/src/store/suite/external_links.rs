//! What servers show, and what they no longer let anybody here see.

use tintype_protocol::dto::edit::AssetEdit;
use tintype_protocol::id::{EditId, OcrId, StackId, UpdateId};
use tintype_protocol::version::Version;

use super::Subject;
use super::feed::changes;
use super::scene::{NOW, Scene, uuid};
use crate::feed::FeedKind;
use crate::model::{
    Edit, ExternalKind, ExternalLink, LinkKind, NewUpstream, OcrRow, Stack, TextLine, Upstream, UpstreamMode,
};
use crate::store::Ledger;

fn follow(scene: &Scene, number: u8) -> Upstream {
    let new = NewUpstream {
        address: "https://a/api".to_owned(),
        version: Version::CURRENT,
        user_id: scene.user(number),
        external_user_id: uuid(230, number),
        email: format!("{number}@example.org"),
        mode: UpstreamMode::Stream,
    };
    scene.write(move |tx| tx.insert_upstream(&new))
}

/// A link is marked by whoever was shown it last; who looks for what was not shown finds their own marks only, in order.
pub(super) fn links_are_marked(subject: &Subject) {
    let scene = Scene::of(subject);
    let (first, second) = (follow(&scene, 1), follow(&scene, 2));
    let link = |parent, child| ExternalLink::new(LinkKind::AlbumAsset, uuid(200, parent), uuid(100, child));
    let value = ExternalLink::of_key(LinkKind::AssetMetadata, uuid(100, 1), "mobile-app");
    let (by, other, key) = (first.clone(), second.clone(), value.clone());
    scene.write(move |tx| {
        for (parent, child) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            tx.see_link(&by, &link(parent, child))?;
        }
        tx.see_link(&by, &key)?;
        tx.see_link(&other, &link(2, 1))
    });
    let next = Upstream { epoch: 1, ..first.clone() };
    let by = next.clone();
    scene.write(move |tx| tx.see_link(&by, &link(1, 2)));
    let server = first.server_id;
    let shown = |link: &ExternalLink| scene.read(|tx| tx.link_shown(server, link));
    assert_eq!((shown(&link(1, 1)), shown(&link(1, 2))), (Some((first.id, 0)), Some((first.id, 1))));
    assert_eq!((shown(&link(2, 1)), shown(&link(3, 1))), (Some((second.id, 0)), None));
    let unseen = |after: Option<&ExternalLink>, limit| {
        scene.read(|tx| tx.unseen_links(&next, LinkKind::AlbumAsset, after, limit))
    };
    assert_eq!(unseen(None, 9), [link(1, 1), link(2, 2)]);
    assert_eq!((unseen(None, 1), unseen(Some(&link(1, 1)), 9)), (vec![link(1, 1)], vec![link(2, 2)]));
    assert_eq!(scene.read(|tx| tx.seen_link_counts(&next, LinkKind::AlbumAsset)), (3, 2));
    assert_eq!(scene.read(|tx| tx.unseen_links(&next, LinkKind::AssetMetadata, None, 9)), std::slice::from_ref(&value));
    assert_eq!((value.child_key().as_ref(), value.child_name()), ("mobile-app", None));
    scene.write(move |tx| {
        tx.forget_links_of(server, LinkKind::AlbumAsset, uuid(200, 1))?;
        tx.forget_link(server, &link(2, 2))
    });
    assert_eq!((shown(&link(1, 2)), shown(&link(2, 2))), (None, None));
    assert_eq!(shown(&link(2, 1)), Some((second.id, 0)));
}

/// Of an album, what belongs to those who follow the server is nobody else's to lose.
pub(super) fn ended_accesses_are_remembered(subject: &Subject) {
    let scene = Scene::of(subject);
    let upstream = follow(&scene, 1);
    let (ada, ben, server) = (upstream.user_id, scene.user(2), upstream.server_id);
    let (album, mine, theirs) = (scene.album(ada, 9), scene.asset(ada, 1), scene.asset(ben, 2));
    scene.write(move |tx| {
        tx.add_album_asset(album, mine)?;
        tx.add_album_asset(album, theirs)?;
        tx.note_ended_access_to_album(server, album)?;
        tx.note_ended_access(server, ExternalKind::User, ben.0)
    });
    let ended = |kind| scene.read(|tx| tx.ended_accesses(server, kind, 9));
    assert_eq!(ended(ExternalKind::Asset), [(theirs.0, UpdateId::MIN)]);
    let position = scene.read(|tx| tx.last_update_id());
    scene.write(move |tx| tx.move_ended_access(server, ExternalKind::User, ben.0, position));
    assert_eq!(ended(ExternalKind::User), [(ben.0, position)]);
    scene.write(move |tx| tx.note_ended_access(server, ExternalKind::User, ben.0));
    assert_eq!(ended(ExternalKind::User), [(ben.0, UpdateId::MIN)], "it ended again");
    scene.write(move |tx| {
        tx.forget_ended_access(server, ExternalKind::User, ben.0)?;
        tx.forget_ended_access(server, ExternalKind::Asset, theirs.0)
    });
    assert_eq!((ended(ExternalKind::User), ended(ExternalKind::Asset)), (Vec::new(), Vec::new()));
}

/// Stacks, edits and texts that come one by one.
pub(super) fn single_rows_come_and_go(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let (id, other) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let stack = move |primary| Stack { id: StackId(uuid(40, 1)), owner_id: ada, primary };
    let edit = move |number, sequence, angle| Edit {
        id: EditId(uuid(41, number)),
        asset_id: id,
        owner_id: ada,
        sequence,
        edit: AssetEdit::Rotate { angle },
        plain_size: (40, 30),
    };
    scene.write(move |tx| {
        tx.mirror_stack(&stack(id), NOW)?;
        tx.mirror_edit(&edit(1, 0, 90))?;
        tx.mirror_edit(&edit(2, 1, 180))
    });
    let last = scene.read(|tx| tx.last_update_id());
    scene.write(move |tx| {
        tx.mirror_stack(&stack(id), NOW)?;
        tx.mirror_edit(&edit(1, 0, 90))
    });
    let moved = |kind, after| changes(&scene, kind, ada, after).len();
    assert_eq!((moved(FeedKind::Stacks, last), moved(FeedKind::Edits, last)), (0, 0), "nothing differs");
    scene.write(move |tx| {
        tx.mirror_stack(&stack(other), NOW)?;
        tx.mirror_edit(&edit(3, 1, 270))
    });
    assert_eq!((moved(FeedKind::Stacks, last), moved(FeedKind::Edits, last)), (1, 1));
    assert_eq!(moved(FeedKind::EditDeletes, last), 1, "there is one of each number");
    assert_eq!(scene.read(|tx| tx.edits(id)), [edit(1, 0, 90), edit(3, 1, 270)]);
    scene.write(move |tx| tx.delete_edit(&edit(1, 0, 90)));
    assert_eq!(scene.read(|tx| tx.edit(EditId(uuid(41, 1)))), None);

    let text = move |number, text: &str| OcrRow {
        id: OcrId(uuid(42, number)),
        asset_id: id,
        owner_id: ada,
        line: TextLine {
            corners: [(0.0, 0.1); 4],
            box_score: 0.9,
            text_score: 1.0,
            text: text.to_owned(),
            is_visible: true,
        },
    };
    let (gone, kept) = (text(1, "a"), text(2, "b"));
    let rows = [gone.clone(), kept.clone()];
    scene.write(move |tx| rows.iter().try_for_each(|row| tx.insert_ocr_row(row)));
    let last = scene.read(|tx| tx.last_update_id());
    let changed = OcrRow { line: TextLine { text: "c".to_owned(), ..kept.line.clone() }, ..kept };
    let row = changed.clone();
    scene.write(move |tx| {
        tx.update_ocr_row(&row)?;
        tx.delete_ocr_row(&gone)
    });
    assert_eq!(scene.read(|tx| tx.ocr_row(changed.id)), Some(changed));
    assert_eq!((moved(FeedKind::OcrDeletes, last), moved(FeedKind::Ocr, last)), (1, 1), "what is left comes behind it");

    // What stands for a content, of the same owner, whichever was made of the other.
    assert!(!scene.read(|tx| tx.has_derivations()));
    let sha1 = |number| tintype_protocol::checksum::Sha1([number; 20]);
    scene.write(move |tx| {
        for (original, derived) in [(1, 91), (92, 2)] {
            let (original, derived, recipe) = (sha1(original), sha1(derived), "r".to_owned());
            tx.note(&Ledger::Derivation { original, derived, recipe, lossless: true })?;
        }
        Ok(())
    });
    assert!(scene.read(|tx| tx.has_derivations()));
    let found = |owner, number| scene.read(|tx| tx.asset_by_derivation(owner, &sha1(number)));
    assert_eq!((found(ada, 91), found(ada, 92), found(ada, 1)), (Some(id), Some(other), None));
    assert_eq!(found(ben, 91), None);
    // What a content was made of, where that is one content, and the sizes are known.
    let made_of = |number| scene.read(|tx| tx.made_of(&sha1(number))).map(|(original, form)| (original, form.sha1));
    assert_eq!(made_of(91), None, "how long it is, is not known");
    scene.write(move |tx| {
        tx.note(&Ledger::Content { sha1: sha1(91), size_bytes: 5, media_type: "image/jxl".to_owned() })?;
        tx.note(&Ledger::Content { sha1: sha1(2), size_bytes: 6, media_type: "image/jxl".to_owned() })
    });
    assert_eq!((made_of(91), made_of(2), made_of(1)), (Some((sha1(1), sha1(91))), Some((sha1(92), sha1(2))), None));
    scene.write(move |tx| {
        let recipe = "r".to_owned();
        tx.note(&Ledger::Derivation { original: sha1(3), derived: sha1(91), recipe, lossless: true })
    });
    assert_eq!(made_of(91), None, "of two");
}
