//! Both sides beside each other: for each photo, which files of it are there or gone, and what the library has of it. A
//! function of rows.

use std::collections::{HashMap, HashSet};

use smallvec::SmallVec;
use tintype_library::folders::Holdings;
use tintype_library::model::{DeletedContent, FolderFile, Holding};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::Timestamp;

use crate::identity::Identity;
use crate::plan::Evidence;

/// Hardly ever more than two: a list of its own for each of 100,000 photos would cost more than what is in it.
pub type Few<T> = SmallVec<[T; 2]>;

/// One photo, on both sides.
#[derive(Debug, Default)]
pub struct Photo<'a> {
    /// Files that are there.
    pub there: Few<&'a FolderFile>,
    /// Files that are gone.
    pub gone: Few<&'a FolderFile>,
    /// Assets outside the trash.
    pub active: Few<&'a Holding>,
    /// Assets in the trash.
    pub trashed: Few<&'a Holding>,
    /// That somebody deleted it on purpose, for good.
    pub deleted: Option<&'a DeletedContent>,
    /// The still of which it is the motion part, where that is in the trash and none is outside.
    pub still: Option<&'a Holding>,
}

impl<'a> Photo<'a> {
    /// The asset that stands for it.
    pub fn asset(&self) -> Option<&'a Holding> {
        self.active.first().or(self.trashed.first()).copied()
    }

    /// Whether the library was ever found to have it.
    pub fn was_agreed(&self) -> bool {
        self.rows().any(|row| row.agreed_since.is_some())
    }

    fn rows(&self) -> impl Iterator<Item = &&'a FolderFile> {
        self.there.iter().chain(&self.gone)
    }
}

/// A folder beside this one that has photos of the same owner, or is to have them.
#[derive(Debug, Clone, Default)]
pub struct OtherFolder {
    /// Where it is.
    pub path: String,
    /// Contents of the files in it.
    pub contents: HashSet<Sha1>,
    /// Assets that come down into it by its album.
    pub wanted: HashSet<AssetId>,
}

/// What the sides are made of.
#[derive(Debug, Default)]
pub struct Material<'a> {
    /// Rows of the folder's files.
    pub rows: &'a [FolderFile],
    /// Contents of files that are left out.
    pub left_out: Option<&'a HashSet<Sha1>>,
    /// Files that are gone from where another file system is mounted now.
    pub covered: Option<&'a HashSet<i64>>,
    /// All that the library holds.
    pub holdings: Option<&'a Holdings>,
    /// The assets that come down, if not all.
    pub scope: Option<&'a HashSet<AssetId>>,
    /// The other folders of this owner.
    pub others: &'a [OtherFolder],
    /// What users are called.
    pub people: Option<&'a HashMap<UserId, String>>,
    /// When the folder was first compared with the library: what was in it then may have been there for long.
    pub baseline: Option<Timestamp>,
}

/// Both sides.
#[derive(Debug)]
pub struct Sides<'a> {
    /// Every photo that either side knows, in an order that does not change.
    pub photos: Vec<Photo<'a>>,
    /// Where each asset is among them.
    pub photo_of_asset: HashMap<AssetId, usize>,
    /// Which contents are one.
    pub identity: &'a Identity,
    /// The assets that come down, if not all.
    pub scope: Option<&'a HashSet<AssetId>>,
    /// Files that are gone from where another file system is mounted now.
    covered: Option<&'a HashSet<i64>>,
    /// Photos in a part of the folder that is left out, by their roots.
    left_out: HashSet<Sha1>,
    /// Places of files that are there, and were another file's.
    taken: HashSet<&'a [u8]>,
    /// When they were first compared.
    baseline: Option<Timestamp>,
    others: Vec<(&'a str, HashSet<Sha1>, &'a HashSet<AssetId>)>,
    people: Option<&'a HashMap<UserId, String>>,
    files_known: usize,
}

/// Puts them beside each other. Files of external libraries are not the library's own: they do not count as held.
pub fn diff<'a>(identity: &'a Identity, material: &Material<'a>) -> Sides<'a> {
    let holdings = material.holdings.map_or(&[][..], |holdings| &holdings.assets);
    // At least so many: a list that grows takes half as much again.
    let most = material.rows.len().max(holdings.len());
    let mut places: HashMap<Sha1, usize> = HashMap::with_capacity(most);
    let mut photos: Vec<Photo<'a>> = Vec::with_capacity(most);
    let mut photo_of_asset = HashMap::with_capacity(holdings.len());
    let mut place = |photos: &mut Vec<Photo<'a>>, sha1: Sha1| {
        *places.entry(identity.root(sha1)).or_insert_with(|| {
            photos.push(Photo::default());
            photos.len() - 1
        })
    };
    for row in material.rows {
        let at = place(&mut photos, row.sha1);
        let list = if row.is_present() { &mut photos[at].there } else { &mut photos[at].gone };
        list.push(row);
    }
    for holding in holdings {
        if holding.library.is_some() || holding.status == AssetStatus::Deleted {
            continue;
        }
        let at = place(&mut photos, holding.sha1);
        photo_of_asset.insert(holding.asset, at);
        let is_active = holding.status == AssetStatus::Active;
        let list = if is_active { &mut photos[at].active } else { &mut photos[at].trashed };
        list.push(holding);
    }
    for deleted in material.holdings.map_or(&[][..], |holdings| &holdings.deleted) {
        // Of what neither side has, nothing is to be said.
        if let Some(at) = places.get(&identity.root(deleted.sha1)) {
            photos[*at].deleted.get_or_insert(deleted);
        }
    }
    for (motion, still) in stills_in_trash(material) {
        if let Some(at) = photo_of_asset.get(&motion) {
            photos[*at].still = Some(still);
        }
    }
    for photo in &mut photos {
        photo.there.sort_by(|a, b| a.path.cmp(&b.path));
        // Of several that are gone, the last one says since when the photo is.
        photo.gone.sort_by(|a, b| (b.absent_since, &a.path).cmp(&(a.absent_since, &b.path)));
        // Of alike ones, that which comes down stands for the photo.
        let is_in_scope = |asset| material.scope.is_none_or(|scope| scope.contains(&asset));
        photo.active.sort_by_key(|holding| (!is_in_scope(holding.asset), holding.asset));
        photo.trashed.sort_by_key(|holding| holding.asset);
    }
    let files_known = material.rows.iter().filter(|row| row.is_present()).count();
    let others = material.others.iter().map(|other| {
        let roots = other.contents.iter().map(|sha1| identity.root(*sha1)).collect();
        (other.path.as_str(), roots, &other.wanted)
    });
    let (others, people) = (others.collect(), material.people);
    let (scope, baseline, covered) = (material.scope, material.baseline, material.covered);
    let left_out = material.left_out.into_iter().flatten().map(|sha1| identity.root(*sha1)).collect();
    let taken = taken(material.rows);
    Sides { photos, photo_of_asset, identity, scope, covered, left_out, taken, baseline, others, people, files_known }
}

/// Places that another content took, and where a file is now.
fn taken(rows: &[FolderFile]) -> HashSet<&[u8]> {
    let places: HashSet<&[u8]> =
        rows.iter().filter(|row| row.replaced_by.is_some()).map(|row| row.path.as_slice()).collect();
    if places.is_empty() {
        return places;
    }
    let there = rows.iter().filter(|row| row.is_present()).map(|row| row.path.as_slice());
    there.filter(|path| places.contains(path)).collect()
}

/// Motion parts of which every still is in the trash, with one of those.
fn stills_in_trash<'a>(material: &Material<'a>) -> HashMap<AssetId, &'a Holding> {
    let holdings = material.holdings.map_or(&[][..], |holdings| &holdings.assets);
    let of = |status| {
        let stills = holdings.iter().filter(move |still| still.status == status);
        stills.filter_map(|still| Some((still.motion?, still)))
    };
    let mut stills: HashMap<AssetId, &Holding> = of(AssetStatus::Trashed).collect();
    let shown: HashSet<AssetId> = of(AssetStatus::Active).map(|(motion, _)| motion).collect();
    stills.retain(|motion, _| !shown.contains(motion));
    stills
}

/// The same for a folder whose files stay in place: each file is a photo of its own, and what the library has of it is the
/// asset that it is.
pub fn diff_in_place<'a>(identity: &'a Identity, material: &Material<'a>, library: LibraryId) -> Sides<'a> {
    let holdings = material.holdings.map_or(&[][..], |holdings| &holdings.assets);
    let of_it = holdings.iter().filter(|asset| asset.library == Some(library) && asset.status != AssetStatus::Deleted);
    let assets: HashMap<AssetId, &Holding> = of_it.map(|asset| (asset.asset, asset)).collect();
    let mut photo_of_asset = HashMap::new();
    let mut rows: Vec<&FolderFile> = material.rows.iter().collect();
    rows.sort_by(|a, b| (&a.path, a.id).cmp(&(&b.path, b.id)));
    let photos = rows.into_iter().enumerate().map(|(at, row)| {
        let mut photo = Photo::default();
        let list = if row.is_present() { &mut photo.there } else { &mut photo.gone };
        list.push(row);
        if let Some(asset) = row.indexed.and_then(|indexed| assets.get(&indexed.asset)) {
            photo_of_asset.insert(asset.asset, at);
            let list = if asset.status == AssetStatus::Active { &mut photo.active } else { &mut photo.trashed };
            list.push(asset);
        }
        photo
    });
    let photos = photos.collect();
    let files_known = material.rows.iter().filter(|row| row.is_present()).count();
    let (people, baseline, covered) = (material.people, material.baseline, material.covered);
    let (left_out, taken, others) = (HashSet::new(), HashSet::new(), Vec::new());
    let scope = None;
    Sides { photos, photo_of_asset, identity, scope, covered, left_out, taken, baseline, others, people, files_known }
}

impl Sides<'_> {
    /// How many files are in the folder.
    pub fn files_known(&self) -> usize {
        self.files_known
    }

    /// Whether a file came into the folder after `at`. Of what was there from the beginning, nobody knows since when.
    pub fn came_after(&self, row: &FolderFile, at: Timestamp) -> bool {
        row.first_seen > at && self.baseline.is_some_and(|baseline| row.first_seen > baseline)
    }

    /// Whether an asset is among those that come down.
    pub fn is_in_scope(&self, asset: AssetId) -> bool {
        self.scope.is_none_or(|scope| scope.contains(&asset))
    }

    /// Whether a file that is gone may lie below what is mounted there.
    pub fn is_covered(&self, row: &FolderFile) -> bool {
        self.covered.is_some_and(|covered| covered.contains(&row.id))
    }

    /// Whether nothing lies any more where a file was.
    pub fn is_free(&self, row: &FolderFile) -> bool {
        !self.taken.contains(row.path.as_slice())
    }

    /// Whether a photo was in the folder where nobody looks any more.
    pub fn is_left_out(&self, sha1: Sha1) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&self.identity.root(sha1))
    }

    /// Another folder that has a photo, or is to have it.
    pub fn other_holder(&self, sha1: Sha1, asset: Option<AssetId>) -> Option<&str> {
        let root = self.identity.root(sha1);
        let is_held = |(_, contents, wanted): &&(&str, HashSet<Sha1>, &HashSet<AssetId>)| {
            contents.contains(&root) || asset.is_some_and(|asset| wanted.contains(&asset))
        };
        self.others.iter().find(is_held).map(|(path, ..)| *path)
    }

    /// What a user is called.
    pub fn name_of(&self, user: UserId) -> String {
        let name = self.people.and_then(|people| people.get(&user)).cloned();
        name.unwrap_or_else(|| "somebody whose account is gone".to_owned())
    }

    /// What is known about a photo.
    pub fn evidence(&self, photo: &Photo<'_>) -> Evidence {
        let row = photo.there.first().or(photo.gone.first());
        Evidence {
            in_folder_since: row.map(|row| row.first_seen),
            last_in_folder: row.and_then(|row| row.last_seen),
            gone_from_folder_since: row.and_then(|row| row.absent_since),
            agreed_since: row.and_then(|row| row.agreed_since),
            last_in_library: row.and_then(|row| row.held_last),
            gone_from_library_since: row.and_then(|row| row.unheld_since),
            in_trash_since: photo.trashed.first().copied().or(photo.still).and_then(|holding| holding.deleted_at),
            deleted_at: photo.deleted.map(|deleted| deleted.at),
            deleted_by: photo.deleted.map(|deleted| self.name_of(deleted.by)),
        }
    }
}
