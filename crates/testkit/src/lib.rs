//! What tests share, and nothing that is shipped.
//!
//! [`Node`] starts the built binary on an empty data folder and ends it, politely or not; [`Api`] talks to it;
//! [`Javascript`] runs the official clients and the browser scripts; [`picture()`] makes files to upload; [`Replica`] keeps
//! what the official app would keep of a sync stream; [`FakeUpstream`] is a server that says what a script says, with
//! faults. What a test needs and does not find it reports with [`not_run()`], so that nothing passes silently.

mod api;
mod javascript;
mod node;
mod not_run;
mod pictures;
mod places;
mod relay;
mod replica;
mod upstream;

pub use api::{Answer, Api, Upload};
pub use javascript::Javascript;
pub use node::{Ended, Node, Options};
pub use not_run::{not_run, not_run_without_shared, say};
pub use pictures::{Chance, numbered, picture, sha1_hex};
pub use places::{binary, program, root, shared, target};
pub use relay::Relay;
pub use replica::{BATCH, Replica};
pub use upstream::{Asked, Ending, FakeUpstream, Fault};
