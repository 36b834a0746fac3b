//! Files that share a name are worked on together: they may belong together.

use std::io::Read as _;

use tintype_library::model::{IngestFile, IngestRole, IngestState as State};
use tintype_library::store::Durability;
use tintype_media::formats::{self, MediaKind};

use crate::fault::{Fault, of_file};
use crate::hash::content;
use crate::pairing::{Kind, Member, pair};
use crate::release;
use crate::undone::put_aside;
use crate::unit::{Unit, Way};
use crate::zone::{After, file_name};

/// Cameras write a photo and its raw data within this time, in nanoseconds; times of some disks are two seconds apart.
const SAME_MOMENT_NS: u64 = 10_000_000_000;
/// How long after one was let go of the other may come, in milliseconds.
const LATE_PARTNER_MS: u64 = 600_000;

/// Reads the mark that the still and the video of a live photo share.
pub trait ReadMarks: Send + Sync {
    /// The mark of a file; `None` if it has none.
    fn live_photo(&self, file: &std::path::Path, name: &str) -> Option<String>;
}

impl ReadMarks for tintype_media::metadata::MetadataReader {
    fn live_photo(&self, file: &std::path::Path, name: &str) -> Option<String> {
        match self.read(file, name, None) {
            Ok(found) => found.live_photo_cid,
            Err(error) => {
                tracing::info!(name, error = &error as &dyn std::error::Error, "whether it is live is not known");
                None
            }
        }
    }
}

/// Finds out what a file holds. What no library takes is none of the zone's business, or goes to `undone/`.
pub(crate) fn hash(way: &Way<'_>, file: &mut IngestFile) -> Result<(), Fault> {
    if file.stamp.size_bytes == 0 {
        return Err(Fault::Hopeless { reason: "it is empty".to_owned() });
    }
    let opened = way.open(file)?;
    let found = content(&opened).map_err(|error| of_file("reading it", &error))?;
    if found.size_bytes != file.stamp.size_bytes {
        return Err(Fault::Changed);
    }
    // Whoever wrote to it meanwhile left another time.
    drop(way.open(file)?);
    file.sha1 = Some(found.sha1);
    if Kind::of(&file_name(&file.path), &found.head).is_none() {
        let reason = "it is no photo or video of a kind that is taken in".to_owned();
        if way.zone.after != After::Keep {
            return Err(Fault::Hopeless { reason });
        }
        way.journal.advance(file, State::PassedOver)?;
        file.reason = Some(reason);
        return Ok(way.journal.keep(file, Durability::Relaxed)?);
    }
    Ok(way.journal.advance(file, State::Hashed)?)
}

/// Writes down what belongs together. Files that are on their way already stay with whom they are.
pub(crate) fn join(way: &Way<'_>, files: &mut [IngestFile], marks: &dyn ReadMarks) -> Result<(), Fault> {
    if !files.iter().any(|file| file.state == State::Hashed) {
        return Ok(());
    }
    let is_here = |file: &&IngestFile| file.state >= State::Hashed && !file.state.is_final();
    let mut members = Vec::new();
    for file in files.iter().filter(is_here) {
        let (name, mut head) = (file_name(&file.path), Vec::new());
        let opened = match way.open(file) {
            Ok(opened) => opened,
            // It is with the destination already, or will be found out in its own turn.
            Err(_) => continue,
        };
        let read = opened.take(tintype_media::sniff::HEAD_BYTES as u64).read_to_end(&mut head);
        read.map_err(|error| of_file("reading it", &error))?;
        if let Some(kind) = Kind::of(&name, &head) {
            members.push(Member { id: file.id, name, kind, live_photo: None });
        }
    }
    members.extend(files.iter().filter(|file| was_just_here(file, files)).filter_map(|file| {
        let name = file_name(&file.path);
        let kind = if formats::by_name(&name)?.raw { Kind::Raw } else { Kind::Still };
        Some(Member { id: file.id, name, kind, live_photo: None })
    }));
    let has = |kind: Kind| members.iter().any(|member| member.kind == kind);
    if has(Kind::Still) && has(Kind::Video) {
        for member in members.iter_mut().filter(|member| matches!(member.kind, Kind::Still | Kind::Video)) {
            if let Some(file) = files.iter().find(|file| file.id == member.id) {
                member.live_photo = marks.live_photo(&way.zone.at(&file.path), &member.name);
            }
        }
    }
    let pairs = pair(&members);
    for file in files.iter_mut() {
        let raw_of = pairs.iter().find(|(id, _, role)| *id == file.id && *role == IngestRole::Raw);
        if let (State::Released, Some((_, leader, role))) = (file.state, raw_of) {
            file.belongs_to = Some((*leader, *role));
            way.journal.keep(file, Durability::Relaxed)?;
        }
    }
    for file in files.iter_mut().filter(|file| file.state == State::Hashed) {
        file.belongs_to = pairs.iter().find(|(id, ..)| *id == file.id).map(|(_, leader, role)| (*leader, *role));
        way.journal.advance(file, State::Paired)?;
    }
    Ok(())
}

/// Whether a photo or its raw data went its way a moment before something of the same name came, from the same moment of the
/// camera: clients send one file after the other.
fn was_just_here(gone: &IngestFile, files: &[IngestFile]) -> bool {
    let is_near = |file: &IngestFile| {
        file.state == State::Hashed
            && file.stamp.modified_ns.abs_diff(gone.stamp.modified_ns) <= SAME_MOMENT_NS
            && file.first_seen.0.abs_diff(gone.changed_at.0) <= LATE_PARTNER_MS
    };
    let is_alone = matches!(gone.belongs_to, None | Some((_, IngestRole::Raw)));
    let name = file_name(&gone.path);
    let is_picture = formats::by_name(&name).is_some_and(|format| format.kind == MediaKind::Image);
    gone.state == State::Released && gone.asset.is_some() && is_alone && is_picture && files.iter().any(is_near)
}

/// What is delivered together. Files that have come to an end are not in it; sidecars without a photo are given back.
pub(crate) fn units(files: Vec<IngestFile>) -> (Vec<Unit>, Vec<Unit>) {
    let (mut units, mut parts, mut lone) = (Vec::<Unit>::new(), Vec::new(), Vec::<Unit>::new());
    for file in files.into_iter().filter(|file| !file.state.is_final() && file.state >= State::Paired) {
        match file.belongs_to {
            Some((_, IngestRole::Motion | IngestRole::Sidecar)) => parts.push(file),
            _ => units.push(Unit { leader: file, motion: None, sidecar: None }),
        }
    }
    for part in parts {
        let Some((leader, role)) = part.belongs_to else { continue };
        let unit = units.iter_mut().find(|unit| unit.leader.id == leader);
        match (unit, role) {
            (Some(unit), IngestRole::Motion) if unit.motion.is_none() => unit.motion = Some(part),
            (Some(unit), IngestRole::Sidecar) if unit.sidecar.is_none() => unit.sidecar = Some(part),
            _ => lone.push(Unit { leader: part, motion: None, sidecar: None }),
        }
    }
    let is_sidecar = |unit: &Unit| file_name(&unit.leader.path).to_ascii_lowercase().ends_with(".xmp");
    let (sidecars, units): (Vec<Unit>, Vec<Unit>) = units.into_iter().partition(is_sidecar);
    lone.extend(sidecars);
    (units, lone)
}

/// A part whose leader has gone its way before. The video of a live photo is one by itself; servers find its still. A
/// sidecar that comes late has nobody to go with.
pub(crate) fn travel_alone(way: &Way<'_>, unit: &mut Unit) -> Result<(), Fault> {
    let part = &mut unit.leader;
    let is_sidecar = file_name(&part.path).to_ascii_lowercase().ends_with(".xmp");
    match is_sidecar {
        true if part.state >= State::Delivered => release::release(way, part),
        // In a folder that keeps its files, programs write such files whenever they like.
        true if way.zone.after == After::Keep => {
            part.reason = Some("it came or changed after its photo was taken in".to_owned());
            Ok(way.journal.advance(part, State::PassedOver)?)
        }
        true => put_aside(way, part, "no photo that it belongs to came with it"),
        false => way.travel(unit),
    }
}
