//! The optimiser: turns a photo or video into a smaller file and proves that nothing of worth is lost on the way.
//!
//! A [`Profile`] is a list of steps, each for some content types (as [sniffed](crate::sniff), whatever the file is called).
//! The [`Engine`] tries them in order on a file; the first step whose result stands up to its [`Proof`] wins, and
//! every other one leaves a [`Reason`]. What comes out is a file beside the original, never in its place: whoever
//! called decides what becomes of both.
//!
//! * A JPEG packed as JPEG XL is accepted when its own bytes came [back](rebuild) out of it.
//! * A PNG packed as JPEG XL is accepted when every pixel, the colour profile and all it says about itself are the same.
//! * Anything else has to be smaller by a set ratio, look the same in size, orientation and colour depth, last as long,
//!   sound as many channels and say the same about itself, read back from the file that was written.
//!
//! A program that is missing, hangs, fails or lies costs a reason, never a file. Errors are for what another try may
//! mend: a full disk, a scratch folder that cannot be written, a machine without memory.

mod bounds;
mod comment;
mod declared;
mod engine;
mod error;
mod jpeg_walk;
mod lossy;
mod methods;
mod outcome;
mod pixels;
mod png_chunks;
mod profile;
mod program;
mod rebuilt;
mod retold;
mod shipped;
mod special;
mod streams;
mod template;
mod turns;
mod unlisted;

pub use bounds::{Bounds, MAX_MEMORY_BYTES, MAX_PICTURE_TIME, MAX_VIDEO_TIME};
pub use declared::InvalidProfile;
pub use engine::{Destination, Engine, Input, SCRATCH_PREFIX};
pub use error::RecipeError;
pub use outcome::{Derived, Outcome, Proof, Reason, Refusal};
pub use profile::{LOSSY_AT_MOST, Method, Profile, Step};
pub use rebuilt::{RebuildError, rebuild};
pub use shipped::{DEFAULT_PROFILE, shipped};
pub use special::Special;
pub use template::Template;

#[cfg(test)]
mod tests;
