//! The sync protocol's endpoints (sync-protocol §2 to §4).

mod acks;
mod chunks;
mod lines;
mod phases;
mod request;
mod steps;
mod stream;

use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::authorize::Caller;
use crate::error::ApiError;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/sync/stream", Access::Needs(Permission::SyncStream), stream::stream)
        .get("/sync/ack", Access::Needs(Permission::SyncCheckpointRead), acks::list)
        .post("/sync/ack", Access::Needs(Permission::SyncCheckpointUpdate), acks::post)
        .delete("/sync/ack", Access::Needs(Permission::SyncCheckpointDelete), acks::delete)
}

/// Checkpoints belong to sessions; keys have none, whatever they are allowed to do.
fn session(caller: &Caller) -> Result<tintype_library::model::Session, ApiError> {
    let refusal = || ApiError::Forbidden("Sync endpoints cannot be used with API keys".to_owned());
    caller.session.clone().ok_or_else(refusal)
}
