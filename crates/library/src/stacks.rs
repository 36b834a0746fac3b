//! Stacks: assets that belong together, shown as one.

use std::collections::{BTreeMap, BTreeSet};

use tintype_protocol::id::{AssetId, StackId};
use tintype_protocol::permission::Permission;

use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Exif, Stack, StackSummary};
use crate::recorder::{Change, StackChange};
use crate::sessions::Caller;
use crate::store::{Read, Write};

/// The fewest assets that make a stack.
const LEAST: usize = 2;

/// A stack with what is in it, the one in front first.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct StackView {
    pub stack: Stack,
    pub assets: Vec<(Asset, Option<Exif>)>,
}

impl Library {
    /// The caller's stacks; with `primary` only the one that has it in front.
    pub fn stacks(&self, caller: &Caller, primary: Option<AssetId>) -> Result<Vec<StackView>, LibraryError> {
        self.read(|tx| {
            let stacks = tx.stacks_of(caller.user.id, primary)?;
            stacks.into_iter().map(|stack| view(tx, stack)).collect()
        })
    }

    /// One stack.
    pub fn stack(&self, caller: &Caller, id: StackId) -> Result<StackView, LibraryError> {
        self.read(|tx| view(tx, own(tx, caller, id, Permission::StackRead)?))
    }

    /// What an asset shows of its stack.
    pub fn stack_summary(&self, id: StackId) -> Result<Option<StackSummary>, LibraryError> {
        self.read(|tx| Ok(tx.stack_summary(id)?))
    }

    /// Makes a stack, the first asset in front. Stacks that had one of the assets in front become part of it.
    pub fn create_stack(&self, caller: &Caller, ids: &[AssetId]) -> Result<StackView, LibraryError> {
        let mut seen = BTreeSet::new();
        let ids: Vec<AssetId> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let Some(primary) = ids.first().copied().filter(|_| ids.len() >= LEAST) else {
            return Err(LibraryError::invalid("A stack needs at least two assets"));
        };
        let stack = Stack { id: self.new_id().into(), owner_id: caller.user.id, primary };
        let caller = caller.clone();
        self.change(move |tx| {
            let mut members = Vec::with_capacity(ids.len());
            for id in &ids {
                members.push(usable(tx.as_read(), &caller, *id, Permission::AssetUpdate)?);
            }
            let merged = merge(tx, &mut members)?;
            tx.insert_stack(&stack)?;
            let mut changes: Vec<_> = members.iter().map(|asset| Change::AssetChanged(asset.id, Vec::new())).collect();
            let mut of_stacks = vec![StackChange::Made(stack.id)];
            of_stacks.extend(merged.into_iter().map(StackChange::Dissolved));
            let mut left = BTreeMap::<StackId, Vec<AssetId>>::new();
            for mut asset in members {
                if let Some(old) = asset.stack_id.replace(stack.id) {
                    left.entry(old).or_default().push(asset.id);
                }
                tx.update_asset(&asset)?;
            }
            for (old, assets) in left {
                of_stacks.extend(leave(tx, old, assets)?);
            }
            changes.push(Change::StacksChanged(stack.owner_id, of_stacks));
            Ok((view(tx.as_read(), stack)?, changes))
        })
    }

    /// Brings another asset of a stack to the front.
    pub fn update_stack(
        &self,
        caller: &Caller,
        id: StackId,
        primary: Option<AssetId>,
    ) -> Result<StackView, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let (mut stack, mut changes) = (own(tx.as_read(), &caller, id, Permission::StackUpdate)?, Vec::new());
            if let Some(primary) = primary {
                if tx.asset(primary)?.is_none_or(|asset| asset.stack_id != Some(id)) {
                    return Err(LibraryError::invalid("Primary asset must be in the stack"));
                }
                changes.push(StackChange::Turned(id, std::mem::replace(&mut stack.primary, primary)));
                tx.update_stack(&stack)?;
            }
            Ok((view(tx.as_read(), stack)?, vec![Change::StacksChanged(caller.user.id, changes)]))
        })
    }

    /// Dissolves stacks; their assets stay.
    pub fn delete_stacks(&self, caller: &Caller, ids: &[StackId]) -> Result<(), LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.change(move |tx| {
            let mut changes = Vec::new();
            let mut stacks = Vec::with_capacity(ids.len());
            for id in ids {
                stacks.push(own(tx.as_read(), &caller, id, Permission::StackDelete)?);
            }
            for stack in &stacks {
                let members = dissolve(tx, stack)?;
                changes.extend(members.into_iter().map(|asset| Change::AssetChanged(asset, Vec::new())));
            }
            let dissolved = stacks.iter().map(|stack| StackChange::Dissolved(stack.id)).collect();
            changes.push(Change::StacksChanged(caller.user.id, dissolved));
            Ok(((), changes))
        })
    }

    /// Takes an asset out of a stack. The one in front stays.
    pub fn remove_from_stack(&self, caller: &Caller, id: StackId, asset: AssetId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let stack = own(tx.as_read(), &caller, id, Permission::StackUpdate)?;
            if stack.primary == asset {
                return Err(LibraryError::invalid("Cannot remove primary asset from stack"));
            }
            let member = tx.asset(asset)?.filter(|member| member.stack_id == Some(id));
            let mut member = member.ok_or_else(|| LibraryError::invalid("Asset not in stack"))?;
            member.stack_id = None;
            tx.update_asset(&member)?;
            let left = Change::StacksChanged(caller.user.id, vec![StackChange::Left(id, asset)]);
            Ok(((), vec![Change::AssetChanged(asset, Vec::new()), left]))
        })
    }
}

fn own(tx: &dyn Read, caller: &Caller, id: StackId, need: Permission) -> Result<Stack, LibraryError> {
    tx.stack(id)?.filter(|stack| stack.owner_id == caller.user.id).ok_or(LibraryError::NoAccess(need))
}

fn view(tx: &dyn Read, stack: Stack) -> Result<StackView, LibraryError> {
    let with_exif = |asset: Asset| {
        let exif = tx.exif(asset.id)?;
        Ok((asset, exif))
    };
    let assets = tx.stack_assets(&stack)?.into_iter().map(with_exif).collect::<Result<_, LibraryError>>()?;
    Ok(StackView { stack, assets })
}

/// Stacks that have one of these in front give all their assets to the new one; answers which.
fn merge(tx: &mut dyn Write, members: &mut Vec<Asset>) -> Result<Vec<StackId>, LibraryError> {
    let mut merged = Vec::new();
    let fronts: Vec<StackId> = members.iter().filter_map(|asset| asset.stack_id).collect();
    for id in fronts {
        let Some(stack) = tx.stack(id)? else { continue };
        if !members.iter().any(|asset| asset.id == stack.primary) {
            continue;
        }
        for asset in tx.stack_assets(&stack)? {
            if !members.iter().any(|member| member.id == asset.id) {
                members.push(asset);
            }
        }
        tx.delete_stack(&stack)?;
        members.iter_mut().filter(|asset| asset.stack_id == Some(id)).for_each(|asset| asset.stack_id = None);
        merged.push(id);
    }
    Ok(merged)
}

/// What becomes of a stack that assets have left for another one. An upstream that makes the other one does the same; it is
/// told all the same, as there may be nothing left to make by the time it hears of this.
fn leave(tx: &mut dyn Write, id: StackId, assets: Vec<AssetId>) -> Result<Vec<StackChange>, LibraryError> {
    settle(tx, id)?;
    Ok(match tx.stack(id)? {
        Some(_) => assets.into_iter().map(|asset| StackChange::Left(id, asset)).collect(),
        None => vec![StackChange::Dissolved(id)],
    })
}

/// Takes a stack apart; answers what was in it.
pub(crate) fn dissolve(tx: &mut dyn Write, stack: &Stack) -> Result<Vec<AssetId>, LibraryError> {
    let mut ids = Vec::new();
    for mut asset in tx.stack_assets(stack)? {
        asset.stack_id = None;
        tx.update_asset(&asset)?;
        ids.push(asset.id);
    }
    tx.delete_stack(stack)?;
    Ok(ids)
}

/// After assets have left: a stack of one is none, and somebody has to be in front.
pub(crate) fn settle(tx: &mut dyn Write, id: StackId) -> Result<(), LibraryError> {
    let Some(mut stack) = tx.stack(id)? else { return Ok(()) };
    let assets = tx.stack_assets(&stack)?;
    if assets.len() < LEAST {
        dissolve(tx, &stack)?;
    } else if !assets.iter().any(|asset| asset.id == stack.primary) {
        stack.primary = assets[0].id;
        tx.update_stack(&stack)?;
    }
    Ok(())
}
