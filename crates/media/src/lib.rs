//! Everything Tintype does with the bytes of a photo or video: recognise them, read what the camera wrote into
//! them, render thumbnails and previews, and drive the external tools that help with it.
//!
//! * [`formats`] knows which files are supported and their media types;
//! * [`sniff`] recognises a file by its first bytes;
//! * [`jpeg_head`] takes the segments of a JPEG apart, and puts them together again;
//! * [`picture_data`] tells the picture from the metadata around it, and fingerprints it;
//! * [`pictures`] decodes, orients, scales and encodes ([`pictures::Renderer`]);
//! * [`exiftool`] keeps processes of that program at hand;
//! * [`metadata`] reads dates, places and camera data ([`metadata::MetadataReader`]);
//! * [`motion`] finds the video inside Android motion photos;
//! * [`places`] names the town nearest to a coordinate;
//! * [`recipes`] makes files smaller and proves that nothing of worth is lost;
//! * [`video`] transcodes what browsers cannot play;
//! * [`synthetic`] makes pictures for demonstrations and tests;
//! * [`tools`] finds exiftool, ffmpeg and friends, which are all optional.
//!
//! The crate reads files and returns values. It keeps no state about a library, and never changes an original.

pub mod clutter;
pub mod exiftool;
pub mod formats;
pub mod jpeg_head;
pub mod metadata;
pub mod motion;
pub mod picture_data;
pub mod pictures;
pub mod places;
pub mod recipes;
pub mod sniff;
pub mod synthetic;
pub mod tools;
pub mod video;
