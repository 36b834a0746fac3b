//! What happened, told after it was committed: for pages and apps that are open now.
//!
//! News are hints. Whoever misses one finds the change in the feed; nothing may depend on their arrival.

use std::sync::{Mutex, PoisonError};

use tintype_protocol::id::{AssetId, SessionId, UserId};

use crate::model::Notification;
use crate::recorder::Change;

/// Something that is true now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A user changed something, here or on an upstream; which fields that were is known of changes here only.
    Changed(Change),
    /// An asset came from an upstream that was not here before.
    Arrived {
        /// Whose asset.
        owner: UserId,
        /// Which one.
        asset: AssetId,
    },
    /// Pictures of an asset are there for the first time, or again.
    Rendered {
        /// Whose asset.
        owner: UserId,
        /// Which one.
        asset: AssetId,
        /// Whether this is the first time.
        is_first: bool,
    },
    /// Pictures of an edited asset are there.
    Edited {
        /// Whose asset.
        owner: UserId,
        /// Which one.
        asset: AssetId,
    },
    /// The row of an asset is gone.
    Removed {
        /// Whose asset it was.
        owner: UserId,
        /// Which one.
        asset: AssetId,
    },
    /// A user is told something.
    Notified(Notification),
    /// An account is gone for good.
    UserRemoved(UserId),
    /// A session was ended.
    SessionEnded(SessionId),
}

/// Called with each piece of news, on the thread that made it: must not block.
pub type Listener = Box<dyn Fn(&News) + Send + Sync>;

/// Those who listen.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Vec<Listener>>);

impl Listeners {
    pub(crate) fn add(&self, listener: Listener) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Whether nobody would hear.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn tell(&self, news: &News) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|listener| listener(news));
    }
}
