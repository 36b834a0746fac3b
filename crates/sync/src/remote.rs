//! What a pull needs of a server; a simulation stands in for it.

use tintype_client::{Client, ClientError, LineStream};
use tintype_protocol::sync::{AckToken, RequestType};
use tintype_protocol::version::Version;

/// A server that is followed.
pub trait Remote {
    /// What it says it is.
    fn version(&self) -> Result<Version, ClientError>;
    /// Everything behind the session's checkpoints.
    fn stream(&self, types: &[RequestType]) -> Result<LineStream, ClientError>;
    /// Moves the checkpoints.
    fn ack(&self, acks: &[AckToken]) -> Result<(), ClientError>;
}

impl Remote for Client {
    fn version(&self) -> Result<Version, ClientError> {
        Self::version(self)
    }

    fn stream(&self, types: &[RequestType]) -> Result<LineStream, ClientError> {
        Self::stream(self, types, false)
    }

    fn ack(&self, acks: &[AckToken]) -> Result<(), ClientError> {
        Self::ack(self, acks)
    }
}
