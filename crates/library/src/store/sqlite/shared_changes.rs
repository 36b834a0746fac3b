//! Changes of rows that others share with a user.
//!
//! Rows lie in the order of positions per owner; those of several owners are merged while they are read, so that
//! nothing is sorted or held, and a client that is up to date costs one seek per owner.

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Params, Rows, params};
use tintype_protocol::id::{AlbumId, UpdateId, UserId};

use super::asset_rows::{ASSET_FEED_COLUMNS, EXIF_COLUMNS, asset_row, exif_row};
use super::engine;
use super::stacks::{STACK_FEED_COLUMNS, stack_row};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::feed::{BackfillKind, FeedRow, LinkedKind, Parent, ParentKey, Visit, Visitor};

/// Reads the columns behind the position.
type ReadRow = for<'r> fn(&mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>>;

fn read_asset<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(FeedRow::Asset(asset_row(columns)?))
}

fn read_exif<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(FeedRow::Exif(exif_row(columns)?))
}

fn read_stack<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(FeedRow::Stack(stack_row(columns)?))
}

fn read_link<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(FeedRow::AlbumAsset { album_id: columns.id()?, asset_id: columns.id()? })
}

fn read_album_user<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(FeedRow::AlbumUser { album_id: columns.id()?, user_id: columns.id()?, role: columns.name()? })
}

/// Positions that a reader wants: behind `after`, up to `known` where that is asked for.
pub(super) struct Span {
    pub(super) after: UpdateId,
    pub(super) known: UpdateId,
}

impl Tx<'_> {
    /// Partners who share their library with `user`.
    pub(super) fn sharers(&self, user: UserId) -> Result<Vec<UserId>> {
        let sql = "SELECT shared_by_id FROM partner WHERE shared_with_id = ?1";
        self.ids(sql, user)
    }

    /// Assets of all partners; those in the locked folder are nobody else's business.
    pub(super) fn partner_assets(&self, user: UserId, after: UpdateId, visit: &mut Visitor<'_>) -> Result<()> {
        let sql = format!(
            "SELECT a.update_id, {ASSET_FEED_COLUMNS} FROM asset a
             WHERE a.owner_id = ?1 AND a.update_id > ?2 AND a.visibility <> 'locked' AND ?3 IS NOT NULL AND ?4 IS NOT NULL
             ORDER BY a.update_id"
        );
        let span = Span { after, known: after };
        let owners = self.changed("asset", &self.sharers(user)?, after)?;
        self.merged(&sql, &owners, &span, user, read_asset, visit)
    }

    /// What is known about the assets of all partners.
    pub(super) fn partner_exifs(&self, user: UserId, after: UpdateId, visit: &mut Visitor<'_>) -> Result<()> {
        let sql = format!(
            "SELECT e.update_id, {EXIF_COLUMNS} FROM exif e CROSS JOIN asset a ON a.id = e.asset_id
             WHERE e.owner_id = ?1 AND e.update_id > ?2 AND a.visibility <> 'locked' AND ?3 IS NOT NULL AND ?4 IS NOT NULL
             ORDER BY e.update_id"
        );
        let span = Span { after, known: after };
        let owners = self.changed("exif", &self.sharers(user)?, after)?;
        self.merged(&sql, &owners, &span, user, read_exif, visit)
    }

    /// Stacks of all partners.
    pub(super) fn partner_stacks(&self, user: UserId, after: UpdateId, visit: &mut Visitor<'_>) -> Result<()> {
        let sql = format!(
            "SELECT s.update_id, {STACK_FEED_COLUMNS} FROM stack s
             WHERE s.owner_id = ?1 AND s.update_id > ?2 AND ?3 IS NOT NULL AND ?4 IS NOT NULL ORDER BY s.update_id"
        );
        let span = Span { after, known: after };
        let owners = self.changed("stack", &self.sharers(user)?, after)?;
        self.merged(&sql, &owners, &span, user, read_stack, visit)
    }

    fn everybody(&self) -> Result<Vec<UserId>> {
        self.ids("SELECT id FROM user WHERE ?1 IS NOT NULL", UserId::from_bytes([0; 16]))
    }

    fn ids(&self, sql: &str, user: UserId) -> Result<Vec<UserId>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let rows = statement.query_map([user.as_bytes()], |row| row.get::<_, [u8; 16]>(0).map(UserId::from_bytes));
        rows.and_then(Iterator::collect).map_err(engine)
    }

    /// Rows that changed while their link into an album of the user, known up to `span.known`, did not.
    pub(super) fn linked(&self, kind: LinkedKind, user: UserId, span: &Span, visit: &mut Visitor<'_>) -> Result<()> {
        // Few albums hold an asset, and a user may have many: the links come first.
        let is_linked = |asset: &str| {
            format!(
                "EXISTS (SELECT 1 FROM album_asset l CROSS JOIN album_user m ON m.album_id = l.album_id AND m.user_id = ?4
                 WHERE l.asset_id = {asset} AND l.update_id <= ?3)"
            )
        };
        let (table, sql, read): (&str, String, ReadRow) = match kind {
            LinkedKind::Assets => (
                "asset",
                format!(
                    "SELECT a.update_id, {ASSET_FEED_COLUMNS} FROM asset a
                     WHERE a.owner_id = ?1 AND a.update_id > ?2 AND {} ORDER BY a.update_id",
                    is_linked("a.id")
                ),
                read_asset,
            ),
            LinkedKind::Exifs => (
                "exif",
                format!(
                    "SELECT e.update_id, {EXIF_COLUMNS} FROM exif e
                     WHERE e.owner_id = ?1 AND e.update_id > ?2 AND {} ORDER BY e.update_id",
                    is_linked("e.asset_id")
                ),
                read_exif,
            ),
        };
        let owners = self.changed(table, &self.everybody()?, span.after)?;
        self.merged(&sql, &owners, span, user, read, visit)
    }

    /// Those of `owners` of whom anything changed. Asked first, because most of the time nothing has.
    fn changed(&self, table: &str, owners: &[UserId], after: UpdateId) -> Result<Vec<UserId>> {
        let sql = format!("SELECT 1 FROM {table} WHERE owner_id = ?1 AND update_id > ?2 LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql).map_err(engine)?;
        let mut changed = Vec::new();
        for owner in owners {
            if statement.exists(params![owner.as_bytes(), after.as_bytes()]).map_err(engine)? {
                changed.push(*owner);
            }
        }
        Ok(changed)
    }

    /// Runs `sql` for each owner (`?1`) and shows the rows of all in the order of positions.
    fn merged(
        &self,
        sql: &str,
        owners: &[UserId],
        span: &Span,
        user: UserId,
        read: ReadRow,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let prepare = |_: &UserId| self.connection.prepare_cached(sql);
        let mut statements = owners.iter().map(prepare).collect::<rusqlite::Result<Vec<_>>>().map_err(engine)?;
        let mut sources = Vec::with_capacity(statements.len());
        for (statement, owner) in statements.iter_mut().zip(owners) {
            let rows = statement
                .query(params![owner.as_bytes(), span.after.as_bytes(), span.known.as_bytes(), user.as_bytes()])
                .map_err(engine)?;
            sources.push(Source::new(rows)?);
        }
        loop {
            let next = sources.iter_mut().filter(|source| source.head.is_some()).min_by_key(|source| source.head);
            let Some(next) = next else { return Ok(()) };
            if next.show(read, visit)? == Visit::Stop {
                return Ok(());
            }
        }
    }

    /// Accesses of `user` that began at `from` or later, in the order of their beginning.
    pub(super) fn accesses_of(&self, is_partners: bool, user: UserId, from: UpdateId) -> Result<Vec<Parent>> {
        let sql = if is_partners {
            "SELECT create_id, shared_by_id FROM partner WHERE shared_with_id = ?1 AND create_id >= ?2 ORDER BY create_id"
        } else {
            "SELECT create_id, album_id FROM album_user WHERE user_id = ?1 AND create_id >= ?2 AND role <> 'owner' ORDER BY create_id"
        };
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let rows = statement.query_map(params![user.as_bytes(), from.as_bytes()], |row| {
            let key: [u8; 16] = row.get(1)?;
            let key = if is_partners {
                ParentKey::Partner(UserId::from_bytes(key))
            } else {
                ParentKey::Album(AlbumId::from_bytes(key))
            };
            Ok(Parent { created: row.get::<_, [u8; 16]>(0).map(UpdateId::from_bytes)?, key })
        });
        rows.and_then(Iterator::collect).map_err(engine)
    }

    /// Rows of one parent from `from` to `to`, both included.
    pub(super) fn backfilled(
        &self,
        kind: BackfillKind,
        parent: ParentKey,
        (from, to): (UpdateId, UpdateId),
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        let (sql, read): (String, ReadRow) = match kind {
            BackfillKind::PartnerAssets => (
                format!(
                    "SELECT a.update_id, {ASSET_FEED_COLUMNS} FROM asset a WHERE a.owner_id = ?1
                     AND a.update_id BETWEEN ?2 AND ?3 AND a.visibility <> 'locked' ORDER BY a.update_id"
                ),
                read_asset,
            ),
            BackfillKind::PartnerExifs => (
                format!(
                    "SELECT e.update_id, {EXIF_COLUMNS} FROM exif e CROSS JOIN asset a ON a.id = e.asset_id
                     WHERE e.owner_id = ?1 AND e.update_id BETWEEN ?2 AND ?3 AND a.visibility <> 'locked'
                     ORDER BY e.update_id"
                ),
                read_exif,
            ),
            BackfillKind::PartnerStacks => (
                format!(
                    "SELECT s.update_id, {STACK_FEED_COLUMNS} FROM stack s
                     WHERE s.owner_id = ?1 AND s.update_id BETWEEN ?2 AND ?3 ORDER BY s.update_id"
                ),
                read_stack,
            ),
            BackfillKind::AlbumUsers => (
                "SELECT u.update_id, u.album_id, u.user_id, u.role FROM album_user u
                 WHERE u.album_id = ?1 AND u.update_id BETWEEN ?2 AND ?3 AND u.role <> 'owner' ORDER BY u.update_id"
                    .to_owned(),
                read_album_user,
            ),
            BackfillKind::AlbumLinks => (
                "SELECT l.update_id, l.album_id, l.asset_id FROM album_asset l
                 WHERE l.album_id = ?1 AND l.update_id BETWEEN ?2 AND ?3 ORDER BY l.update_id"
                    .to_owned(),
                read_link,
            ),
            BackfillKind::AlbumAssets => (
                format!(
                    "SELECT l.update_id, {ASSET_FEED_COLUMNS} FROM album_asset l CROSS JOIN asset a ON a.id = l.asset_id
                     WHERE l.album_id = ?1 AND l.update_id BETWEEN ?2 AND ?3 ORDER BY l.update_id"
                ),
                read_asset,
            ),
            BackfillKind::AlbumExifs => (
                format!(
                    "SELECT l.update_id, {EXIF_COLUMNS} FROM album_asset l CROSS JOIN exif e ON e.asset_id = l.asset_id
                     WHERE l.album_id = ?1 AND l.update_id BETWEEN ?2 AND ?3 ORDER BY l.update_id"
                ),
                read_exif,
            ),
        };
        self.walk(&sql, params![parent.as_bytes(), from.as_bytes(), to.as_bytes()], read, visit)
    }

    /// Shows all rows of a query.
    pub(super) fn walk(&self, sql: &str, params: impl Params, read: ReadRow, visit: &mut Visitor<'_>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let mut source = Source::new(statement.query(params).map_err(engine)?)?;
        while source.head.is_some() {
            if source.show(read, visit)? == Visit::Stop {
                break;
            }
        }
        Ok(())
    }
}

/// Rows of one query, and the position of the next.
struct Source<'s> {
    rows: Rows<'s>,
    head: Option<UpdateId>,
}

impl<'s> Source<'s> {
    fn new(rows: Rows<'s>) -> Result<Self> {
        let mut source = Self { rows, head: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<()> {
        self.rows.advance().map_err(engine)?;
        let head = self.rows.get().map(|row| Columns::of(row).id()).transpose();
        self.head = head.map_err(engine)?;
        Ok(())
    }

    /// Shows the row at the head, and moves behind it.
    fn show(&mut self, read: ReadRow, visit: &mut Visitor<'_>) -> Result<Visit> {
        let Some(row) = self.rows.get() else { return Ok(Visit::Stop) };
        let mut columns = Columns::of(row);
        let position: UpdateId = columns.id().map_err(engine)?;
        let answer = visit(position, read(&mut columns).map_err(engine)?);
        self.advance()?;
        Ok(answer)
    }
}
