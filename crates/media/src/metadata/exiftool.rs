//! Reading files with exiftool.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::tags::Tags;
use crate::exiftool::{Pool, READ_TIMEOUT, Setup};

/// How many processes may run at once.
const MAX_PROCESSES: usize = 2;

/// Everything [`crate::metadata`] wants to know. `#` asks for the number behind the pretty text.
const TAGS: [&str; 64] = [
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreationDate",
    "CreateDate",
    "MediaCreateDate",
    "DateTimeCreated",
    "GPSDateTime",
    "DateTimeUTC",
    "SonyDateTime2",
    "SourceImageCreateTime",
    "TimeZone",
    "TimeZoneOffset",
    "OffsetTimeOriginal",
    "OffsetTimeDigitized",
    "DaylightSavings",
    "TimeStamp",
    "ImageSize",
    "ImageWidth",
    "ImageHeight",
    "Orientation#",
    "GPSLatitude#",
    "GPSLongitude#",
    "Make",
    "Device",
    "DeviceManufacturer",
    "AndroidMake",
    "Model",
    "DeviceModelName",
    "AndroidModel",
    "LensID",
    "LensType",
    "LensSpec",
    "LensModel",
    "ImageDescription",
    "Description",
    "Rating",
    "FNumber",
    "FocalLength#",
    "ISO",
    "ExposureTime",
    "VideoFrameRate",
    "ProjectionType",
    "ProfileDescription",
    "ContentIdentifier",
    "MediaGroupUUID",
    "BurstID",
    "BurstUUID",
    "CameraBurstID",
    "MediaUniqueID",
    "TagsList",
    "HierarchicalSubject",
    "Keywords",
    "PersonInImage",
    "RegionInfo",
    "Duration#",
    "MIMEType",
    // exiftool builds composite tags only from what was asked for or what it needs; these keep the GPS time complete.
    "GPSDateStamp",
    "GPSTimeStamp",
    "SubSecTimeOriginal",
    "SubSecTimeDigitized",
    "SubSecTime",
    "OffsetTime",
    "Error",
];

/// How questions about files are asked.
pub(super) fn setup(program: PathBuf) -> Setup {
    let options =
        ["-json", "-use", "MWG", "-charset", "filename=utf8", "-api", "largefilesupport=1", "-api", "struct=1"];
    let tags = TAGS.iter().map(|tag| format!("-{tag}"));
    Setup {
        program,
        common: options.into_iter().map(str::to_owned).chain(tags).collect(),
        processes: MAX_PROCESSES,
        hears_errors: false,
        timeout: READ_TIMEOUT,
    }
}

/// The tags of one file.
pub(super) fn read(pool: &Pool, path: &Path) -> io::Result<Tags> {
    let path = std::path::absolute(path)?;
    let path = path.as_os_str().as_bytes();
    if path.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "exiftool takes no path with line breaks"));
    }
    parse(&pool.ask(path)?.output)
}

/// An array with one object. Nothing at all is what exiftool prints for a file it cannot open.
fn parse(json: &[u8]) -> io::Result<Tags> {
    if json.trim_ascii().is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "exiftool could not open the file"));
    }
    // Text in files may be in any encoding, and exiftool passes some of it on.
    let text = String::from_utf8_lossy(json);
    let mut objects: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text)?;
    let object = objects.pop().ok_or(io::ErrorKind::InvalidData)?;
    Ok(Tags::from_json(object))
}

#[cfg(test)]
mod tests;
