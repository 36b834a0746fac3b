//! What people do, and what happens to them.

use std::sync::{LazyLock, Mutex};

use rand::Rng as _;
use tintype_library::albums::AlbumChange;
use tintype_library::assets::{AssetChange, DateTimeOriginal};
use tintype_library::uploads::{Added, Upload};
use tintype_library::{Library, LibraryError};
use tintype_media::synthetic::{Story, picture};
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{SortOrder, Visibility};
use tintype_protocol::time::Timestamp;

use crate::view::{assets, short};
use crate::world::World;

/// Things that happen in a world.
const STEPS: std::ops::Range<u32> = 20..60;
/// Different pictures there are.
const PICTURES: usize = 64;

/// Pictures are made once.
static ALBUM: LazyLock<Mutex<Vec<Option<Vec<u8>>>>> = LazyLock::new(|| Mutex::new(vec![None; PICTURES]));

fn bytes(number: usize) -> Vec<u8> {
    let mut album = ALBUM.lock().expect("no panic holds it");
    let story = Story { taken: "2025:08:01 10:00:00".to_owned(), place: None };
    let number = number % PICTURES;
    album[number]
        .get_or_insert_with(|| picture(u32::try_from(number).expect("small"), 16, 12, &story).expect("a picture"))
        .clone()
}

/// Where somebody acts.
#[derive(Debug, Clone, Copy)]
enum At {
    Node(usize),
    /// At the upstream, as this person.
    Upstream(usize),
}

impl World {
    /// A whole life, from a seed. What went wrong, and what led to it.
    pub(crate) fn live(seed: u64) -> Result<(), (String, String)> {
        let mut world = Self::new_at(seed);
        let steps = world.rng.random_range(STEPS);
        let trouble = [0, 50, 200][world.rng.random_range(0..3)];
        world.nodes.iter().for_each(|node| node.network.set_trouble(trouble));
        for step in 0..steps {
            world.happen(step);
            world.restart_dead();
        }
        let outcome = world.settle();
        outcome.map_err(|problem| (problem, world.story.text()))
    }

    fn happen(&mut self, step: u32) {
        let what = match self.rng.random_range(0..20) {
            0..=11 => self.act(),
            12..=15 => self.sync_one(),
            16 => self.fall_asleep(),
            17 => self.crash_soon(),
            18 => self.reset(),
            _ => self.fill_or_free(),
        };
        self.tell(format!("{step}: {what}"));
        self.pass(10);
        if self.rng.random_bool(0.3) {
            self.work();
        }
    }

    fn sync_one(&mut self) -> String {
        let index = self.rng.random_range(0..self.nodes.len());
        let node = &self.nodes[index];
        let done = format!("{} syncs: {:?}", node.place.name, node.sync());
        [node.network.told(), vec![done]].concat().join("\n     ")
    }

    /// Time passes, or a clock is set.
    fn fall_asleep(&mut self) -> String {
        if self.rng.random_bool(0.5) {
            let ms = self.rng.random_range(1_000..4 * 3_600_000);
            self.pass(ms);
            return format!("{ms} ms pass");
        }
        let (index, ms) = (self.rng.random_range(0..self.nodes.len()), self.rng.random_range(-86_400_000..86_400_000));
        self.nodes[index].place.clock.advance(ms);
        format!("the clock of node {index} steps by {ms} ms")
    }

    fn crash_soon(&mut self) -> String {
        let (writes, is_kept) = (self.rng.random_range(0..12), self.rng.random());
        let index = self.rng.random_range(0..=self.nodes.len());
        let place = self.nodes.get(index).map_or(&self.upstream, |node| &node.place);
        place.fuse.light(writes, is_kept);
        format!("{} will crash after {writes} writes, {}", place.name, if is_kept { "kept" } else { "not kept" })
    }

    fn fill_or_free(&mut self) -> String {
        let (index, is_full) = (self.rng.random_range(0..self.nodes.len()), self.rng.random_bool(0.4));
        let place = &self.nodes[index].place;
        place.fuse.set_full(is_full);
        format!("the disk of {} is {}", place.name, if is_full { "full" } else { "free" })
    }

    /// The upstream wants to show everything again.
    fn reset(&mut self) -> String {
        let person = self.people[self.rng.random_range(0..self.people.len())];
        let Ok(sessions) = self.upstream.library.sessions(person) else { return "no sessions".to_owned() };
        let Some(session) = sessions.get(self.rng.random_range(0..sessions.len().max(1))).cloned() else {
            return "no session".to_owned();
        };
        let done = self.upstream.library.set_pending_reset(session, true).map(|session| session.id);
        format!("reset of {done:?}")
    }

    fn act(&mut self) -> String {
        let at = if self.rng.random_bool(0.3) {
            At::Upstream(self.rng.random_range(0..self.people.len()))
        } else {
            At::Node(self.rng.random_range(0..self.nodes.len()))
        };
        let done = self.do_something(at);
        match done {
            Ok(text) => format!("{at:?} {text}"),
            Err(error) => format!("{at:?} failed: {error:?}"),
        }
    }

    fn at(&self, at: At) -> (std::sync::Arc<Library>, UserId) {
        match at {
            At::Node(index) => (self.nodes[index].place.library.clone(), self.nodes[index].user),
            At::Upstream(person) => (self.upstream.library.clone(), self.people[person]),
        }
    }

    fn do_something(&mut self, at: At) -> Result<String, LibraryError> {
        let (library, user) = self.at(at);
        let Some(user) = library.user(user)? else { return Ok("nobody".to_owned()) };
        let caller = tintype_library::sessions::Caller::of(user.clone());
        let known = assets(&library, user.id)?;
        if known.is_empty() || self.rng.random_bool(0.25) {
            return self.import(at, &library, user.id);
        }
        let (id, content) = known[self.rng.random_range(0..known.len())];
        let name = short(&content);
        let text = match self.rng.random_range(0..14) {
            0..=4 => return self.change(&library, &caller, id, &name),
            5 => {
                library.delete_assets(&caller, &[id], false)?;
                "to the trash"
            }
            6 => {
                library.restore_assets(&caller, &[id])?;
                "restored"
            }
            7 => {
                self.doomed.insert(content);
                library.delete_assets(&caller, &[id], true)?;
                "deleted for good"
            }
            8 => return self.stack(&library, &caller, &known),
            _ => return self.album(&library, &caller, id, &name),
        };
        Ok(format!("{name} {text}"))
    }

    fn import(&mut self, at: At, library: &Library, owner: UserId) -> Result<String, LibraryError> {
        // Now and then what is somewhere already, as when two import the same card.
        let fresh = !self.rng.random_bool(0.2);
        if fresh {
            self.pictures += 1;
        }
        let number = if fresh { self.pictures } else { self.rng.random_range(0..=self.pictures) };
        let upload = self.picture(library, owner, number)?;
        let content = upload.file.sha1;
        match library.add(upload)? {
            Added::Created(id) => {
                let there = match at {
                    At::Node(index) => {
                        self.nodes[index].names.insert(content, id);
                        self.nodes[index].user_there
                    }
                    At::Upstream(_) => owner,
                };
                self.added.entry(content).or_insert(there);
                Ok(format!("adds {number} as {}", short(&content)))
            }
            Added::Duplicate(_) => Ok(format!("has {number} already, {}", short(&content))),
        }
    }

    fn picture(&mut self, library: &Library, owner: UserId, number: u32) -> Result<Upload, LibraryError> {
        let mut incoming = library.receive()?;
        incoming.write(&bytes(number as usize))?;
        let name = format!("{number}.jpg");
        Ok(Upload {
            owner,
            file: incoming.finish()?,
            sidecar: None,
            device_asset_id: name.clone(),
            device_id: "sim".to_owned(),
            name,
            file_created_at: Timestamp(1_754_042_400_000),
            file_modified_at: Timestamp(1_754_042_400_000),
            duration_ms: None,
            is_favorite: self.rng.random_bool(0.2),
            visibility: Visibility::Timeline,
            live_photo_video_id: None,
            metadata: Vec::new(),
            expected: None,
            link: None,
        })
    }

    /// Adds a picture that is nowhere yet.
    pub(crate) fn add_picture(&mut self, library: &Library, owner: UserId) -> Result<AssetId, LibraryError> {
        self.pictures += 1;
        let upload = self.picture(library, owner, self.pictures)?;
        match library.add(Upload { is_favorite: false, ..upload })? {
            Added::Created(id) => Ok(id),
            Added::Duplicate(known) => Ok(known.asset_id),
        }
    }

    /// The upstream wants to show everything again, to everybody.
    pub(crate) fn reset_all(&self) {
        for person in &self.people {
            for session in self.upstream.library.sessions(*person).expect("sessions") {
                self.upstream.library.set_pending_reset(session, true).expect("a reset");
            }
        }
    }

    fn change(
        &mut self,
        library: &Library,
        caller: &tintype_library::sessions::Caller,
        id: AssetId,
        name: &str,
    ) -> Result<String, LibraryError> {
        let number = self.rng.random_range(0..3_u8);
        let mut change = AssetChange::default();
        match self.rng.random_range(0..6) {
            0 => change.is_favorite = Some(number > 0),
            1 => change.description = Some(format!("about {number}")),
            2 => change.rating = Some(i8::try_from(number).ok().filter(|rating| *rating > 0)),
            3 => change.visibility = Some([Visibility::Timeline, Visibility::Archive][usize::from(number.min(1))]),
            4 => change.position = Some((50.0 + f64::from(number), 10.0)),
            _ => {
                change.date_time_original =
                    DateTimeOriginal::parse(&format!("2024-05-0{}T10:00:00.000+02:00", number + 1));
            }
        }
        let text = format!("{name} {change:?}");
        library.update_asset(caller, id, change)?;
        Ok(text.replace("None", "-"))
    }

    fn album(
        &mut self,
        library: &Library,
        caller: &tintype_library::sessions::Caller,
        asset: AssetId,
        name: &str,
    ) -> Result<String, LibraryError> {
        let albums = library.read(|tx| Ok(tx.owned_albums(caller.user.id)?))?;
        if albums.is_empty() || self.rng.random_bool(0.2) {
            let title = format!("album {}", self.rng.random_range(0..100));
            let assets = if self.rng.random() { vec![asset] } else { Vec::new() };
            library.create_album(caller, title.clone(), String::new(), SortOrder::Descending, assets, Vec::new())?;
            return Ok(format!("makes {title} with {name}"));
        }
        let album = &albums[self.rng.random_range(0..albums.len())];
        let id: AlbumId = album.id;
        let number = self.rng.random_range(0..100);
        Ok(match self.rng.random_range(0..8) {
            0..=2 => {
                library.add_album_assets(caller, id, vec![asset])?;
                format!("puts {name} into {}", album.name)
            }
            3 | 4 => {
                library.remove_album_assets(caller, id, vec![asset])?;
                format!("takes {name} out of {}", album.name)
            }
            5 => {
                let change = AlbumChange { name: Some(format!("album {number}")), ..AlbumChange::default() };
                library.update_album(caller, id, change)?;
                format!("calls {} album {number}", album.name)
            }
            6 => {
                let change = AlbumChange {
                    description: Some(format!("words {number}")),
                    order: Some(if number % 2 == 0 { SortOrder::Ascending } else { SortOrder::Descending }),
                    ..AlbumChange::default()
                };
                library.update_album(caller, id, change)?;
                format!("describes {}", album.name)
            }
            _ => {
                library.delete_album(caller, id)?;
                format!("deletes {}", album.name)
            }
        })
    }

    fn stack(
        &mut self,
        library: &Library,
        caller: &tintype_library::sessions::Caller,
        known: &[(AssetId, tintype_protocol::checksum::Sha1)],
    ) -> Result<String, LibraryError> {
        let stacks = library.read(|tx| Ok(tx.stacks_of(caller.user.id, None)?))?;
        if !stacks.is_empty() && self.rng.random_bool(0.4) {
            let stack = stacks[self.rng.random_range(0..stacks.len())];
            library.delete_stacks(caller, &[stack.id])?;
            return Ok("takes a stack apart".to_owned());
        }
        let pick = |world: &mut Self| known[world.rng.random_range(0..known.len())];
        let (first, second) = (pick(self), pick(self));
        library.create_stack(caller, &[first.0, second.0])?;
        Ok(format!("stacks {} on {}", short(&first.1), short(&second.1)))
    }
}
