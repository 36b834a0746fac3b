//! Files in landing zones.

use std::ops::RangeInclusive;

use rusqlite::{Row, params};
use tintype_protocol::time::Timestamp;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{FileStamp, IngestCount, IngestDerivation, IngestFile, IngestState};
use crate::store::{ReadIngest, WriteIngest};

const FILES: &str = "SELECT id, zone, path, size_bytes, modified_ns, inode, state, sha1, leader, role, derived_sha1,
    derived_bytes, derived_file, derived_name, derived_type, recipe, is_lossless, asset, is_duplicate, attempts, due_at,
    reason, came_as, is_gone, is_wanted, first_seen, changed_at, grp,
    pack_recipe FROM ingest_file";
/// The states in which something is to be done, as the index has them.
const ON_THE_WAY: &str = "state IN ('settled', 'hashed', 'paired', 'optimised', 'verified', 'delivered', 'confirmed')";

fn read_file(row: &Row<'_>) -> rusqlite::Result<IngestFile> {
    let mut columns = Columns::of(row);
    Ok(IngestFile {
        id: columns.integer()?,
        zone: columns.string()?,
        path: columns.bytes()?.to_vec(),
        stamp: FileStamp {
            size_bytes: columns.small()?,
            modified_ns: columns.integer()?,
            inode: columns.integer()?.cast_unsigned(),
        },
        state: columns.name()?,
        sha1: columns.maybe_sha1()?,
        belongs_to: columns.maybe_integer()?.zip(columns.maybe_name()?),
        derivation: read_derivation(&mut columns)?,
        asset: columns.maybe_id()?,
        is_duplicate: columns.flag()?,
        attempts: columns.small()?,
        due_at: columns.time()?,
        reason: columns.maybe_string()?,
        came_as: columns.maybe_bytes()?.map(<[u8]>::to_vec),
        is_gone: columns.flag()?,
        is_wanted: columns.flag()?,
        first_seen: columns.time()?,
        changed_at: columns.time()?,
        group: columns.bytes()?.to_vec(),
        packs_with: columns.maybe_string()?,
    })
}

fn read_derivation(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<IngestDerivation>> {
    let (sha1, bytes) = (columns.maybe_sha1()?, columns.maybe_small()?);
    let [file, name, media_type, recipe] =
        [columns.maybe_string()?, columns.maybe_string()?, columns.maybe_string()?, columns.maybe_string()?];
    let is_lossless = columns.maybe_integer()?.is_some_and(|flag| flag != 0);
    Ok(sha1.map(|sha1| IngestDerivation {
        sha1,
        size_bytes: bytes.unwrap_or(0),
        file: file.unwrap_or_default(),
        name: name.unwrap_or_default(),
        media_type: media_type.unwrap_or_default(),
        recipe: recipe.unwrap_or_default(),
        is_lossless,
    }))
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// Writes a whole row, new without an id.
    fn put_ingest_file(&self, id: Option<i64>, file: &IngestFile) -> Result<()> {
        let derived = file.derivation.as_ref();
        let sql =
            "INSERT OR REPLACE INTO ingest_file (id, zone, path, size_bytes, modified_ns, inode, state, sha1, leader,
                role, derived_sha1, derived_bytes, derived_file, derived_name, derived_type, recipe, is_lossless, asset,
                is_duplicate, attempts, due_at, reason, came_as, is_gone, is_wanted, first_seen, changed_at, grp,
                pack_recipe)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                ?23, ?24, ?25, ?26, ?27, ?28, ?29)";
        self.execute(
            sql,
            params![
                id,
                file.zone,
                file.path,
                signed(file.stamp.size_bytes),
                file.stamp.modified_ns,
                file.stamp.inode.cast_signed(),
                file.state.as_str(),
                file.sha1.map(|sha1| sha1.0),
                file.belongs_to.map(|(leader, _)| leader),
                file.belongs_to.map(|(_, role)| role.as_str()),
                derived.map(|derived| derived.sha1.0),
                derived.map(|derived| signed(derived.size_bytes)),
                derived.map(|derived| &derived.file),
                derived.map(|derived| &derived.name),
                derived.map(|derived| &derived.media_type),
                derived.map(|derived| &derived.recipe),
                derived.map(|derived| derived.is_lossless),
                file.asset.map(uuid::Uuid::into_bytes),
                file.is_duplicate,
                file.attempts,
                file.due_at.0,
                file.reason,
                file.came_as,
                file.is_gone,
                file.is_wanted,
                file.first_seen.0,
                file.changed_at.0,
                file.group,
                file.packs_with
            ],
        )?;
        Ok(())
    }
}

impl ReadIngest for Tx<'_> {
    fn ingest_files(&self, zone: &str, visit: &mut dyn FnMut(IngestFile)) -> Result<()> {
        self.all(&format!("{FILES} WHERE zone = ?1"), [zone], |row| {
            visit(read_file(row)?);
            Ok(())
        })?;
        Ok(())
    }

    fn ingest_file(&self, id: i64) -> Result<Option<IngestFile>> {
        self.one(&format!("{FILES} WHERE id = ?1"), [id], read_file)
    }

    fn ingest_group(&self, zone: &str, group: &[u8]) -> Result<Vec<IngestFile>> {
        // With a plain path, the engine would walk through the whole zone in its order.
        self.all(&format!("{FILES} WHERE zone = ?1 AND grp = ?2 ORDER BY +path"), params![zone, group], read_file)
    }

    fn due_ingest_files(
        &self,
        zone: &str,
        now: Timestamp,
        sizes: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<Vec<IngestFile>> {
        let sql = format!(
            "{FILES} WHERE zone = ?1 AND due_at <= ?2 AND {ON_THE_WAY} AND size_bytes BETWEEN ?3 AND ?4
             ORDER BY due_at, id LIMIT ?5"
        );
        self.all(&sql, params![zone, now.0, signed(*sizes.start()), signed(*sizes.end()), limit], read_file)
    }

    fn ingest_files_to_pack(&self, zone: &str, now: Timestamp, limit: u32) -> Result<Vec<IngestFile>> {
        let sql = format!(
            "{FILES} WHERE zone = ?1 AND due_at <= ?2 AND pack_recipe IS NOT NULL AND state = 'released'
             ORDER BY due_at, id LIMIT ?3"
        );
        self.all(&sql, params![zone, now.0, limit], read_file)
    }

    fn ingest_files_in(
        &self,
        zone: Option<&str>,
        state: IngestState,
        after: i64,
        limit: u32,
    ) -> Result<Vec<IngestFile>> {
        let of_zone = if zone.is_some() { "zone = ?1" } else { "?1 IS NULL" };
        let sql = format!("{FILES} WHERE {of_zone} AND state = ?2 AND id > ?3 ORDER BY id LIMIT ?4");
        self.all(&sql, params![zone, state.as_str(), after, limit], read_file)
    }

    fn ingest_counts(&self, zone: &str) -> Result<Vec<IngestCount>> {
        let sql = "SELECT state, count(*), count(*) FILTER (WHERE reason IS NOT NULL), sum(size_bytes),
                coalesce(sum(size_bytes - derived_bytes) FILTER (WHERE derived_sha1 IS NOT NULL), 0)
            FROM ingest_file WHERE zone = ?1 GROUP BY state";
        self.all(sql, [zone], |row| {
            let mut columns = Columns::of(row);
            Ok(IngestCount {
                state: columns.name()?,
                files: columns.small()?,
                waiting: columns.small()?,
                bytes: columns.small()?,
                saved_bytes: columns.integer()?,
            })
        })
    }
}

impl WriteIngest for Tx<'_> {
    fn add_ingest_file(&mut self, file: &IngestFile) -> Result<i64> {
        self.put_ingest_file(None, file)?;
        Ok(self.connection.last_insert_rowid())
    }

    fn update_ingest_file(&mut self, file: &IngestFile) -> Result<()> {
        self.put_ingest_file(Some(file.id), file)
    }

    fn remove_ingest_file(&mut self, id: i64) -> Result<()> {
        self.execute("DELETE FROM ingest_file WHERE id = ?1", [id])?;
        Ok(())
    }

    fn remove_missed_ingest_file(&mut self, id: i64, path: &[u8], state: IngestState) -> Result<()> {
        let sql = "DELETE FROM ingest_file WHERE id = ?1 AND path = ?2 AND state = ?3 AND is_gone = 0";
        self.execute(sql, params![id, path, state.as_str()])?;
        Ok(())
    }

    fn forget_released(&mut self, zone: &str, before: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM ingest_file WHERE zone = ?1 AND state = 'released'
            AND (is_gone = 1 OR came_as IS NOT NULL) AND changed_at < ?2";
        Ok(self.execute(sql, params![zone, before.0])? as u64)
    }
}
