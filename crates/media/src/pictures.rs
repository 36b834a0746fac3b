//! Makes the renditions of a photo or video: a small WebP for grids, a JPEG to look at, and the thumbhash.
//!
//! JPEG, PNG, WebP, GIF, BMP and TIFF are decoded in this process, by decoders that have seen much use and can be
//! bounded. Formats whose decoders are young are decoded by a [child process](decode_child) with limits on memory and
//! time, videos and rare pictures by ffmpeg.

mod avatar;
mod budget;
mod child;
mod colour_profile;
mod edited;
mod encode;
mod error;
mod face;
mod ffmpeg;
mod heif_boxes;
mod jpeg;
mod jpeg_writer;
mod limits;
mod orientation;
mod part;
mod planar;
mod process;
mod raster;
mod raw;
mod renderer;
mod scale;
mod stages;
mod stills;
mod tiff_directories;
mod webp_container;
mod whole;
mod young;

pub use avatar::avatar;
pub use child::decode_child;
pub use edited::{EditedRenditions, PictureEdit};
pub use error::{DecoderError, PictureError};
pub use face::{FACE_SIDE, face};
pub use limits::{DEFAULT_MAX_BYTES, DEFAULT_MAX_PIXELS, DEFAULT_TIMEOUT, Limits};
pub(crate) use orientation::Orientation;
pub use part::Part;
pub use renderer::{PREVIEW_SHORT_SIDE, Renderer, Renditions, THUMBNAIL_SHORT_SIDE};
#[doc(hidden)]
pub use stages::profile;
pub use whole::check_whole;
