//! Users and their ways in.

use rusqlite::{Row, params};
use tintype_protocol::id::{ApiKeyId, SessionId, UserId};
use tintype_protocol::model::{AssetType, UserMetadataKey};
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;

use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{ApiKey, OwnerUsage, Session, User, UserMetadata};
use crate::store::{ReadAccess, ReadUsers, WriteAccess, WriteUsers};

macro_rules! user_columns {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "id, ",
            $prefix,
            "email, ",
            $prefix,
            "name, ",
            $prefix,
            "password_hash, ",
            $prefix,
            "pin_hash, ",
            $prefix,
            "is_admin, ",
            $prefix,
            "avatar_color, ",
            $prefix,
            "profile_image_path, ",
            $prefix,
            "profile_changed_at, ",
            $prefix,
            "storage_label, ",
            $prefix,
            "quota_bytes, ",
            $prefix,
            "usage_bytes, ",
            $prefix,
            "should_change_password, ",
            $prefix,
            "oauth_id, ",
            $prefix,
            "status, ",
            $prefix,
            "created_at, ",
            $prefix,
            "updated_at, ",
            $prefix,
            "deleted_at"
        )
    };
}

macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.parent_id, s.token_hash, s.device_type, s.device_os, s.app_version, s.created_at, \
         s.updated_at, s.expires_at, s.pin_expires_at, s.is_pending_sync_reset"
    };
}

macro_rules! key_columns {
    () => {
        "k.id, k.user_id, k.name, k.secret_hash, k.permissions, k.created_at, k.updated_at"
    };
}

fn read_user(columns: &mut Columns<'_, '_>) -> rusqlite::Result<User> {
    Ok(User {
        id: columns.id()?,
        email: columns.string()?,
        name: columns.string()?,
        password_hash: columns.string()?,
        pin_hash: columns.maybe_string()?,
        is_admin: columns.flag()?,
        avatar_color: columns.maybe_name()?,
        profile_image_path: columns.string()?,
        profile_changed_at: columns.time()?,
        storage_label: columns.maybe_string()?,
        quota_bytes: columns.maybe_integer()?,
        usage_bytes: columns.integer()?,
        should_change_password: columns.flag()?,
        oauth_id: columns.string()?,
        status: columns.name()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        deleted_at: columns.maybe_time()?,
    })
}

fn read_session(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: columns.id()?,
        user_id: columns.id()?,
        parent_id: columns.maybe_id()?,
        token_hash: columns.hash()?,
        device_type: columns.string()?,
        device_os: columns.string()?,
        app_version: columns.maybe_string()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        expires_at: columns.maybe_time()?,
        pin_expires_at: columns.maybe_time()?,
        is_pending_sync_reset: columns.flag()?,
    })
}

/// Permissions are kept as their names with blanks between; names that this version does not know give nothing.
fn read_key(columns: &mut Columns<'_, '_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: columns.id()?,
        user_id: columns.id()?,
        name: columns.string()?,
        secret_hash: columns.hash()?,
        permissions: columns.text()?.split(' ').filter_map(|name| name.parse().ok()).collect(),
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

fn permission_text(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>().join(" ")
}

fn whole_user(row: &Row<'_>) -> rusqlite::Result<User> {
    read_user(&mut Columns::of(row))
}

impl ReadUsers for Tx<'_> {
    fn user(&self, id: UserId) -> Result<Option<User>> {
        self.one(concat!("SELECT ", user_columns!(""), " FROM user WHERE id = ?1"), params![id.as_bytes()], whole_user)
    }

    fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        self.one(concat!("SELECT ", user_columns!(""), " FROM user WHERE email = ?1"), params![email], whole_user)
    }

    fn user_by_storage_label(&self, label: &str) -> Result<Option<User>> {
        self.one(
            concat!("SELECT ", user_columns!(""), " FROM user WHERE storage_label = ?1"),
            params![label],
            whole_user,
        )
    }

    fn users(&self, with_deleted: bool) -> Result<Vec<User>> {
        self.all(
            concat!(
                "SELECT ",
                user_columns!(""),
                " FROM user WHERE ?1 OR deleted_at IS NULL ORDER BY created_at, rowid"
            ),
            params![with_deleted],
            whole_user,
        )
    }

    fn has_admin(&self) -> Result<bool> {
        self.exists("SELECT 1 FROM user WHERE is_admin = 1 LIMIT 1", [])
    }

    fn user_metadata(&self, id: UserId) -> Result<Vec<UserMetadata>> {
        self.all("SELECT key, value FROM user_metadata WHERE user_id = ?1", params![id.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(UserMetadata { key: columns.name()?, value: columns.string()? })
        })
    }

    fn server_metadata(&self, key: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM server_metadata WHERE key = ?1", params![key], |row| row.get(0))
    }

    fn usage(&self) -> Result<Vec<OwnerUsage>> {
        self.all(
            "SELECT u.id, u.name, u.quota_bytes,
                count(*) FILTER (WHERE a.type = ?1 AND a.visibility <> 'hidden' AND a.status <> 'deleted'),
                count(*) FILTER (WHERE a.type = ?2 AND a.visibility <> 'hidden' AND a.status <> 'deleted'),
                total(coalesce(s.size_bytes, a.size_bytes)) FILTER (WHERE a.type = ?1 AND a.library_id IS NULL),
                total(coalesce(s.size_bytes, a.size_bytes)) FILTER (WHERE a.type = ?2 AND a.library_id IS NULL)
             FROM user u LEFT JOIN asset a ON a.owner_id = u.id LEFT JOIN stored_form s ON s.asset_id = a.id
             WHERE u.deleted_at IS NULL GROUP BY u.id ORDER BY u.created_at",
            params![AssetType::Image.as_str(), AssetType::Video.as_str()],
            |row| {
                let mut columns = Columns::of(row);
                // Sums of sizes stay far below the point where doubles stop being exact (9 PB).
                let bytes = |real: Option<f64>| real.unwrap_or(0.0) as i64;
                Ok(OwnerUsage {
                    user_id: columns.id()?,
                    user_name: columns.string()?,
                    quota_bytes: columns.maybe_integer()?,
                    photos: columns.small()?,
                    videos: columns.small()?,
                    photo_bytes: bytes(columns.maybe_real()?),
                    video_bytes: bytes(columns.maybe_real()?),
                })
            },
        )
    }
}

impl ReadAccess for Tx<'_> {
    fn session_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<(Session, User)>> {
        self.one(
            concat!(
                "SELECT ",
                session_columns!(),
                ", ",
                user_columns!("u."),
                " FROM session s JOIN user u ON u.id = s.user_id WHERE s.token_hash = ?1"
            ),
            params![token_hash],
            |row| {
                let mut columns = Columns::of(row);
                Ok((read_session(&mut columns)?, read_user(&mut columns)?))
            },
        )
    }

    fn session(&self, id: SessionId) -> Result<Option<Session>> {
        self.one(
            concat!("SELECT ", session_columns!(), " FROM session s WHERE s.id = ?1"),
            params![id.as_bytes()],
            |row| read_session(&mut Columns::of(row)),
        )
    }

    fn sessions_of(&self, user: UserId) -> Result<Vec<Session>> {
        self.all(
            concat!(
                "SELECT ",
                session_columns!(),
                " FROM session s WHERE s.user_id = ?1 ORDER BY s.updated_at DESC, s.rowid DESC"
            ),
            params![user.as_bytes()],
            |row| read_session(&mut Columns::of(row)),
        )
    }

    fn api_key_by_secret(&self, secret_hash: &[u8; 32]) -> Result<Option<(ApiKey, User)>> {
        self.one(
            concat!(
                "SELECT ",
                key_columns!(),
                ", ",
                user_columns!("u."),
                " FROM api_key k JOIN user u ON u.id = k.user_id WHERE k.secret_hash = ?1"
            ),
            params![secret_hash],
            |row| {
                let mut columns = Columns::of(row);
                Ok((read_key(&mut columns)?, read_user(&mut columns)?))
            },
        )
    }

    fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>> {
        self.one(concat!("SELECT ", key_columns!(), " FROM api_key k WHERE k.id = ?1"), params![id.as_bytes()], |row| {
            read_key(&mut Columns::of(row))
        })
    }

    fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>> {
        self.all(
            concat!(
                "SELECT ",
                key_columns!(),
                " FROM api_key k WHERE k.user_id = ?1 ORDER BY k.created_at DESC, k.rowid DESC"
            ),
            params![user.as_bytes()],
            |row| read_key(&mut Columns::of(row)),
        )
    }

    fn positions(&self, session: SessionId) -> Result<Vec<(EntityType, String)>> {
        self.all("SELECT entity, ack FROM sync_position WHERE session_id = ?1", params![session.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.name()?, columns.string()?))
        })
    }
}

impl WriteUsers for Tx<'_> {
    fn insert_user(&mut self, user: &User) -> Result<()> {
        self.execute(
            "INSERT INTO user (id, email, name, password_hash, pin_hash, is_admin, avatar_color, profile_image_path,
                profile_changed_at, storage_label, quota_bytes, usage_bytes, should_change_password, oauth_id, status,
                created_at, updated_at, deleted_at, update_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            params![
                user.id.as_bytes(),
                user.email,
                user.name,
                user.password_hash,
                user.pin_hash,
                user.is_admin,
                user.avatar_color.map(|color| color.as_str()),
                user.profile_image_path,
                user.profile_changed_at.0,
                user.storage_label,
                user.quota_bytes,
                user.usage_bytes,
                user.should_change_password,
                user.oauth_id,
                user.status.as_str(),
                user.created_at.0,
                user.updated_at.0,
                user.deleted_at.map(|at| at.0),
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn delete_user(&mut self, user: &User) -> Result<()> {
        self.bury_user(user)
    }

    fn update_user(&mut self, user: &User) -> Result<()> {
        self.execute(
            "UPDATE user SET email = ?2, name = ?3, password_hash = ?4, pin_hash = ?5, is_admin = ?6, avatar_color = ?7,
                profile_image_path = ?8, profile_changed_at = ?9, storage_label = ?10, quota_bytes = ?11,
                should_change_password = ?12, oauth_id = ?13, status = ?14, deleted_at = ?15, updated_at = ?16,
                update_id = ?17 WHERE id = ?1",
            params![
                user.id.as_bytes(),
                user.email,
                user.name,
                user.password_hash,
                user.pin_hash,
                user.is_admin,
                user.avatar_color.map(|color| color.as_str()),
                user.profile_image_path,
                user.profile_changed_at.0,
                user.storage_label,
                user.quota_bytes,
                user.should_change_password,
                user.oauth_id,
                user.status.as_str(),
                user.deleted_at.map(|at| at.0),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn add_usage(&mut self, id: UserId, bytes: i64) -> Result<()> {
        self.execute(
            "UPDATE user SET usage_bytes = max(0, usage_bytes + ?2), updated_at = ?3, update_id = ?4 WHERE id = ?1",
            params![id.as_bytes(), bytes, self.time().0, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn set_user_metadata(&mut self, id: UserId, key: UserMetadataKey, json: &str) -> Result<()> {
        self.execute(
            "INSERT INTO user_metadata (user_id, key, value, update_id) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value, update_id = excluded.update_id",
            params![id.as_bytes(), key.as_str(), json, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn delete_user_metadata(&mut self, id: UserId, key: UserMetadataKey) -> Result<bool> {
        let deleted = self.execute(
            "DELETE FROM user_metadata WHERE user_id = ?1 AND key = ?2",
            params![id.as_bytes(), key.as_str()],
        )?;
        if deleted == 0 {
            return Ok(false);
        }
        let scope = id.as_bytes();
        self.bury(&Tombstone {
            kind: "user_metadata",
            scope: Some(scope),
            key3: Some(key.as_str()),
            ..Tombstone::default()
        })?;
        Ok(true)
    }

    fn set_server_metadata(&mut self, key: &str, value: &str) -> Result<()> {
        self.execute(
            "INSERT INTO server_metadata (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            params![key, value],
        )?;
        Ok(())
    }
}

impl WriteAccess for Tx<'_> {
    fn insert_session(&mut self, session: &Session) -> Result<()> {
        self.execute(
            "INSERT INTO session (id, user_id, parent_id, token_hash, device_type, device_os, app_version, created_at,
                updated_at, expires_at, pin_expires_at, is_pending_sync_reset)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                session.id.as_bytes(),
                session.user_id.as_bytes(),
                session.parent_id.as_ref().map(SessionId::as_bytes),
                session.token_hash,
                session.device_type,
                session.device_os,
                session.app_version,
                session.created_at.0,
                session.updated_at.0,
                session.expires_at.map(|at| at.0),
                session.pin_expires_at.map(|at| at.0),
                session.is_pending_sync_reset
            ],
        )?;
        Ok(())
    }

    fn update_session(&mut self, session: &Session) -> Result<()> {
        self.execute(
            "UPDATE session SET device_type = ?2, device_os = ?3, app_version = ?4, expires_at = ?5, pin_expires_at = ?6,
                is_pending_sync_reset = ?7, updated_at = ?8 WHERE id = ?1",
            params![
                session.id.as_bytes(),
                session.device_type,
                session.device_os,
                session.app_version,
                session.expires_at.map(|at| at.0),
                session.pin_expires_at.map(|at| at.0),
                session.is_pending_sync_reset,
                self.time().0
            ],
        )?;
        Ok(())
    }

    fn delete_session(&mut self, id: SessionId) -> Result<()> {
        self.execute("DELETE FROM session WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }

    fn delete_expired_sessions(&mut self, unused_since: Timestamp) -> Result<u64> {
        let deleted = self.execute(
            "DELETE FROM session WHERE updated_at <= ?1 OR expires_at <= ?2",
            params![unused_since.0, self.time().0],
        )?;
        Ok(deleted as u64)
    }

    fn insert_api_key(&mut self, key: &ApiKey) -> Result<()> {
        self.execute(
            "INSERT INTO api_key (id, user_id, name, secret_hash, permissions, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                key.id.as_bytes(),
                key.user_id.as_bytes(),
                key.name,
                key.secret_hash,
                permission_text(&key.permissions),
                key.created_at.0,
                key.updated_at.0
            ],
        )?;
        Ok(())
    }

    fn update_api_key(&mut self, key: &ApiKey) -> Result<()> {
        self.execute(
            "UPDATE api_key SET name = ?2, secret_hash = ?3, permissions = ?4, updated_at = ?5 WHERE id = ?1",
            params![key.id.as_bytes(), key.name, key.secret_hash, permission_text(&key.permissions), self.time().0],
        )?;
        Ok(())
    }

    fn delete_api_key(&mut self, id: ApiKeyId) -> Result<()> {
        self.execute("DELETE FROM api_key WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }

    fn set_position(&mut self, session: SessionId, entity: EntityType, ack: &str) -> Result<()> {
        self.execute(
            "INSERT INTO sync_position (session_id, entity, ack) VALUES (?1, ?2, ?3)
             ON CONFLICT (session_id, entity) DO UPDATE SET ack = excluded.ack",
            params![session.as_bytes(), entity.as_str(), ack],
        )?;
        Ok(())
    }

    fn delete_positions(&mut self, session: SessionId, entities: Option<&[EntityType]>) -> Result<()> {
        let Some(entities) = entities else {
            self.execute("DELETE FROM sync_position WHERE session_id = ?1", params![session.as_bytes()])?;
            return Ok(());
        };
        for entity in entities {
            self.execute(
                "DELETE FROM sync_position WHERE session_id = ?1 AND entity = ?2",
                params![session.as_bytes(), entity.as_str()],
            )?;
        }
        Ok(())
    }
}
