//! Reading originals again, and comparing them with what they should be: the proof that a backup is one. It can be slow on
//! purpose, and goes on where it was.

mod extra;

use std::io::{self, Read};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tintype_library::blobs::BlobError;
use tintype_library::model::{Asset, AssetFilter, Folder};
use tintype_library::origin::Wanted;
use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::causes::with_causes;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;

use crate::engine::Engine;
use crate::error::ReconcileError;
use crate::file_path::FilePath;
use crate::hashing::hash;
use crate::places::root_of;
use crate::scan::is_excluded;
use crate::settings::FolderSettings;

/// Assets looked up at a time.
const PAGE: u32 = 500;
/// Key under which a library remembers up to where its originals were read.
const POSITION: &str = "verify-originals";
/// How long another server may take to begin with an original.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is to be verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Whether originals are read; without it, only whether they are there.
    pub reads: bool,
    /// Whether originals that only another server has are fetched and read, too.
    pub fetches: bool,
    /// Most bytes read in a second.
    pub rate: Option<u64>,
    /// Whether to begin anew, and not where it ended the last time.
    pub anew: bool,
    /// Whether what is missing or changed is fetched again from a server that has it.
    #[serde(default)]
    pub mends: bool,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// How people call it, or where it is.
    pub name: String,
    /// The asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// More about it.
    pub text: String,
    /// Whether it came again from another server, and is as it should be now.
    #[serde(default)]
    pub mended: bool,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It has other bytes.
    Changed,
    /// It could not be read.
    Unreadable,
    /// It is there, and nobody knows it.
    Extra,
}

impl Fault {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Unreadable => "unreadable",
            Self::Extra => "extra",
        }
    }
}

/// What was verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Originals that were looked at.
    pub looked_at: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Originals that only another server has, and that were left out.
    pub elsewhere: u64,
    /// Faults.
    pub faults: u64,
    /// Of these, how many are none any more: the original came again from another server.
    #[serde(default)]
    pub mended: u64,
    /// Whether it ended before the end.
    pub is_interrupted: bool,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Happened {
    /// So many were looked at.
    LookedAt(u64),
    /// Something is not as it should be.
    Found(Finding),
}

/// Told of each; whether to go on.
pub type Witness<'l> = dyn FnMut(Happened) -> bool + 'l;

/// Reads no faster than it may.
struct Pace {
    rate: Option<u64>,
    began: Instant,
    bytes: u64,
}

impl Pace {
    fn took(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let Some(rate) = self.rate.filter(|rate| *rate > 0) else { return };
        let due = Duration::from_secs_f64(self.bytes as f64 / rate as f64);
        if let Some(ahead) = due.checked_sub(self.began.elapsed()) {
            sleep(ahead);
        }
    }

    fn hash(&mut self, from: impl Read) -> io::Result<Sha1> {
        hash(from, |bytes| {
            self.took(bytes.len());
            Ok(())
        })
    }
}

impl Engine<'_> {
    /// Looks at every original of the library, or reads it. With reading, it goes on where the last one was interrupted.
    pub fn verify(&self, wish: Wish, witness: &mut Witness<'_>) -> Result<Verified, ReconcileError> {
        let mut pace = Pace { rate: wish.rate, began: Instant::now(), bytes: 0 };
        let mut done = Verified::default();
        let begin = if wish.reads && !wish.anew { self.position()? } else { None };
        let owners = self.library.users(true)?.into_iter().map(|user| user.id).collect();
        let mut filter = AssetFilter { owners, after_id: begin, ..AssetFilter::default() };
        loop {
            let page = self.library.search_by_id(&filter, PAGE)?;
            for asset in &page {
                if let Some(mut finding) = self.examine(asset, wish, &mut pace, &mut done)? {
                    if wish.mends {
                        self.mend(&mut finding);
                    }
                    done.faults += 1;
                    done.mended += u64::from(finding.mended);
                    witness(Happened::Found(finding));
                }
                done.bytes = pace.bytes;
                if !witness(Happened::LookedAt(done.looked_at)) {
                    if wish.reads {
                        self.set_position(Some(asset.id))?;
                    }
                    return Ok(Verified { is_interrupted: true, ..done });
                }
            }
            filter.after_id = page.last().map(|asset| asset.id).or(filter.after_id);
            if wish.reads {
                self.set_position(filter.after_id)?;
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        extra::in_library(self.library, &mut done, witness)?;
        if wish.reads {
            self.set_position(None)?;
        }
        Ok(done)
    }

    fn position(&self) -> Result<Option<AssetId>, ReconcileError> {
        let text = self.library.read(|tx| Ok(tx.server_metadata(POSITION)?))?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    fn set_position(&self, at: Option<AssetId>) -> Result<(), ReconcileError> {
        let text = at.map(|at| at.to_string()).unwrap_or_default();
        Ok(self.library.write(Durability::Relaxed, move |tx| Ok(tx.set_server_metadata(POSITION, &text)?))?)
    }

    fn examine(
        &self,
        asset: &Asset,
        wish: Wish,
        pace: &mut Pace,
        done: &mut Verified,
    ) -> Result<Option<Finding>, ReconcileError> {
        if asset.status == AssetStatus::Deleted {
            return Ok(None);
        }
        let is_elsewhere = self.library.read(|tx| Ok(tx.is_remote(asset.id)?))?;
        if is_elsewhere && !(wish.fetches && wish.reads) {
            done.elsewhere += 1;
            return Ok(None);
        }
        done.looked_at += 1;
        let finding = |fault, text: String| Finding {
            fault,
            name: asset.original_name.clone(),
            asset: Some(asset.id),
            text,
            mended: false,
        };
        if asset.is_in_place() {
            return Ok(self.examine_in_place(asset, wish, pace)?.map(|(fault, text)| finding(fault, text)));
        }
        let outcome = match (wish.reads, is_elsewhere) {
            (false, _) => self.library.open_original(asset).map(|_| asset.checksum),
            (true, false) => read_here(self.library, asset, pace),
            (true, true) => read_elsewhere(self.library, asset, pace),
        };
        Ok(match outcome {
            Ok(sha1) if sha1 == asset.checksum => None,
            Ok(sha1) => {
                let text = format!("its SHA-1 is {}, and should be {}", sha1.to_hex(), asset.checksum.to_hex());
                Some(finding(Fault::Changed, text))
            }
            Err(LibraryError::Blob(BlobError::NotFound { key })) => {
                Some(finding(Fault::Missing, format!("{key} is not there")))
            }
            Err(error @ LibraryError::Rebuild(_)) => Some(finding(Fault::Changed, with_causes(&error))),
            Err(error) => Some(finding(Fault::Unreadable, with_causes(&error))),
        })
    }

    /// Fetches again what is missing or has other bytes. What is only unreadable may be whole.
    fn mend(&self, finding: &mut Finding) {
        let Some(asset) = finding.asset.filter(|_| matches!(finding.fault, Fault::Missing | Fault::Changed)) else {
            return;
        };
        match self.library.fetch_again(asset) {
            Ok(true) => finding.mended = true,
            Ok(false) => finding.text.push_str("; no server that is followed has it"),
            Err(error) => finding.text.push_str(&format!("; it did not come again: {}", with_causes(&error))),
        }
    }

    /// The checksum of an asset in place names its place: what its file was, the folder's row knows.
    fn examine_in_place(
        &self,
        asset: &Asset,
        wish: Wish,
        pace: &mut Pace,
    ) -> Result<Option<(Fault, String)>, ReconcileError> {
        // That its file is gone is known, and why it is in the trash.
        if asset.is_offline {
            return Ok(None);
        }
        let original = match self.library.open_original(asset) {
            Ok(original) => original,
            Err(LibraryError::OutOfReach { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Some((Fault::Missing, format!("{} is not there", asset.original_path))));
            }
            Err(error) => return Ok(Some((Fault::Unreadable, with_causes(&error)))),
        };
        let Some(row) = self.library.folder_file_of(asset.id)?.filter(|_| wish.reads) else { return Ok(None) };
        Ok(match pace.hash(original.blob.reader) {
            Ok(sha1) if sha1 == row.sha1 => None,
            // Whoever changes a file changes its date: the next plan tells of it.
            Ok(_) if !row.stamp.is_of(asset.original_path.as_ref()) => None,
            Ok(sha1) => {
                Some((Fault::Changed, format!("its SHA-1 is {} without its date having changed", sha1.to_hex())))
            }
            Err(error) => Some((Fault::Unreadable, error.to_string())),
        })
    }

    /// Reads the files of a folder, and compares them with what they were when they were first read.
    pub fn verify_folder(
        &self,
        folder: &Folder,
        wish: Wish,
        witness: &mut Witness<'_>,
    ) -> Result<Verified, ReconcileError> {
        self.check_place(folder)?;
        let root = root_of(&folder.path);
        let mut pace = Pace { rate: wish.rate, began: Instant::now(), bytes: 0 };
        let mut done = Verified::default();
        let exclude = FolderSettings::parse(&folder.settings)?.exclusions();
        let mut rows = self.library.folder_files(folder.id)?;
        rows.retain(|row| row.is_present() && !is_excluded(&row.path, &exclude));
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        for row in &rows {
            let path = FilePath(row.path.clone());
            let full = path.below(&root);
            let found = std::fs::File::open(&full).and_then(|file| match wish.reads {
                true => pace.hash(file),
                false => Ok(row.sha1),
            });
            let fault = match found {
                Ok(sha1) if sha1 == row.sha1 => None,
                Ok(sha1) if row.stamp.is_of(&full) => {
                    Some((Fault::Changed, format!("its SHA-1 is {} without its date having changed", sha1.to_hex())))
                }
                // Whoever changes a file changes its date: the next plan tells of it.
                Ok(_) => None,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Some((Fault::Missing, "it is not there".to_owned()))
                }
                Err(error) => Some((Fault::Unreadable, error.to_string())),
            };
            done.looked_at += 1;
            done.bytes = pace.bytes;
            if let Some((fault, text)) = fault {
                done.faults += 1;
                witness(Happened::Found(Finding { fault, name: path.to_string(), asset: None, text, mended: false }));
            }
            if !witness(Happened::LookedAt(done.looked_at)) {
                return Ok(Verified { is_interrupted: true, ..done });
            }
        }
        extra::in_folder(self.library, folder, &mut done, witness)?;
        Ok(done)
    }
}

fn read_here(library: &Library, asset: &Asset, pace: &mut Pace) -> Result<Sha1, LibraryError> {
    let original = library.open_original(asset)?;
    let found = pace.hash(original.blob.reader);
    let found = found.map_err(|source| unread(asset, source))?;
    // What was made with loss was proven to stand for the original; that it is still that, is proven here.
    Ok(if found == original.sha1 { asset.checksum } else { found })
}

fn read_elsewhere(library: &std::sync::Arc<Library>, asset: &Asset, pace: &mut Pace) -> Result<Sha1, LibraryError> {
    let found = match library.here(asset, Wanted::Original)? {
        Some(found) => found,
        None => library.fetch(asset, Wanted::Original, PATIENCE)?,
    };
    let sha1 = pace.hash(found.blob.reader);
    let sha1 = sha1.map_err(|source| unread(asset, source))?;
    let stands_for_it = library.derivations(&asset.checksum)?.contains(&sha1);
    Ok(if stands_for_it { asset.checksum } else { sha1 })
}

fn unread(asset: &Asset, source: io::Error) -> LibraryError {
    BlobError::Io { action: "reading", path: asset.original_path.clone().into(), source }.into()
}
