//! What has to hold when the trouble is over.

use crate::view::{assets, difference, short, view};
use crate::world::{Outcome, World};

/// Rounds in which everybody has to come to agree.
const ROUNDS: u32 = 12;
/// How far time moves between them: further than the longest rest of a row.
const STEP_MS: i64 = 2 * 3_600_000;
/// Requests of a node in one quiet sync: the version, the stream, an ack.
const QUIET_REQUESTS: u64 = 3;
/// Requests of a node that agreeing may take, for each round.
const REQUESTS: u64 = 400;

impl World {
    /// Faults stop; everybody syncs until nothing is left to say, and then the laws are held against what there is.
    pub(crate) fn settle(&mut self) -> Outcome<()> {
        self.calm_down();
        let mut problem = String::new();
        for round in 0..ROUNDS {
            let mut is_quiet = true;
            for index in 0..self.nodes.len() {
                let node = &self.nodes[index];
                let before = node.network.requests();
                let synced = match node.sync() {
                    Ok(synced) => synced,
                    Err(error) => return Err(format!("{} cannot sync: {error}", node.place.name)),
                };
                let requests = node.network.requests() - before;
                is_quiet &= synced.sent == 0 && synced.lines <= 1 && requests <= QUIET_REQUESTS;
                let told = node.network.told().join("\n     ");
                let line = format!("{told}\nsettling {round}: {} {synced:?}, {requests} requests", node.place.name);
                if requests > REQUESTS {
                    return Err(format!("{line}: this is a loop"));
                }
                self.tell(line);
            }
            self.work();
            self.pass(STEP_MS);
            let is_done = self.outboxes_are_empty();
            if is_quiet && is_done.is_ok() {
                return self.check();
            }
            problem = format!("no end after {ROUNDS} rounds: {:?}", is_done.err());
        }
        Err(problem)
    }

    fn calm_down(&mut self) {
        for node in &self.nodes {
            node.network.set_trouble(0);
            node.place.fuse.set_full(false);
            node.place.fuse.light(-1, false);
        }
        self.upstream.fuse.set_full(false);
        self.upstream.fuse.light(-1, false);
        self.restart_dead();
        self.work();
    }

    /// Time moves for everybody.
    pub(crate) fn pass(&self, ms: i64) {
        self.upstream.clock.advance(ms);
        self.nodes.iter().for_each(|node| node.place.clock.advance(ms));
    }

    fn check(&self) -> Outcome<()> {
        self.all_agree()?;
        self.nothing_is_lost()?;
        self.names_stay()?;
        self.outboxes_are_empty()
    }

    fn all_agree(&self) -> Outcome<()> {
        for node in &self.nodes {
            let mut there = view(&self.upstream.library, node.user_there).map_err(|error| error.to_string())?;
            let mut here = view(&node.place.library, node.user).map_err(|error| error.to_string())?;
            // What was deleted there and has its original here lies in the trash, where somebody can take it back.
            here.assets.retain(|name, fields| {
                let is_trashed = fields.get("life").is_some_and(|life| life == "\"trashed\"");
                there.assets.contains_key(name) || !is_trashed || !self.is_doomed(name)
            });
            // A stack that was made here of something that was deleted there meanwhile cannot be made there; what its other
            // members are in there is not said again. See docs/sync-engine.md.
            let is_broken = |stack: &Vec<String>| stack.iter().any(|name| self.is_doomed(name));
            if here.stacks.iter().chain(&there.stacks).any(is_broken) {
                here.stacks.clear();
                there.stacks.clear();
            }
            if let Some(difference) = difference(&there, &here) {
                let upstream = node.upstream().map_err(|error| error.to_string())?;
                let kept = node.place.library.quarantined(upstream.id).map_err(|error| error.to_string())?;
                let text = format!("{} and the upstream do not agree:\n{difference}", node.place.name);
                return Err(if kept.is_empty() { text } else { format!("{text}\nin quarantine: {kept:#?}") });
            }
        }
        Ok(())
    }

    /// What was acknowledged is there, unless somebody wanted it gone; what is there is there with its bytes where it came
    /// in or where it went to.
    fn nothing_is_lost(&self) -> Outcome<()> {
        for (content, owner) in &self.added {
            let kept = assets(&self.upstream.library, *owner).map_err(|error| error.to_string())?;
            let found = kept.iter().find(|(_, known)| known == content);
            let Some((id, _)) = found else {
                if self.doomed.contains(content) {
                    continue;
                }
                return Err(format!("{} is lost", short(content)));
            };
            let asset = self.upstream.library.read(|tx| Ok(tx.asset(*id)?)).map_err(|error| error.to_string())?;
            let path = asset.map(|asset| asset.original_path).unwrap_or_default();
            if let Err(error) = self.upstream.library.blobs().open(&path) {
                return Err(format!("the bytes of {} are lost: {error}", short(content)));
            }
        }
        Ok(())
    }

    fn is_doomed(&self, name: &str) -> bool {
        self.doomed.iter().any(|content| short(content) == name)
    }

    fn names_stay(&self) -> Outcome<()> {
        for node in &self.nodes {
            let now = assets(&node.place.library, node.user).map_err(|error| error.to_string())?;
            for (id, content) in now {
                // What was deleted and added again is another asset.
                if node.names.get(&content).is_some_and(|name| *name != id) && !self.doomed.contains(&content) {
                    let content = short(&content);
                    return Err(format!("{content} has another name at {} than when it was added", node.place.name));
                }
            }
        }
        Ok(())
    }

    fn outboxes_are_empty(&self) -> Outcome<()> {
        for node in &self.nodes {
            let upstream = node.upstream().map_err(|error| error.to_string())?;
            let rows = node.place.library.outbox(upstream.id, 0, 100).map_err(|error| error.to_string())?;
            if !rows.is_empty() {
                return Err(format!("{} still has to send {rows:#?}", node.place.name));
            }
            let kept = node.place.library.quarantined(upstream.id).map_err(|error| error.to_string())?;
            if !kept.is_empty() {
                return Err(format!("{} has lines in quarantine: {kept:#?}", node.place.name));
            }
        }
        Ok(())
    }
}
