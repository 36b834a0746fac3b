//! Memories: photos of this day in earlier years, made every night, and what people do with them.

use tintype_protocol::id::{AssetId, MemoryId, UserId};
use tintype_protocol::model::BulkError;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::albums::BulkOutcome;
use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Memory, MemoryFilter};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Durability, Read, Write};

/// Days ahead for which memories are made, so that apps have them before the day begins (http-api §8).
const DAYS_AHEAD: i64 = 3;
/// Most photos of one memory.
const MAX_ASSETS: u32 = 20;
/// Memories that nobody saved go after this time (sync-protocol §11).
const KEEP_MS: i64 = 30 * DAY_MS;
/// Memories made in one transaction.
const MAKE_BATCH: usize = 100;
/// Memories removed in one transaction.
const CLEAN_BATCH: u32 = 500;

/// A memory and what it shows.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct MemoryView {
    pub memory: Memory,
    pub assets: Vec<Asset>,
}

/// What a person says about a new memory.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewMemory {
    pub year: i32,
    pub memory_at: Timestamp,
    pub show_at: Option<Timestamp>,
    pub hide_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub is_saved: bool,
    pub assets: Vec<AssetId>,
}

/// Changes of a memory; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct MemoryChange {
    pub memory_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub is_saved: Option<bool>,
}

/// What is done with one asset of a bulk request.
type ChangeOne = fn(&mut dyn Write, &Caller, &Memory, AssetId) -> Result<Result<(), BulkError>, LibraryError>;

impl Library {
    /// The caller's memories.
    pub fn memories(&self, caller: &Caller, filter: &MemoryFilter) -> Result<Vec<MemoryView>, LibraryError> {
        self.read(|tx| tx.memories(caller.user.id, filter)?.into_iter().map(|memory| view(tx, memory)).collect())
    }

    /// How many of the caller's memories meet a filter.
    pub fn memory_count(&self, caller: &Caller, filter: &MemoryFilter) -> Result<u64, LibraryError> {
        self.read(|tx| Ok(tx.memory_count(caller.user.id, filter)?))
    }

    /// One memory.
    pub fn memory(&self, caller: &Caller, id: MemoryId) -> Result<MemoryView, LibraryError> {
        self.read(|tx| view(tx, own(tx, caller, id, Permission::MemoryRead)?))
    }

    /// Makes a memory. Assets that the caller may not use are left out.
    pub fn create_memory(&self, caller: &Caller, new: NewMemory) -> Result<MemoryView, LibraryError> {
        let (caller, id) = (caller.clone(), MemoryId(self.new_id()));
        self.change(move |tx| {
            let memory = Memory {
                id,
                owner_id: caller.user.id,
                year: new.year,
                memory_at: new.memory_at,
                show_at: new.show_at,
                hide_at: new.hide_at,
                seen_at: new.seen_at,
                is_saved: new.is_saved,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            tx.insert_memory(&memory)?;
            for asset in new.assets {
                if may_add(tx.as_read(), &caller, asset) {
                    tx.add_memory_asset(&memory, asset)?;
                }
            }
            Ok((view(tx.as_read(), memory)?, vec![Change::MemoryChanged(id)]))
        })
    }

    /// Changes a memory.
    pub fn update_memory(
        &self,
        caller: &Caller,
        id: MemoryId,
        change: MemoryChange,
    ) -> Result<MemoryView, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let memory = own(tx.as_read(), &caller, id, Permission::MemoryUpdate)?;
            let memory = Memory {
                memory_at: change.memory_at.unwrap_or(memory.memory_at),
                seen_at: change.seen_at.or(memory.seen_at),
                is_saved: change.is_saved.unwrap_or(memory.is_saved),
                updated_at: tx.now(),
                ..memory
            };
            tx.update_memory(&memory)?;
            Ok((view(tx.as_read(), memory)?, vec![Change::MemoryChanged(id)]))
        })
    }

    /// Deletes a memory; its assets stay.
    pub fn delete_memory(&self, caller: &Caller, id: MemoryId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let memory = own(tx.as_read(), &caller, id, Permission::MemoryDelete)?;
            tx.delete_memory(&memory)?;
            Ok(((), vec![Change::MemoryDeleted(id)]))
        })
    }

    /// Puts assets into a memory. The outcomes come in the order of the request.
    pub fn add_memory_assets(
        &self,
        caller: &Caller,
        id: MemoryId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        self.change_assets(caller, id, assets, |tx, caller, memory, asset| {
            if !may_add(tx.as_read(), caller, asset) {
                return Ok(Err(BulkError::NoPermission));
            }
            Ok(if tx.add_memory_asset(memory, asset)? { Ok(()) } else { Err(BulkError::Duplicate) })
        })
    }

    /// Takes assets out of a memory. The outcomes come in the order of the request.
    pub fn remove_memory_assets(
        &self,
        caller: &Caller,
        id: MemoryId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        self.change_assets(caller, id, assets, |tx, _, memory, asset| {
            Ok(if tx.remove_memory_asset(memory, asset)? { Ok(()) } else { Err(BulkError::NotFound) })
        })
    }

    fn change_assets(
        &self,
        caller: &Caller,
        id: MemoryId,
        assets: Vec<AssetId>,
        one: ChangeOne,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let memory = own(tx.as_read(), &caller, id, Permission::MemoryUpdate)?;
            let mut outcomes = Vec::with_capacity(assets.len());
            for asset in assets {
                outcomes.push((asset, one(tx, &caller, &memory, asset)?));
            }
            if outcomes.iter().any(|(_, outcome)| outcome.is_ok()) {
                tx.update_memory(&memory)?;
            }
            Ok((outcomes, vec![Change::MemoryChanged(id)]))
        })
    }

    /// Makes the memories of today and the next days that are not made yet, and removes those that are over. Photos that
    /// come later than the night get their memory, too; one that was deleted does not come again.
    pub fn renew_memories(&self) -> Result<(), LibraryError> {
        self.remove_stale_memories()?;
        let today = self.clock.now().0.div_euclid(DAY_MS);
        let mut missing = Vec::new();
        for user in self.users(false)? {
            if self.wants_memories(user.id)? {
                for day in today..=today + DAYS_AHEAD {
                    missing.extend(self.read(|tx| missing_years(tx, user.id, day))?);
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.write(Durability::Relaxed, move |tx| Ok(tx.forget_made_memories(today)?))?;
        while !missing.is_empty() {
            let (batch, entropy) = (missing.split_off(missing.len().saturating_sub(MAKE_BATCH)), self.entropy.clone());
            // A run that is cut short is repeated; what it made is noted beside it.
            self.write(Durability::Relaxed, move |tx| {
                batch.iter().try_for_each(|day| make(tx, day, crate::clock::random_uuid(entropy.as_ref()).into()))
            })?;
        }
        Ok(())
    }

    fn wants_memories(&self, user: UserId) -> Result<bool, LibraryError> {
        // Who follows a server gets the memories that it makes.
        if self.upstream_of(user)?.is_some() {
            return Ok(false);
        }
        let preferences = self.preference_overrides(user)?;
        let enabled = preferences.get("memories").and_then(|memories| memories["enabled"].as_bool());
        Ok(enabled.unwrap_or(true))
    }

    fn remove_stale_memories(&self) -> Result<(), LibraryError> {
        let before = Timestamp(self.clock.now().0 - KEEP_MS);
        // Looks before it writes: an idle node writes nothing.
        while self.read(|tx| Ok(!tx.stale_memories(before, 1)?.is_empty()))? {
            self.write(Durability::Relaxed, move |tx| {
                let stale = tx.stale_memories(before, CLEAN_BATCH)?;
                Ok(stale.iter().try_for_each(|memory| tx.delete_memory(memory))?)
            })?;
        }
        Ok(())
    }
}

fn own(tx: &dyn Read, caller: &Caller, id: MemoryId, need: Permission) -> Result<Memory, LibraryError> {
    tx.memory(id)?.filter(|memory| memory.owner_id == caller.user.id).ok_or(LibraryError::NoAccess(need))
}

fn view(tx: &dyn Read, memory: Memory) -> Result<MemoryView, LibraryError> {
    let assets = tx.memory_assets(memory.id)?;
    Ok(MemoryView { memory, assets })
}

/// Only assets of one's own: a link to another user's asset could not be told to a client that does not have it.
fn may_add(tx: &dyn Read, caller: &Caller, asset: AssetId) -> bool {
    usable(tx, caller, asset, Permission::AssetShare).is_ok_and(|asset| asset.owner_id == caller.user.id)
}

/// A day of an earlier year that has photos and no memory yet.
struct MissingMemory {
    owner: UserId,
    /// The day on which it is shown, counted from 1970.
    day: i64,
    /// The day that is remembered, as its midnight in UTC.
    then: Timestamp,
    year: i32,
}

fn missing_years(tx: &dyn Read, owner: UserId, day: i64) -> Result<Vec<MissingMemory>, LibraryError> {
    let (Some(first_month), Some(date)) = (tx.first_month(owner)?, date(day)) else { return Ok(Vec::new()) };
    let first_year = i16::try_from(first_month.div_euclid(12)).unwrap_or(i16::MAX);
    let mut missing = Vec::new();
    for year in first_year..date.year() {
        // The 29th of February has no counterpart in most years.
        let Ok(then) = jiff::civil::Date::new(year, date.month(), date.day()) else { continue };
        let Ok(midnight) = then.to_zoned(jiff::tz::TimeZone::UTC) else { continue };
        let (then, year) = (Timestamp(midnight.timestamp().as_millisecond()), i32::from(year));
        let has_photos = !tx.pictured_between(owner, then, Timestamp(then.0 + DAY_MS), 1)?.is_empty();
        if has_photos && !tx.is_memory_made(owner, day, year)? {
            missing.push(MissingMemory { owner, day, then, year });
        }
    }
    Ok(missing)
}

fn date(day: i64) -> Option<jiff::civil::Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

fn make(tx: &mut dyn Write, missing: &MissingMemory, id: MemoryId) -> Result<(), LibraryError> {
    let MissingMemory { owner, day, then, year } = *missing;
    let assets = tx.pictured_between(owner, then, Timestamp(then.0 + DAY_MS), MAX_ASSETS)?;
    // Made or gone since it was looked up.
    if assets.is_empty() || !tx.note_made_memory(owner, day, year)? {
        return Ok(());
    }
    let memory = Memory {
        id,
        owner_id: owner,
        year,
        memory_at: then,
        show_at: Some(Timestamp(day * DAY_MS)),
        hide_at: Some(Timestamp((day + 1) * DAY_MS - 1)),
        seen_at: None,
        is_saved: false,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.insert_memory(&memory)?;
    assets.into_iter().try_for_each(|asset| tx.add_memory_asset(&memory, asset).map(drop))?;
    Ok(())
}
