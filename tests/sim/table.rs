//! What becomes of changes on both sides, line by line of the table in `docs/sync-engine.md`.

use tintype_library::albums::AlbumChange;
use tintype_library::assets::AssetChange;
use tintype_library::model::Field;
use tintype_library::sessions::Caller;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::{AlbumId, AssetId};
use tintype_protocol::model::SortOrder;

use crate::view::{View, assets, view};
use crate::world::{Outcome, World};

/// One side: a photo that both have, in an album that both have.
struct Side<'s> {
    library: &'s Library,
    caller: Caller,
    asset: AssetId,
    album: AlbumId,
}

type Deed = fn(&Side<'_>) -> Result<(), LibraryError>;

impl Side<'_> {
    fn change(&self, change: AssetChange) -> Result<(), LibraryError> {
        self.library.update_asset(&self.caller, self.asset, change).map(|_| ())
    }

    fn name_album(&self, name: &str) -> Result<(), LibraryError> {
        let change = AlbumChange { name: Some(name.to_owned()), ..AlbumChange::default() };
        self.library.update_album(&self.caller, self.album, change).map(|_| ())
    }
}

fn nothing(_: &Side<'_>) -> Result<(), LibraryError> {
    Ok(())
}

fn say_mine(side: &Side<'_>) -> Result<(), LibraryError> {
    side.change(AssetChange { description: Some("mine".to_owned()), ..AssetChange::default() })
}

fn say_theirs(side: &Side<'_>) -> Result<(), LibraryError> {
    side.change(AssetChange { description: Some("theirs".to_owned()), ..AssetChange::default() })
}

fn rate(side: &Side<'_>) -> Result<(), LibraryError> {
    side.change(AssetChange { rating: Some(Some(3)), ..AssetChange::default() })
}

fn trash(side: &Side<'_>) -> Result<(), LibraryError> {
    side.library.delete_assets(&side.caller, &[side.asset], false)
}

fn trash_and_restore(side: &Side<'_>) -> Result<(), LibraryError> {
    trash(side)?;
    side.library.restore_assets(&side.caller, &[side.asset]).map(|_| ())
}

fn delete(side: &Side<'_>) -> Result<(), LibraryError> {
    side.library.delete_assets(&side.caller, &[side.asset], true)
}

fn name_mine(side: &Side<'_>) -> Result<(), LibraryError> {
    side.name_album("mine")
}

fn name_theirs(side: &Side<'_>) -> Result<(), LibraryError> {
    side.name_album("theirs")
}

fn delete_album(side: &Side<'_>) -> Result<(), LibraryError> {
    side.library.delete_album(&side.caller, side.album)
}

fn take_out(side: &Side<'_>) -> Result<(), LibraryError> {
    side.library.remove_album_assets(&side.caller, side.album, vec![side.asset]).map(|_| ())
}

fn take_out_and_put_in(side: &Side<'_>) -> Result<(), LibraryError> {
    take_out(side)?;
    side.library.add_album_assets(&side.caller, side.album, vec![side.asset]).map(|_| ())
}

/// What is to be afterwards, of what both sides see.
#[derive(Debug, Clone, Copy)]
enum After {
    /// The photo is in the album; these are its description and its rating.
    Says(&'static str, &'static str),
    Trashed(&'static str),
    Gone,
    /// The album is called so.
    Album(&'static str),
    NoAlbum,
    /// The album is empty.
    Out,
}

impl After {
    fn holds(self, view: &View) -> bool {
        let field = |name: &str| view.assets.values().next().and_then(|fields| fields.get(name)).cloned();
        let is = |name: &str, value: &str| field(name).as_deref() == Some(value);
        match self {
            Self::Says(description, rating) => {
                is("description", &format!("\"{description}\"")) && is("rating", rating) && is("life", "\"active\"")
            }
            Self::Trashed(description) => is("life", "\"trashed\"") && is("description", &format!("\"{description}\"")),
            Self::Gone => view.assets.is_empty(),
            Self::Album(name) => view.albums.len() == 1 && view.albums[0].0 == name && view.albums[0].3.len() == 1,
            Self::NoAlbum => view.albums.is_empty() && !view.assets.is_empty(),
            Self::Out => view.albums.len() == 1 && view.albums[0].3.is_empty(),
        }
    }
}

/// Here, there, afterwards, and the fields in conflict.
const TABLE: &[(Deed, Deed, After, &[Field])] = &[
    (say_mine, nothing, After::Says("mine", "null"), &[]),
    (nothing, say_theirs, After::Says("theirs", "null"), &[]),
    (say_mine, say_theirs, After::Says("mine", "null"), &[Field::Description]),
    (say_mine, say_mine, After::Says("mine", "null"), &[]),
    (say_mine, rate, After::Says("mine", "3"), &[]),
    (say_mine, delete, After::Gone, &[Field::Description]),
    (trash, nothing, After::Trashed(""), &[]),
    (nothing, trash, After::Trashed(""), &[]),
    (trash, say_theirs, After::Trashed("theirs"), &[]),
    (trash, trash, After::Trashed(""), &[]),
    (trash, trash_and_restore, After::Trashed(""), &[]),
    (trash_and_restore, nothing, After::Says("", "null"), &[]),
    (say_mine, trash, After::Trashed("mine"), &[]),
    (delete, nothing, After::Gone, &[]),
    (nothing, delete, After::Gone, &[]),
    (delete, say_theirs, After::Gone, &[]),
    (delete, delete, After::Gone, &[]),
    (trash, delete, After::Gone, &[]),
    (name_mine, nothing, After::Album("mine"), &[]),
    (name_mine, name_theirs, After::Album("mine"), &[Field::Name]),
    (name_mine, delete_album, After::NoAlbum, &[Field::Name]),
    (delete_album, name_theirs, After::NoAlbum, &[]),
    (delete_album, delete_album, After::NoAlbum, &[]),
    (take_out, nothing, After::Out, &[]),
    (nothing, take_out, After::Out, &[]),
    (take_out, take_out, After::Out, &[]),
    (take_out_and_put_in, nothing, After::Album("album"), &[]),
    (take_out, delete_album, After::NoAlbum, &[]),
];

/// What happens between the deeds and the sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    /// The upstream wants to show everything again.
    Reset,
    /// The upstream was away when the node wanted to tell it.
    Away,
}

fn live(line: usize, between: Between, is_original_here: bool) -> Outcome<()> {
    let (here, there, after, conflicts) = TABLE[line];
    let text = |error: LibraryError| error.to_string();
    let mut world = World::with_nodes(u64::try_from(line).expect("few lines"), 1);
    let (asset, asset_there, album, album_there) = world.share_a_photo(is_original_here)?;
    if matches!(after, After::Gone) {
        let known = assets(&world.upstream.library, world.people[0]).map_err(text)?;
        world.doomed.extend(known.into_iter().map(|(_, content)| content));
    }
    let node = &world.nodes[0];
    let caller = |library: &Library, user| library.user(user).map_err(text)?.map(Caller::of).ok_or("nobody".to_owned());
    here(&Side { library: &node.place.library, caller: caller(&node.place.library, node.user)?, asset, album })
        .map_err(text)?;
    let upstream = &world.upstream.library;
    there(&Side {
        library: upstream,
        caller: caller(upstream, node.user_there)?,
        asset: asset_there,
        album: album_there,
    })
    .map_err(text)?;
    match between {
        Between::Nothing => {}
        Between::Reset => world.reset_all(),
        Between::Away => {
            node.network.set_trouble(1_000);
            let _ = node.sync();
        }
    }
    world.settle()?;
    let node = &world.nodes[0];
    let (seen_there, mut seen_here) = (
        view(&world.upstream.library, node.user_there).map_err(text)?,
        view(&node.place.library, node.user).map_err(text)?,
    );
    if matches!(after, After::Gone) {
        seen_here.assets.retain(|_, fields| fields.get("life").is_none_or(|life| life != "\"trashed\""));
    }
    let id = node.upstream().map_err(text)?.id;
    let kept: Vec<Field> =
        node.place.library.conflicts(id).map_err(text)?.iter().map(|conflict| conflict.field).collect();
    if !after.holds(&seen_there) || !after.holds(&seen_here) || kept != conflicts {
        return Err(format!("not {after:?} {conflicts:?}: there {seen_there:#?}\nhere {seen_here:#?}\n{kept:?}"));
    }
    Ok(())
}

/// Album of the table.
pub(crate) const ALBUM: &str = "album";

impl World {
    /// A photo in an album, known to both sides: its names here and there, and the album's.
    fn share_a_photo(&mut self, is_original_here: bool) -> Outcome<(AssetId, AssetId, AlbumId, AlbumId)> {
        let text = |error: LibraryError| error.to_string();
        let (library, user) = if is_original_here {
            (self.nodes[0].place.library.clone(), self.nodes[0].user)
        } else {
            (self.upstream.library.clone(), self.nodes[0].user_there)
        };
        let asset = self.add_picture(&library, user).map_err(text)?;
        let caller = library.user(user).map_err(text)?.map(Caller::of).ok_or("nobody")?;
        let (name, none) = (ALBUM.to_owned(), Vec::new());
        library.create_album(&caller, name, String::new(), SortOrder::Descending, vec![asset], none).map_err(text)?;
        self.settle()?;
        let only = |library: &Library, user| -> Outcome<(AssetId, AlbumId)> {
            let found = library.read(|tx| Ok(tx.owned_albums(user)?)).map_err(text)?;
            let album = found.first().ok_or("no album")?;
            let inside = library.album_assets(album).map_err(text)?;
            Ok((inside.first().ok_or("an empty album")?.id, album.id))
        };
        let node = &self.nodes[0];
        let (asset, album) = only(&node.place.library, node.user)?;
        let (asset_there, album_there) = only(&self.upstream.library, node.user_there)?;
        Ok((asset, asset_there, album, album_there))
    }
}

#[test]
fn of_every_pair_of_changes_becomes_what_is_written_down() {
    let mut wrong = Vec::new();
    for line in 0..TABLE.len() {
        for between in [Between::Nothing, Between::Reset, Between::Away] {
            for is_original_here in [false, true] {
                if let Err(problem) = live(line, between, is_original_here) {
                    wrong.push(format!("line {line}, {between:?}, original here: {is_original_here}: {problem}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
