//! Folders that are kept in agreement with a library.

use rusqlite::{Row, params};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType};
use tintype_protocol::time::Timestamp;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{
    ActionTally, DeletedContent, FileStamp, Folder, FolderAction, FolderFailure, FolderFile, FolderRun, Holding,
    InPlace, Indexed, JournalLine, JournalState, LibraryUsage,
};
use crate::store::{Place, ReadFolders, WriteFolders};

const FOLDERS: &str =
    "SELECT id, path, owner_id, policy, settings, marker, added_at, scanned_at, reported_at, planned_at,
    summary, library_id, failed_at, failure FROM folder";
const FILES: &str =
    "SELECT id, folder_id, path, size_bytes, modified_ns, inode, sha1, first_seen, last_seen, absent_since,
    replaced_by, agreed_since, held_last, unheld_since, placed, asset_id, asset_sha1, mounts, refused FROM folder_file";
const RUNS: &str = "SELECT id, plan, folder_id, root, owner_id, began_at, ended_at, restores FROM folder_run";
/// Actions of a run, each with the last line of the journal about it.
const ACTIONS: &str = "FROM folder_action a LEFT JOIN folder_journal j ON j.id =
        (SELECT max(id) FROM folder_journal l WHERE l.run = a.run AND l.number = a.number)
    WHERE a.run = ?1";

fn read_folder(row: &Row<'_>) -> rusqlite::Result<Folder> {
    let mut columns = Columns::of(row);
    Ok(Folder {
        id: columns.integer()?,
        path: columns.bytes()?.to_vec(),
        owner_id: columns.id()?,
        policy: columns.name()?,
        settings: columns.string()?,
        marker: columns.maybe_string()?,
        added_at: columns.time()?,
        scanned_at: columns.maybe_time()?,
        reported_at: columns.maybe_time()?,
        planned_at: columns.maybe_time()?,
        summary: columns.maybe_string()?,
        library: columns.maybe_id()?,
        failure: read_failure(&mut columns)?,
    })
}

fn read_failure(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<FolderFailure>> {
    let (at, text) = (columns.maybe_time()?, columns.maybe_string()?);
    Ok(at.zip(text).map(|(at, text)| FolderFailure { at, text }))
}

fn read_file(row: &Row<'_>) -> rusqlite::Result<FolderFile> {
    let mut columns = Columns::of(row);
    Ok(FolderFile {
        id: columns.integer()?,
        folder: columns.integer()?,
        path: columns.bytes()?.to_vec(),
        stamp: FileStamp {
            size_bytes: columns.small()?,
            modified_ns: columns.integer()?,
            inode: columns.integer()?.cast_unsigned(),
        },
        sha1: columns.sha1()?,
        first_seen: columns.time()?,
        last_seen: columns.maybe_time()?,
        absent_since: columns.maybe_time()?,
        replaced_by: columns.maybe_sha1()?,
        agreed_since: columns.maybe_time()?,
        held_last: columns.maybe_time()?,
        unheld_since: columns.maybe_time()?,
        placed: columns.maybe_bytes()?.map(<[u8]>::to_vec),
        indexed: read_indexed(&mut columns)?,
        mounts: columns.small()?,
        refused: columns.maybe_string()?,
    })
}

fn read_indexed(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Indexed>> {
    let (asset, sha1) = (columns.maybe_id()?, columns.maybe_sha1()?);
    Ok(asset.zip(sha1).map(|(asset, sha1)| Indexed { asset, sha1 }))
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<FolderRun> {
    let mut columns = Columns::of(row);
    Ok(FolderRun {
        id: columns.integer()?,
        plan: columns.string()?,
        folder: columns.integer()?,
        root: columns.bytes()?.to_vec(),
        owner_id: columns.id()?,
        began_at: columns.time()?,
        ended_at: columns.maybe_time()?,
        restores: columns.maybe_integer()?,
    })
}

fn read_line(columns: &mut Columns<'_, '_>) -> rusqlite::Result<JournalLine> {
    Ok(JournalLine {
        id: columns.integer()?,
        run: columns.integer()?,
        number: columns.small()?,
        state: columns.name()?,
        text: columns.string()?,
        at: columns.time()?,
    })
}

fn time(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.0)
}

impl Tx<'_> {
    fn put_folder_file(&self, sql: &str, id: Option<i64>, file: &FolderFile) -> Result<()> {
        let size = i64::try_from(file.stamp.size_bytes).unwrap_or(i64::MAX);
        self.execute(
            sql,
            params![
                id,
                file.folder,
                file.path,
                size,
                file.stamp.modified_ns,
                file.stamp.inode.cast_signed(),
                file.sha1.0,
                file.first_seen.0,
                time(file.last_seen),
                time(file.absent_since),
                file.replaced_by.map(|sha1| sha1.0),
                time(file.agreed_since),
                time(file.held_last),
                time(file.unheld_since),
                file.placed,
                file.indexed.as_ref().map(|indexed| indexed.asset.as_bytes()),
                file.indexed.map(|indexed| indexed.sha1.0),
                file.mounts,
                file.refused
            ],
        )?;
        Ok(())
    }
}

impl ReadFolders for Tx<'_> {
    fn reconciled_folders(&self) -> Result<Vec<Folder>> {
        self.all(&format!("{FOLDERS} ORDER BY id"), [], read_folder)
    }

    fn reconciled_folder(&self, id: i64) -> Result<Option<Folder>> {
        self.one(&format!("{FOLDERS} WHERE id = ?1"), [id], read_folder)
    }

    fn count_folder_files(&self, folder: i64) -> Result<usize> {
        let sql = "SELECT count(*) FROM folder_file WHERE folder_id = ?1";
        Ok(self.one(sql, [folder], |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn folder_files(&self, folder: i64, visit: &mut dyn FnMut(FolderFile)) -> Result<()> {
        self.all(&format!("{FILES} WHERE folder_id = ?1"), [folder], |row| {
            visit(read_file(row)?);
            Ok(())
        })?;
        Ok(())
    }

    fn folder_file_at(&self, folder: i64, path: &[u8]) -> Result<Option<FolderFile>> {
        let sql = format!("{FILES} WHERE folder_id = ?1 AND path = ?2 AND absent_since IS NULL");
        self.one(&sql, params![folder, path], read_file)
    }

    fn folder_file_of(&self, asset: AssetId) -> Result<Option<FolderFile>> {
        self.one(&format!("{FILES} WHERE asset_id = ?1 ORDER BY id DESC LIMIT 1"), params![asset.as_bytes()], read_file)
    }

    fn assets_in_place(&self, library: LibraryId, visit: &mut dyn FnMut(InPlace)) -> Result<()> {
        let sql = "SELECT id, original_path, is_offline FROM asset WHERE library_id = ?1";
        self.all(sql, params![library.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            visit(InPlace { asset: columns.id()?, path: columns.string()?, is_offline: columns.flag()? });
            Ok(())
        })?;
        Ok(())
    }

    fn asset_in_place(&self, path: &str) -> Result<Option<AssetId>> {
        let sql = "SELECT id FROM asset WHERE original_path = ?1 AND library_id IS NOT NULL";
        self.one(sql, params![path], |row| Columns::of(row).id())
    }

    fn library_usage(&self, library: LibraryId) -> Result<LibraryUsage> {
        let sql = "SELECT count(*) FILTER (WHERE type = ?2), count(*) FILTER (WHERE type = ?3), total(size_bytes)
             FROM asset WHERE library_id = ?1 AND status = ?4";
        let (image, video) = (AssetType::Image.as_str(), AssetType::Video.as_str());
        let found = self.one(sql, params![library.as_bytes(), image, video, AssetStatus::Active.as_str()], |row| {
            let mut columns = Columns::of(row);
            let (photos, videos) = (columns.small()?, columns.small()?);
            Ok(LibraryUsage { photos, videos, bytes: columns.real()? as i64 })
        })?;
        Ok(found.unwrap_or_default())
    }

    fn folder_files_with(&self, folder: i64, sha1: &Sha1) -> Result<Vec<FolderFile>> {
        // The plus: few files share a content, and many a folder.
        let sql = format!("{FILES} WHERE sha1 = ?1 AND +folder_id = ?2 ORDER BY id");
        self.all(&sql, params![sha1.0, folder], read_file)
    }

    fn count_holdings(&self, owner: UserId) -> Result<usize> {
        let sql = "SELECT count(*) FROM asset WHERE owner_id = ?1";
        Ok(self.one(sql, [owner.as_bytes()], |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn holdings(&self, owner: UserId, visit: &mut dyn FnMut(Holding)) -> Result<()> {
        let sql = "SELECT id, checksum, status, deleted_at, visibility, live_photo_video_id, stack_id, library_id,
            original_name, size_bytes, local_date_time FROM asset WHERE owner_id = ?1";
        self.all(sql, params![owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            visit(Holding {
                asset: columns.id()?,
                sha1: columns.sha1()?,
                status: columns.name()?,
                deleted_at: columns.maybe_time()?,
                visibility: columns.name()?,
                motion: columns.maybe_id()?,
                stack: columns.maybe_id()?,
                library: columns.maybe_id()?,
                name: columns.string()?,
                size_bytes: columns.small()?,
                local_date_time: columns.time()?,
            });
            Ok(())
        })?;
        Ok(())
    }

    fn visit_derivations(&self, visit: &mut dyn FnMut(Sha1, Sha1)) -> Result<()> {
        self.all("SELECT original, derived FROM derivation", [], |row| {
            let mut columns = Columns::of(row);
            visit(columns.sha1()?, columns.sha1()?);
            Ok(())
        })?;
        Ok(())
    }

    fn visit_deleted(&self, owner: UserId, visit: &mut dyn FnMut(DeletedContent)) -> Result<()> {
        let sql = "SELECT sha1, deleted_at, deleted_by FROM deleted_content WHERE owner_id = ?1";
        self.all(sql, params![owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            visit(DeletedContent { sha1: columns.sha1()?, at: columns.time()?, by: columns.id()? });
            Ok(())
        })?;
        Ok(())
    }

    fn folder_runs(&self, limit: u32) -> Result<Vec<FolderRun>> {
        self.all(&format!("{RUNS} ORDER BY id DESC LIMIT ?1"), [limit], read_run)
    }

    fn folder_run(&self, id: i64) -> Result<Option<FolderRun>> {
        self.one(&format!("{RUNS} WHERE id = ?1"), [id], read_run)
    }

    fn folder_run_of(&self, plan: &str, folder: i64) -> Result<Option<FolderRun>> {
        let sql = format!("{RUNS} WHERE plan = ?1 AND folder_id = ?2 AND restores IS NULL");
        self.one(&sql, params![plan, folder], read_run)
    }

    fn folder_actions(&self, run: i64) -> Result<Vec<(FolderAction, Option<JournalLine>)>> {
        let sql = format!(
            "SELECT a.number, a.kind, a.name, a.path, a.asset, a.sha1, a.action,
                j.id, j.run, j.number, j.state, j.text, j.at
            {ACTIONS} ORDER BY a.number"
        );
        self.all(&sql, [run], |row| {
            let mut columns = Columns::of(row);
            let action = FolderAction {
                number: columns.small()?,
                kind: columns.string()?,
                name: columns.string()?,
                path: columns.maybe_bytes()?.map(<[u8]>::to_vec),
                asset: columns.maybe_id()?,
                sha1: columns.sha1()?,
                action: columns.string()?,
            };
            let is_told = row.get_ref(7)? != rusqlite::types::ValueRef::Null;
            let line = is_told.then(|| read_line(&mut columns)).transpose()?;
            Ok((action, line))
        })
    }

    fn last_path_of(&self, folder: i64, asset: AssetId, kinds: [&str; 2]) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT a.path FROM folder_action a JOIN folder_run r ON r.id = a.run
            WHERE a.asset = ?1 AND a.kind IN (?2, ?4) AND r.folder_id = ?3 AND r.restores IS NULL AND a.path IS NOT NULL
            ORDER BY a.run DESC LIMIT 1";
        self.one(sql, params![asset.as_bytes(), kinds[0], folder, kinds[1]], |row| {
            Ok(Columns::of(row).bytes()?.to_vec())
        })
    }

    fn tally_folder_actions(&self, run: i64) -> Result<Vec<ActionTally>> {
        let sql = format!("SELECT a.kind, j.state, count(*) {ACTIONS} GROUP BY a.kind, j.state");
        self.all(&sql, [run], |row| {
            let mut columns = Columns::of(row);
            Ok(ActionTally { kind: columns.string()?, state: columns.maybe_name()?, count: columns.small()? })
        })
    }

    fn folder_journal(&self, run: Option<i64>, after: i64, limit: u32) -> Result<Vec<JournalLine>> {
        let of_run = if run.is_some() { "run = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT id, run, number, state, text, at FROM folder_journal WHERE {of_run} AND id > ?2 ORDER BY id LIMIT ?3"
        );
        self.all(&sql, params![run, after, limit], |row| read_line(&mut Columns::of(row)))
    }
}

impl WriteFolders for Tx<'_> {
    fn add_folder(&mut self, folder: &Folder) -> Result<i64> {
        let sql = "INSERT INTO folder (path, owner_id, policy, settings, marker, added_at, scanned_at, reported_at,
                planned_at, summary, library_id, failed_at, failure)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.execute(
            sql,
            params![
                folder.path,
                folder.owner_id.as_bytes(),
                folder.policy.as_str(),
                folder.settings,
                folder.marker,
                folder.added_at.0,
                time(folder.scanned_at),
                time(folder.reported_at),
                time(folder.planned_at),
                folder.summary,
                folder.library.as_ref().map(LibraryId::as_bytes),
                folder.failure.as_ref().map(|failure| failure.at.0),
                folder.failure.as_ref().map(|failure| &failure.text)
            ],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    fn update_folder(&mut self, folder: &Folder) -> Result<()> {
        let sql = "UPDATE folder SET policy = ?2, settings = ?3, marker = ?4, scanned_at = ?5, reported_at = ?6,
                planned_at = ?7, summary = ?8, failed_at = ?9, failure = ?10 WHERE id = ?1";
        self.execute(
            sql,
            params![
                folder.id,
                folder.policy.as_str(),
                folder.settings,
                folder.marker,
                time(folder.scanned_at),
                time(folder.reported_at),
                time(folder.planned_at),
                folder.summary,
                folder.failure.as_ref().map(|failure| failure.at.0),
                folder.failure.as_ref().map(|failure| &failure.text)
            ],
        )?;
        Ok(())
    }

    fn remove_folder(&mut self, id: i64) -> Result<()> {
        self.execute("DELETE FROM folder WHERE id = ?1", [id])?;
        Ok(())
    }

    fn add_folder_file(&mut self, file: &FolderFile) -> Result<i64> {
        let sql =
            "INSERT INTO folder_file (id, folder_id, path, size_bytes, modified_ns, inode, sha1, first_seen, last_seen,
                absent_since, replaced_by, agreed_since, held_last, unheld_since, placed, asset_id, asset_sha1, mounts,
                refused)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
        self.put_folder_file(sql, None, file)?;
        Ok(self.connection.last_insert_rowid())
    }

    fn update_folder_file(&mut self, file: &FolderFile) -> Result<()> {
        let sql = "UPDATE folder_file SET folder_id = ?2, path = ?3, size_bytes = ?4, modified_ns = ?5, inode = ?6,
                sha1 = ?7, first_seen = ?8, last_seen = ?9, absent_since = ?10, replaced_by = ?11, agreed_since = ?12,
                held_last = ?13, unheld_since = ?14, placed = ?15, asset_id = ?16, asset_sha1 = ?17, mounts = ?18, refused = ?19
                WHERE id = ?1";
        self.put_folder_file(sql, Some(file.id), file)
    }

    fn forget_folder_file(&mut self, id: i64) -> Result<()> {
        self.execute("DELETE FROM folder_file WHERE id = ?1", [id])?;
        Ok(())
    }

    fn set_in_place(&mut self, asset: AssetId, place: &Place) -> Result<()> {
        self.execute(
            "UPDATE asset SET library_id = ?2, checksum = ?3, original_path = ?4, original_name = ?5, size_bytes = ?6,
                updated_at = ?7, update_id = ?8 WHERE id = ?1",
            params![
                asset.as_bytes(),
                place.library.as_bytes(),
                place.checksum.0,
                place.path,
                place.name,
                place.size_bytes,
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn forget_indexed(&mut self, asset: AssetId) -> Result<()> {
        self.execute(
            "UPDATE folder_file SET asset_id = NULL, asset_sha1 = NULL WHERE asset_id = ?1",
            params![asset.as_bytes()],
        )?;
        Ok(())
    }

    fn begin_folder_run(&mut self, run: &FolderRun, actions: &[FolderAction]) -> Result<i64> {
        let sql = "INSERT INTO folder_run (plan, folder_id, root, owner_id, began_at, ended_at, restores)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let owner = run.owner_id.as_bytes();
        self.execute(
            sql,
            params![run.plan, run.folder, run.root, owner, run.began_at.0, time(run.ended_at), run.restores],
        )?;
        let id = self.connection.last_insert_rowid();
        let sql = "INSERT INTO folder_action (run, number, kind, name, path, asset, sha1, action)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        for action in actions {
            let asset = action.asset.as_ref().map(|asset| asset.as_bytes());
            let (path, sha1) = (&action.path, action.sha1.0);
            self.execute(sql, params![id, action.number, action.kind, action.name, path, asset, sha1, action.action])?;
        }
        Ok(id)
    }

    fn end_folder_run(&mut self, id: i64, at: Timestamp) -> Result<()> {
        self.execute("UPDATE folder_run SET ended_at = ?2 WHERE id = ?1", params![id, at.0])?;
        Ok(())
    }

    fn note_folder_action(&mut self, run: i64, number: u32, state: JournalState, text: &str) -> Result<()> {
        let sql = "INSERT INTO folder_journal (run, number, state, text, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(sql, params![run, number, state.as_str(), text, self.time().0])?;
        Ok(())
    }
}
