//! Another server as the source of what is written, asked with an API key: at its pace, and again where that may help.

mod asking;

use std::collections::HashMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use tintype_client::{AssetDetails, Client, ClientError, FoundAsset, Refusal};
use tintype_protocol::disposition::Disposition;
use tintype_protocol::id::{AlbumId, AssetId, LibraryId, UserId};
use tintype_protocol::model::Visibility;

use asking::Asking;

/// Requests in a second, unless set otherwise.
pub const DEFAULT_REQUESTS_PER_SECOND: u32 = 10;
/// Assets that a server is asked to read again in one request.
const REFRESH_LIMIT: usize = 1_000;

/// What is known, or not, of a wait.
pub type Wait<'w> = dyn Fn(Duration) -> bool + Send + Sync + 'w;

/// A server.
pub struct Remote<'w> {
    client: Client,
    asking: Asking<'w>,
    /// Zone of photos of which the server knows none.
    pub(crate) zone: Option<TimeZone>,
}

impl std::fmt::Debug for Remote<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A walk through everything that a user has on a server.
#[derive(Debug)]
pub(crate) struct Walk {
    owner: UserId,
    next: Option<(Visibility, u32)>,
}

/// How a server took the wish to read files again.
#[derive(Debug, Default)]
pub(crate) struct Refreshed {
    /// Assets that it reads again.
    pub(crate) asked: u64,
    /// What it refused, as its admin would have to do it.
    pub(crate) left: Vec<&'static str>,
}

impl<'w> Remote<'w> {
    /// Over a client with a key. `wait` waits for so long and says whether to go on; `zone` is that of photos of which the
    /// server knows none.
    pub fn new(client: Client, requests_per_second: u32, wait: Box<Wait<'w>>, zone: Option<TimeZone>) -> Self {
        Self { client, asking: Asking::new(requests_per_second, wait), zone }
    }

    /// Where its API is.
    pub(crate) fn name(&self) -> &str {
        self.client.base()
    }

    /// A walk through what the key's owner has, and how much that is, where the key may know.
    pub(crate) fn walk(&self) -> Result<(Walk, u64), ClientError> {
        let owner = self.asking.ask(|| self.client.account())?.id;
        let counts = match self.asking.ask(|| self.client.asset_counts()) {
            Ok(counts) => counts.total,
            Err(error) if is_denied(&error) => 0,
            Err(error) => return Err(error),
        };
        Ok((Walk { owner, next: Some((Visibility::Timeline, 1)) }, counts))
    }

    /// The next page of a walk, without the trash and what belongs to partners; `None` behind the last one.
    pub(crate) fn page(&self, walk: &mut Walk) -> Result<Option<Vec<FoundAsset>>, ClientError> {
        let Some((visibility, number)) = walk.next else { return Ok(None) };
        let page = self.asking.ask(|| self.client.search(visibility, None, number))?;
        let behind = match visibility {
            Visibility::Timeline => Some((Visibility::Archive, 1)),
            Visibility::Archive => Some((Visibility::Locked, 1)),
            _ => None,
        };
        // What is locked away may be out of a key's reach.
        let (mut assets, next) = page.map_or((Vec::new(), None), |page| (page.assets, page.next));
        walk.next = next.map(|next| (visibility, next)).or(behind);
        assets.retain(|asset| asset.owner_id == walk.owner && !asset.is_trashed);
        Ok(Some(assets))
    }

    /// People and tags of an asset, and where faces are, if that is needed; `None` if it is gone.
    pub(crate) fn details(&self, id: AssetId, needs_faces: bool) -> Result<Option<AssetDetails>, ClientError> {
        let Some(details) = self.asking.ask(|| self.client.asset_details(id))? else { return Ok(None) };
        if !needs_faces || details.people.iter().all(|person| person.faces.is_some()) {
            return Ok(Some(details));
        }
        let placed = || {
            let mut details = details.clone();
            self.client.place_faces(id, &mut details).map(|()| details)
        };
        self.asking.ask(placed).map(Some)
    }

    /// Names of the key's owner's albums, by what is in them.
    pub(crate) fn albums(&self, walk: &Walk) -> Result<HashMap<AssetId, Vec<String>>, ClientError> {
        let mut names: HashMap<AssetId, Vec<String>> = HashMap::new();
        for album in self.asking.ask(|| self.client.all_albums())? {
            let is_owner = match &album.owner {
                Some(owner) => owner.id == walk.owner,
                None => album.album_users.iter().any(|member| {
                    member.user.id == walk.owner && member.role == tintype_protocol::model::AlbumRole::Owner
                }),
            };
            if is_owner {
                self.note_album(album.id, &album.album_name, &mut names)?;
            }
        }
        names.values_mut().for_each(|names| names.sort());
        Ok(names)
    }

    fn note_album(
        &self,
        album: AlbumId,
        name: &str,
        names: &mut HashMap<AssetId, Vec<String>>,
    ) -> Result<(), ClientError> {
        for visibility in [Visibility::Timeline, Visibility::Archive] {
            let mut next = Some(1);
            while let Some(number) = next {
                let page = self.asking.ask(|| self.client.search(visibility, Some(album), number))?;
                let Some(page) = page else { break };
                for asset in page.assets {
                    names.entry(asset.id).or_default().push(name.to_owned());
                }
                next = page.next;
            }
        }
        Ok(())
    }

    /// Asks the server to read files again, and to look for new ones beside them.
    pub(crate) fn refresh(
        &self,
        changed: &[AssetId],
        libraries: &[LibraryId],
        has_new_sidecars: bool,
    ) -> Result<Refreshed, ClientError> {
        let mut refreshed = Refreshed::default();
        // A new sidecar is found first: reading again looks only at those that the server knows.
        if has_new_sidecars && !self.is_taken(|| self.client.look_for_sidecars())? {
            refreshed.left.push("Sidecar Metadata: Discover");
        }
        for ids in changed.chunks(REFRESH_LIMIT) {
            if !self.is_taken(|| self.client.refresh_metadata(ids))? {
                refreshed.left.push("Extract Metadata: All");
                break;
            }
            refreshed.asked += ids.len() as u64;
        }
        for library in libraries {
            if !self.is_taken(|| self.client.scan_library(*library))? {
                refreshed.left.push("External Libraries: Scan");
            }
        }
        Ok(refreshed)
    }

    /// Whether the server takes a wish; that it says no is no failure.
    fn is_taken(&self, wish: impl Fn() -> Result<(), ClientError>) -> Result<bool, ClientError> {
        match self.asking.ask(wish) {
            Ok(()) => Ok(true),
            Err(error @ ClientError::Refused { .. }) if error.disposition() == Disposition::Permanent => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether a key may not do something.
fn is_denied(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Refused { refusal: Refusal::MissingPermission(_) | Refusal::Other { status: 403 | 404, .. }, .. }
    )
}
