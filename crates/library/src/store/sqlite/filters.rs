//! From conditions to SQL. Values always travel as parameters.

use rusqlite::types::Value;
use tintype_protocol::id::{PersonId, TagId, UserId};
use tintype_protocol::time::Timestamp;

use super::faces::SHOWN;
use super::value::fold;
use crate::model::{AssetFilter, BucketFilter, Match};

/// A condition under construction: the text behind `WHERE` and its parameters.
#[derive(Debug, Default)]
pub(super) struct Condition {
    parts: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Condition {
    /// The text behind `WHERE`.
    pub(super) fn sql(&self) -> String {
        if self.parts.is_empty() { "1".to_owned() } else { self.parts.join(" AND ") }
    }

    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn plain(&mut self, sql: &str) {
        self.parts.push(sql.to_owned());
    }

    /// `sql` with `{}` standing for the value.
    fn with(&mut self, sql: &str, value: impl Into<Value>) {
        let name = self.value(value);
        self.parts.push(sql.replace("{}", &name));
    }

    /// Any of the values; of no values: whatever it is.
    fn any_of<V: Into<Value>>(&mut self, column: &str, values: impl IntoIterator<Item = V>) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_some() {
            self.one_of(column, values);
        }
    }

    /// One of the values; of no values: none.
    fn one_of<V: Into<Value>>(&mut self, column: &str, values: impl IntoIterator<Item = V>) {
        let names: Vec<String> = values.into_iter().map(|value| self.value(value)).collect();
        self.parts.push(format!("{column} IN ({})", names.join(", ")));
    }

    fn contains(&mut self, column: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.with(&format!("instr(fold({column}), {{}}) > 0"), fold(text));
        }
    }

    fn matches<T: Clone + Into<Value>>(&mut self, column: &str, wanted: Option<&Match<T>>) {
        match wanted {
            None => {}
            Some(Match::Null) => self.plain(&format!("{column} IS NULL")),
            Some(Match::Is(value)) => self.with(&format!("{column} = {{}}"), value.clone()),
        }
    }

    fn between(&mut self, column: &str, range: (Option<Timestamp>, Option<Timestamp>)) {
        if let Some(from) = range.0 {
            self.with(&format!("{column} >= {{}}"), from.0);
        }
        if let Some(to) = range.1 {
            self.with(&format!("{column} <= {{}}"), to.0);
        }
    }

    /// Assets with a tag, or with one below it.
    fn tagged(&mut self, tag: TagId) {
        let below =
            "WITH RECURSIVE below (id) AS (SELECT {} UNION SELECT t.id FROM tag t JOIN below b ON t.parent_id = b.id)";
        let sql =
            format!("a.id IN (SELECT l.asset_id FROM asset_tag l WHERE l.tag_id IN ({below} SELECT id FROM below))");
        self.with(&sql, tag.as_bytes().to_vec());
    }

    /// Assets on which somebody is shown.
    fn showing(&mut self, person: PersonId) {
        let sql = format!("a.id IN (SELECT f.asset_id FROM face f WHERE f.person_id = {{}} AND {SHOWN})");
        self.with(&sql, person.as_bytes().to_vec());
    }

    fn owners(&mut self, owners: &[UserId]) {
        self.any_of("a.owner_id", owners.iter().map(|owner| owner.as_bytes().to_vec()));
    }
}

/// The condition of a search, over `asset a JOIN exif e`.
pub(super) fn asset_condition(filter: &AssetFilter) -> Condition {
    let mut condition = Condition::default();
    if filter.is_nothing {
        condition.plain("0");
    }
    identity(&mut condition, filter);
    state(&mut condition, filter);
    camera_and_place(&mut condition, filter);
    for album in &filter.albums {
        let known = "EXISTS (SELECT 1 FROM album_asset l WHERE l.asset_id = a.id AND l.album_id = {})";
        condition.with(known, album.as_bytes().to_vec());
    }
    text(&mut condition, filter);
    labels(&mut condition, filter);
    condition.between("a.created_at", filter.created);
    condition.between("a.updated_at", filter.updated);
    condition.between("a.file_created_at", filter.taken);
    condition.between("a.deleted_at", filter.trashed);
    condition
}

fn identity(condition: &mut Condition, filter: &AssetFilter) {
    condition.owners(&filter.owners);
    if let Some(ids) = &filter.among {
        condition.one_of("a.id", ids.iter().map(|id| id.as_bytes().to_vec()));
    }
    if let Some(after) = filter.after_id {
        condition.with("a.id > {}", after.as_bytes().to_vec());
    }
    if let Some(checksum) = filter.checksum {
        condition.with("a.checksum = {}", checksum.0.to_vec());
    }
    if let Some(device) = &filter.device_id {
        condition.with("a.device_id = {}", device.clone());
    }
    if let Some(device_asset) = &filter.device_asset_id {
        condition.with("a.device_asset_id = {}", device_asset.clone());
    }
    condition.contains("a.original_name", filter.name_contains.as_ref());
    condition.contains("a.original_path", filter.path_contains.as_ref());
    condition.contains("e.description", filter.description_contains.as_ref());
    let library = filter.library.as_ref().map(|library| match library {
        Match::Null => Match::Null,
        Match::Is(id) => Match::Is(id.as_bytes().to_vec()),
    });
    condition.matches("a.library_id", library.as_ref());
}

fn state(condition: &mut Condition, filter: &AssetFilter) {
    if let Some(asset_type) = filter.asset_type {
        condition.with("a.type = {}", asset_type.as_str().to_owned());
    }
    condition.any_of("a.visibility", filter.visibilities.iter().map(|visibility| visibility.as_str().to_owned()));
    condition.any_of("a.status", filter.statuses.iter().map(|status| status.as_str().to_owned()));
    let flags = [
        (filter.is_trashed, "a.deleted_at IS NOT NULL", "a.deleted_at IS NULL"),
        (filter.is_favorite, "a.is_favorite = 1", "a.is_favorite = 0"),
        (filter.is_motion, "a.live_photo_video_id IS NOT NULL", "a.live_photo_video_id IS NULL"),
        (filter.is_offline, "a.is_offline = 1", "a.is_offline = 0"),
        (filter.is_encoded, "a.is_encoded = 1", "a.is_encoded = 0"),
        (
            filter.is_not_in_album,
            "NOT EXISTS (SELECT 1 FROM album_asset l WHERE l.asset_id = a.id)",
            "EXISTS (SELECT 1 FROM album_asset l WHERE l.asset_id = a.id)",
        ),
    ];
    for (wanted, yes, no) in flags {
        if let Some(wanted) = wanted {
            condition.plain(if wanted { yes } else { no });
        }
    }
    if let Some(size) = filter.min_size_bytes {
        condition.with("a.size_bytes >= {}", size);
    }
}

fn text(condition: &mut Condition, filter: &AssetFilter) {
    if let Some(text) = &filter.text_contains {
        let read =
            "EXISTS (SELECT 1 FROM ocr o WHERE o.asset_id = a.id AND o.is_visible = 1 AND instr(fold(o.text), {}) > 0)";
        condition.with(read, fold(text));
    }
}

fn labels(condition: &mut Condition, filter: &AssetFilter) {
    match &filter.tags {
        None => {}
        Some(Match::Null) => condition.plain("NOT EXISTS (SELECT 1 FROM asset_tag l WHERE l.asset_id = a.id)"),
        Some(Match::Is(tags)) => tags.iter().for_each(|tag| condition.tagged(*tag)),
    }
    filter.people.iter().for_each(|person| condition.showing(*person));
}

fn camera_and_place(condition: &mut Condition, filter: &AssetFilter) {
    condition.matches("e.city", filter.city.as_ref());
    condition.matches("e.state", filter.state.as_ref());
    condition.matches("e.country", filter.country.as_ref());
    condition.matches("e.make", filter.make.as_ref());
    condition.matches("e.model", filter.model.as_ref());
    condition.matches("e.lens_model", filter.lens_model.as_ref());
    let rating = filter.rating.as_ref().map(|rating| match rating {
        Match::Null => Match::Null,
        Match::Is(stars) => Match::Is(i64::from(*stars)),
    });
    condition.matches("e.rating", rating.as_ref());
}

/// The condition of a timeline, over `asset a` (and `exif e` when places are asked for).
pub(super) fn bucket_condition(filter: &BucketFilter) -> Condition {
    let mut condition = Condition::default();
    condition.owners(&filter.owners);
    if let Some(tag) = filter.tag {
        condition.tagged(tag);
    }
    if let Some(person) = filter.person {
        condition.showing(person);
    }
    if filter.visibilities.is_empty() {
        condition.plain("a.visibility IN ('timeline', 'archive')");
    } else {
        condition.any_of("a.visibility", filter.visibilities.iter().map(|visibility| visibility.as_str().to_owned()));
    }
    if let Some(wanted) = filter.is_favorite {
        condition.plain(if wanted { "a.is_favorite = 1" } else { "a.is_favorite = 0" });
    }
    condition.plain(if filter.is_trashed == Some(true) { "a.status = 'trashed'" } else { "a.deleted_at IS NULL" });
    if filter.is_stacked {
        condition.plain("(a.stack_id IS NULL OR EXISTS (SELECT 1 FROM stack s WHERE s.id = a.stack_id AND s.primary_asset_id = a.id))");
    }
    if let Some(album) = filter.album {
        condition
            .with("a.id IN (SELECT l.asset_id FROM album_asset l WHERE l.album_id = {})", album.as_bytes().to_vec());
    }
    if let Some([west, south, east, north]) = filter.bbox {
        condition.with("e.latitude >= {}", south);
        condition.with("e.latitude <= {}", north);
        let (from, to) = (condition.value(west), condition.value(east));
        // A box across the date line has its west edge east of its east edge.
        let joined = if west <= east { "AND" } else { "OR" };
        condition.parts.push(format!("(e.longitude >= {from} {joined} e.longitude <= {to})"));
    }
    condition
}
