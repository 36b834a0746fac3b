//! Made-up rows for benches and tests: a library of any size, without files, the same for the same seed.

mod people;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AssetType, SortOrder, Visibility};
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::clock::{Entropy, SeededEntropy};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Exif, NewAlbum, NewAsset};
use crate::store::{Durability, Write};
use crate::users::NewUser;

/// How much of everything.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Amounts {
    pub assets: u64,
    /// Each with about a hundred of the assets.
    pub albums: u64,
    pub people: u64,
    /// On any of the assets, of any of the people.
    pub faces: u64,
    /// Beside the owner.
    pub users: u64,
}

/// Rows written in one transaction.
const BATCH: u64 = 5_000;
/// Links of one album.
const ALBUM_LINKS: u64 = 100;
/// Numbers of assets that are added later begin at multiples of this, so that their paths are new.
const FIRST_OF_MORE: u64 = 10_000_000;
/// Pictures are spread over this many days before 1 January 2026.
const SPAN_DAYS: u64 = 20 * 365;
/// One asset in this many is a video.
const VIDEO_EVERY: u64 = 20;
/// Cameras, lenses and places that take turns.
const CAMERAS: [(&str, &str, &str); 4] = [
    ("Canon", "Canon EOS R6", "RF24-105mm F4 L IS USM"),
    ("Apple", "iPhone 15 Pro", "iPhone 15 Pro back triple camera 6.86mm f/1.78"),
    ("Google", "Pixel 9", "Pixel 9 back camera 6.9mm f/1.68"),
    ("SONY", "ILCE-7M4", "FE 35mm F1.8"),
];
const PLACES: [(&str, &str, &str, f64, f64); 4] = [
    ("Rostock", "Mecklenburg-Vorpommern", "Germany", 54.0887, 12.1405),
    ("Lisbon", "Lisbon", "Portugal", 38.7167, -9.1333),
    ("Kyoto", "Kyoto", "Japan", 35.0211, 135.7538),
    ("Boulder", "Colorado", "United States", 40.015, -105.2705),
];

/// Random numbers from a seed.
struct Dice(SeededEntropy);

impl Dice {
    fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn below(&self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    fn id(&self) -> uuid::Uuid {
        crate::clock::random_uuid(&self.0)
    }
}

/// Adds assets to a library that was filled before; another seed must be given each time.
pub fn fill_more(library: &Library, owner: UserId, amounts: Amounts, seed: u64) -> Result<(), LibraryError> {
    let first = seed * FIRST_OF_MORE;
    library.write(Durability::Relaxed, move |tx| {
        let dice = Dice(SeededEntropy::new(seed ^ 0x6d6f_7265));
        (first..first + amounts.assets).try_for_each(|index| add_asset(tx, owner, index, &dice).map(drop))
    })
}

/// Fills a library that has no assets yet.
pub fn fill(library: &Library, owner: UserId, amounts: Amounts, seed: u64) -> Result<(), LibraryError> {
    for index in 0..amounts.users {
        library.create_user(&NewUser {
            email: format!("user{index}@tintype.local"),
            name: format!("User {index}"),
            password: format!("password-{index}"),
            ..NewUser::default()
        })?;
    }
    let mut ids: Vec<AssetId> = Vec::new();
    let mut made = 0;
    while made < amounts.assets {
        let count = BATCH.min(amounts.assets - made);
        let from = made;
        let batch = library.write(Durability::Relaxed, move |tx| {
            let dice = Dice(SeededEntropy::new(seed.wrapping_mul(1_000_003).wrapping_add(from)));
            (from..from + count).map(|index| add_asset(tx, owner, index, &dice)).collect::<Result<Vec<_>, _>>()
        })?;
        if amounts.albums > 0 || amounts.faces > 0 {
            ids.extend(batch);
        }
        made += count;
    }
    let dice = Dice(SeededEntropy::new(seed ^ 0x616c_6275_6d73));
    for index in 0..amounts.albums {
        let links: Vec<AssetId> = match ids.len() as u64 {
            0 => Vec::new(),
            known => (0..ALBUM_LINKS).map(|_| ids[dice.below(known) as usize]).collect(),
        };
        let id = AlbumId(dice.id());
        library.write(Durability::Relaxed, move |tx| add_album(tx, owner, id, index, &links))?;
    }
    people::fill(library, owner, amounts, &ids, seed)
}

fn add_album(
    tx: &mut dyn Write,
    owner: UserId,
    id: AlbumId,
    index: u64,
    links: &[AssetId],
) -> Result<(), LibraryError> {
    tx.insert_album(&NewAlbum {
        id,
        owner_id: owner,
        name: format!("Album {index}"),
        description: String::new(),
        order: SortOrder::Descending,
    })?;
    for asset in links {
        tx.add_album_asset(id, *asset)?;
    }
    if let (Some(cover), Some(mut album)) = (links.first(), tx.album(id)?) {
        album.thumbnail_asset_id = Some(*cover);
        tx.update_album(&album)?;
    }
    Ok(())
}

fn add_asset(tx: &mut dyn Write, owner: UserId, index: u64, dice: &Dice) -> Result<AssetId, LibraryError> {
    let is_video = index % VIDEO_EVERY == VIDEO_EVERY - 1;
    let taken = Timestamp(tx.now().0 - (dice.below(SPAN_DAYS) as i64) * DAY_MS - (dice.below(DAY_MS as u64) as i64));
    let mut digest = [0; 20];
    dice.0.fill(&mut digest);
    let extension = if is_video { "mp4" } else { "jpg" };
    let id = AssetId(dice.id());
    let size_bytes = 1_000_000 + dice.below(6_000_000) as i64;
    tx.insert_asset(&NewAsset {
        id,
        owner_id: owner,
        checksum: Sha1(digest),
        asset_type: if is_video { AssetType::Video } else { AssetType::Image },
        device_asset_id: format!("synthetic-{index}"),
        device_id: "synthetic".to_owned(),
        original_name: format!("IMG_{index:07}.{extension}"),
        original_path: format!("synthetic/{index:07}.{extension}"),
        sidecar_path: None,
        media_type: if is_video { "video/mp4" } else { "image/jpeg" }.to_owned(),
        size_bytes,
        file_created_at: taken,
        file_modified_at: taken,
        duration_ms: is_video.then(|| 1_000 + dice.below(60_000)),
        is_favorite: dice.below(50) == 0,
        visibility: if dice.below(100) == 0 { Visibility::Archive } else { Visibility::Timeline },
        live_photo_video_id: None,
    })?;
    let (width, height) = if dice.below(3) == 0 { (3_000, 4_000) } else { (4_000, 3_000) };
    if let Some(mut asset) = tx.asset(id)? {
        let mut hash = vec![0; 24];
        dice.0.fill(&mut hash);
        asset.thumbhash = Some(hash);
        (asset.width, asset.height) = (Some(width), Some(height));
        asset.local_date_time = Timestamp(taken.0 + 7_200_000);
        tx.update_asset(&asset)?;
    }
    tx.update_exif(id, &exif(dice, taken, size_bytes, width, height))?;
    Ok(id)
}

fn exif(dice: &Dice, taken: Timestamp, size_bytes: i64, width: u32, height: u32) -> Exif {
    let (make, model, lens) = CAMERAS[dice.below(CAMERAS.len() as u64) as usize];
    let (city, state, country, latitude, longitude) = PLACES[dice.below(PLACES.len() as u64) as usize];
    let has_place = dice.below(2) == 0;
    let placed = |text: &str| has_place.then(|| text.to_owned());
    Exif {
        image_width: Some(width),
        image_height: Some(height),
        file_size_bytes: Some(size_bytes),
        orientation: Some(1),
        date_time_original: Some(taken),
        modify_date: Some(taken),
        time_zone: Some("UTC+2".to_owned()),
        latitude: has_place.then(|| latitude + dice.below(1_000) as f64 / 10_000.0),
        longitude: has_place.then(|| longitude + dice.below(1_000) as f64 / 10_000.0),
        city: placed(city),
        state: placed(state),
        country: placed(country),
        make: Some(make.to_owned()),
        model: Some(model.to_owned()),
        lens_model: Some(lens.to_owned()),
        f_number: Some(1.8 + dice.below(80) as f64 / 10.0),
        focal_length: Some(24.0 + dice.below(80) as f64),
        iso: Some(100 << dice.below(6)),
        exposure_time: Some(format!("1/{}", 30 << dice.below(6))),
        ..Exif::default()
    }
}
