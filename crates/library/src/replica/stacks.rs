//! Stacks of the server. Their members say which stack they are in.

use tintype_protocol::id::{AssetId, StackId};
use tintype_protocol::sync::{StackDelete, StackV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{Asset, ExternalKind, Field, OutboxRow, Stack, Subject};
use crate::stacks::{dissolve, settle};

impl Replica<'_> {
    pub(super) fn stack(&mut self, line: StackV1) -> Result<Outcome, LibraryError> {
        let Some(owner_id) = self.local_user(line.owner_id)? else {
            return Ok(Outcome::waits_for("user", line.owner_id.0));
        };
        let known = self.recognise(ExternalKind::Stack, line.id.0, owner_id)?.map(StackId);
        let Some(primary) = self.local_asset(line.primary_asset_id)? else {
            return Ok(Outcome::waits_for("asset", line.primary_asset_id.0));
        };
        let id = match known {
            Some(id) => id,
            None => match self.same_stack(line.id, primary)? {
                Some(id) => id,
                None if self.tx.stack(line.id)?.is_some() => return Ok(Outcome::taken("stack", line.id.0)),
                None => line.id,
            },
        };
        if let Some(stack) = self.mask_stack(Stack { id, owner_id, primary })? {
            self.tx.mirror_stack(&stack, line.created_at)?;
        }
        if known.is_none() {
            self.name(ExternalKind::Stack, line.id.0, id.0, owner_id)?;
        }
        Ok(Outcome::Applied)
    }

    /// A stack here with that asset in front which has no name there yet: it was made here, and the server got to know it.
    /// One that was not sent, or has not all that is in the server's, is another one.
    fn same_stack(&self, external: StackId, primary: AssetId) -> Result<Option<StackId>, LibraryError> {
        let Some(id) = self.tx.asset(primary)?.and_then(|asset| asset.stack_id) else { return Ok(None) };
        let Some(stack) = self.tx.stack(id)?.filter(|stack| stack.primary == primary) else { return Ok(None) };
        if self.external(ExternalKind::Stack, id.0)?.is_some() {
            return Ok(None);
        }
        let is_unsent = |row: &OutboxRow| row.field == Field::Existence && !row.is_sent;
        // Assets that are not in ours have come under the name that the stack has there.
        let others = self.tx.stack_assets(&Stack { id: external, ..stack })?;
        let is_other = !others.is_empty() || self.pending(Subject::Stack(id))?.iter().any(is_unsent);
        Ok((!is_other).then_some(id))
    }

    /// Which stack an asset is in. Lines of stacks come behind those of their assets: until then it has the name that the
    /// stack will have, if it `may_come`. `known` is the asset, if it is here.
    pub(super) fn stack_of(
        &mut self,
        external: Option<StackId>,
        may_come: bool,
        known: Option<AssetId>,
    ) -> Result<Option<StackId>, LibraryError> {
        let named = external.map(|stack| self.local(ExternalKind::Stack, stack.0)).transpose()?.flatten().map(StackId);
        let asset = known.map(|id| self.tx.asset(id)).transpose()?.flatten();
        let here = asset.as_ref().and_then(|asset| asset.stack_id);
        if let Some(asset) = &asset
            && self.holds_stack(asset.id, here, named)?
        {
            return Ok(here);
        }
        let ours = self.stack_of_ours(here)?;
        Ok(match (external, named, ours, asset) {
            // That it is in none says nothing of one that the server was never told of.
            (None, _, ours, _) => ours.map(|ours| ours.id),
            (_, Some(named), ours, asset) => {
                if let (Some(_), Some(asset)) = (ours, asset) {
                    self.leave_stack(asset)?;
                }
                // What is not here is not shown as part of it.
                self.tx.stack(named)?.map(|stack| stack.id)
            }
            (Some(external), None, Some(ours), Some(asset)) => {
                if may_come {
                    self.hand_stack_over(&ours, external, asset.id)?;
                }
                Some(ours.id)
            }
            (Some(external), ..) => (may_come && self.tx.stack(external)?.is_none()).then_some(external),
        })
    }

    /// A stack that the server does not know.
    fn stack_of_ours(&self, here: Option<StackId>) -> Result<Option<Stack>, LibraryError> {
        let Some(stack) = here.map(|here| self.tx.stack(here)).transpose()?.flatten() else { return Ok(None) };
        let is_ours = self.external(ExternalKind::Stack, stack.id.0)?.is_none();
        Ok(is_ours.then_some(stack))
    }

    /// An asset goes from a stack that the server does not know into another one.
    fn leave_stack(&mut self, mut asset: Asset) -> Result<(), LibraryError> {
        let left = asset.stack_id.take();
        self.tx.update_asset(&asset)?;
        left.map_or(Ok(()), |left| settle(self.tx, left))
    }

    /// The server has stacked an asset, too: the stack that it is in here is the server's from now on. What else is in it
    /// is in none by the last word of the server, if the server has it; those of the same stack say so in lines to come.
    fn hand_stack_over(&mut self, ours: &Stack, external: StackId, asset: AssetId) -> Result<(), LibraryError> {
        for mut other in self.tx.stack_assets(ours)? {
            if other.id != asset && self.external(ExternalKind::Asset, other.id.0)?.is_some() {
                other.stack_id = None;
                self.tx.update_asset(&other)?;
            }
        }
        // Lines that came before this one.
        for mut other in self.tx.stack_assets(&Stack { id: external, ..*ours })? {
            other.stack_id = Some(ours.id);
            self.tx.update_asset(&other)?;
        }
        self.name(ExternalKind::Stack, external.0, ours.id.0, ours.owner_id)
    }

    pub(super) fn stack_is_gone(&mut self, line: StackDelete) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local(ExternalKind::Stack, line.stack_id.0)? {
            self.give_up(Subject::Stack(StackId(id)))?;
            self.dissolve(StackId(id))?;
            self.forget(ExternalKind::Stack, line.stack_id.0)?;
        }
        Ok(Outcome::Applied)
    }

    /// A stack is none any more; its assets stay.
    pub(super) fn dissolve(&mut self, id: StackId) -> Result<(), LibraryError> {
        if let Some(stack) = self.tx.stack(id)? {
            dissolve(self.tx, &stack)?;
        }
        Ok(())
    }
}
