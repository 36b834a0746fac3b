//! Writing for the photos of a server that is followed, whose files lie in a folder here.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::Upstream;
use tintype_writeback::Halt;
use tintype_writeback::contents::Contents;
use tintype_writeback::engine::Mirrored;
use tintype_writeback::remote::{DEFAULT_REQUESTS_PER_SECOND, Remote};

use super::remote::wait;
use super::{WriteBackWish, passed_on};
use crate::arguments::RemoteArguments;
use crate::control::{Doors, Listener};
use crate::read_only;

/// Where the files of a followed server lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MirrorWish {
    photo_dir: PathBuf,
}

impl MirrorWish {
    /// What was typed: a folder and no server.
    pub(super) fn of(arguments: &RemoteArguments) -> Option<Self> {
        let photo_dir = arguments.photo_dir.as_ref().or(arguments.immich_photo_dir.as_ref())?;
        Some(Self { photo_dir: std::path::absolute(photo_dir).ok()? })
    }
}

/// Writes what is wished.
pub(super) fn write(
    library: &Library,
    doors: &Doors,
    (mirror, wish): (&MirrorWish, &WriteBackWish),
    halt: &Halt,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let upstream = followed(library, wish.owner.as_deref())?;
    read_only::refuse(library, &mirror.photo_dir)?;
    let contents = Contents::open(&mirror.photo_dir)?;
    let pause = Box::new(|time| wait(&doors.writer, time));
    let remote = Remote::new(doors.follower.client(&upstream)?, DEFAULT_REQUESTS_PER_SECOND, pause, None);
    let query = wish.query.as_deref();
    let source = Mirrored { upstream: &upstream, contents: &contents, remote: &remote, query };
    doors.writer.alone(library, halt, |engine| {
        passed_on(tell, wish.tells_written, |listener| Ok(engine.run_mirrored(&wish.order, &source, listener)?))
    })
}

/// The server of which photos are meant: of one user, or of the only one who follows any.
fn followed(library: &Library, owner: Option<&str>) -> anyhow::Result<Upstream> {
    if let Some(email) = owner {
        let user = library.user_by_email(email)?.with_context(|| format!("nobody is {email}"))?;
        return library.upstream_of(user.id)?.with_context(|| format!("{email} follows no server"));
    }
    let mut followed = library.upstreams()?;
    match (followed.pop(), followed.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => bail!("several users follow servers: say whose photos are meant with --owner"),
        (None, _) => bail!(
            "--photo-dir (or PHOTO_DIR) is for photos of another server: name it with --server, or follow it with `tintype login`"
        ),
    }
}
