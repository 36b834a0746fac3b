//! What somebody sees of their library, in terms that are the same everywhere: contents instead of ids.

use std::collections::BTreeMap;

use tintype_library::fields::of_whole_asset;
use tintype_library::model::{AssetFilter, Field};
use tintype_library::{Library, LibraryError};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::AssetStatus;

/// Assets seen at a time.
const PAGE: u32 = 1_000;

/// See the module's description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// Fields of each content.
    pub(crate) assets: BTreeMap<String, BTreeMap<&'static str, String>>,
    /// Name, description, order, contents.
    pub(crate) albums: Vec<(String, String, String, Vec<String>)>,
    /// Contents, the one in front first.
    pub(crate) stacks: Vec<Vec<String>>,
}

/// A short name of a content.
pub(crate) fn short(checksum: &Sha1) -> String {
    checksum.to_hex()[..8].to_owned()
}

/// Every asset of a user that is not on its way out.
pub(crate) fn assets(library: &Library, user: UserId) -> Result<Vec<(AssetId, Sha1)>, LibraryError> {
    let filter = AssetFilter { owners: vec![user], ..AssetFilter::default() };
    let found = library.search_by_id(&filter, PAGE)?.into_iter();
    let kept = found.filter(|asset| asset.status != AssetStatus::Deleted);
    Ok(kept.map(|asset| (asset.id, asset.checksum)).collect())
}

/// What a user sees of what is theirs.
pub(crate) fn view(library: &Library, user: UserId) -> Result<View, LibraryError> {
    let mut view = View::default();
    let names: BTreeMap<AssetId, String> =
        assets(library, user)?.into_iter().map(|(id, checksum)| (id, short(&checksum))).collect();
    for (id, name) in &names {
        let values = library.read(|tx| Ok(of_whole_asset(tx, *id)?))?;
        let fields = values.into_iter().filter(|value| value.field != Field::Edits);
        view.assets.insert(name.clone(), fields.map(|value| (value.field.as_str(), value.value)).collect());
    }
    let name = |id: &AssetId| names.get(id).cloned();
    for album in library.read(|tx| Ok(tx.owned_albums(user)?))? {
        let mut inside: Vec<String> =
            library.album_assets(&album)?.iter().filter_map(|asset| name(&asset.id)).collect();
        inside.sort();
        view.albums.push((album.name, album.description, album.order.to_string(), inside));
    }
    view.albums.sort();
    for stack in library.read(|tx| Ok(tx.stacks_of(user, None)?))? {
        let members = library.read(|tx| Ok(tx.stack_assets(&stack)?))?;
        let mut others: Vec<String> =
            members.iter().filter(|asset| asset.id != stack.primary).filter_map(|asset| name(&asset.id)).collect();
        others.sort();
        let shown: Vec<String> = name(&stack.primary).into_iter().chain(others).collect();
        // What was deleted for good leaves its stack when it is cleared away, and that waits as long as a clock was set back.
        if shown.len() > 1 {
            view.stacks.push(shown);
        }
    }
    view.stacks.sort();
    Ok(view)
}

/// Where two views differ, for people.
pub(crate) fn difference(there: &View, here: &View) -> Option<String> {
    let mut lines = Vec::new();
    for name in there.assets.keys().chain(here.assets.keys()) {
        let (a, b) = (there.assets.get(name), here.assets.get(name));
        if a != b {
            lines.push(format!("asset {name}\n  there {a:?}\n  here  {b:?}"));
        }
    }
    if there.albums != here.albums {
        lines.push(format!("albums\n  there {:?}\n  here  {:?}", there.albums, here.albums));
    }
    if there.stacks != here.stacks {
        lines.push(format!("stacks\n  there {:?}\n  here  {:?}", there.stacks, here.stacks));
    }
    lines.dedup();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
