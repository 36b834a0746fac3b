//! What belongs together among files that share a name: live photos, raw data beside a JPEG, sidecars.

use tintype_library::model::IngestRole;
use tintype_media::formats::{self, MediaKind};
use tintype_media::sniff::{Container, sniff};

/// What a file is, as far as pairing is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Still,
    Raw,
    Video,
    Sidecar,
}

impl Kind {
    /// By the first bytes, and by the name where those do not say enough; `None` if it is nothing that a library takes.
    pub(crate) fn of(name: &str, head: &[u8]) -> Option<Self> {
        let extension = name.rsplit('.').next().unwrap_or_default();
        if extension.eq_ignore_ascii_case("xmp") {
            return Some(Self::Sidecar);
        }
        let named = formats::by_name(name)?;
        match sniff(head)? {
            Container::Raw(_) => Some(Self::Raw),
            found if found.kind() == MediaKind::Video => Some(Self::Video),
            // Most raw formats are TIFF by their first bytes.
            _ if named.raw => Some(Self::Raw),
            _ => Some(Self::Still),
        }
    }
}

/// A file among others that share its name.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: i64,
    /// Without folders.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Equal in the still and the video of one live photo.
    pub(crate) live_photo: Option<String>,
}

/// Who belongs to whom.
pub(crate) fn pair(members: &[Member]) -> Vec<(i64, i64, IngestRole)> {
    let of_kind = |kind: Kind| members.iter().filter(move |member| member.kind == kind);
    let mut pairs = Vec::new();
    let mut taken = Vec::new();
    for still in of_kind(Kind::Still) {
        let is_its_own = |video: &&Member| {
            video.live_photo.is_some() && video.live_photo == still.live_photo && !taken.contains(&video.id)
        };
        if let Some(video) = of_kind(Kind::Video).find(is_its_own) {
            taken.push(video.id);
            pairs.push((video.id, still.id, IngestRole::Motion));
        }
    }
    // With two stills nobody can say whose raw data it is.
    let mut stills = of_kind(Kind::Still);
    if let (Some(still), None) = (stills.next(), stills.next()) {
        pairs.extend(of_kind(Kind::Raw).map(|raw| (raw.id, still.id, IngestRole::Raw)));
    }
    for sidecar in of_kind(Kind::Sidecar) {
        if let Some(leader) = leader_of(sidecar, members) {
            pairs.push((sidecar.id, leader.id, IngestRole::Sidecar));
        }
    }
    pairs
}

/// `beach.jpg.xmp` names its file; `beach.xmp` is the raw data's, as programs that develop it write it so, or else the
/// still's or the video's.
fn leader_of<'m>(sidecar: &Member, members: &'m [Member]) -> Option<&'m Member> {
    let stem = sidecar.name.get(..sidecar.name.len().saturating_sub(".xmp".len())).unwrap_or_default();
    let others = || members.iter().filter(|member| member.kind != Kind::Sidecar);
    let exact = others().find(|member| member.name.eq_ignore_ascii_case(stem));
    exact.or_else(|| {
        // The other form, with an extension in the middle, is of a file that is not here.
        let is_of_another = formats::by_name(stem).is_some();
        let by_kind = |kind: Kind| others().find(move |member| member.kind == kind);
        if is_of_another {
            return None;
        }
        [Kind::Raw, Kind::Still, Kind::Video].into_iter().find_map(by_kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: i64, name: &str, kind: Kind, live_photo: Option<&str>) -> Member {
        Member { id, name: name.to_owned(), kind, live_photo: live_photo.map(str::to_owned) }
    }

    #[test]
    fn live_photos_are_pairs_by_what_they_say() {
        let still = member(1, "IMG_1.HEIC", Kind::Still, Some("a"));
        assert_eq!(
            pair(&[still.clone(), member(2, "IMG_1.MOV", Kind::Video, Some("a"))]),
            [(2, 1, IngestRole::Motion)]
        );
        assert_eq!(pair(&[still.clone(), member(2, "IMG_1.MOV", Kind::Video, Some("b"))]), []);
        assert_eq!(pair(&[member(1, "a.jpg", Kind::Still, None), member(2, "a.mp4", Kind::Video, None)]), []);
        // A second still with the same mark finds no second video.
        let edited = member(3, "IMG_1.JPG", Kind::Still, Some("a"));
        let video = member(2, "IMG_1.MOV", Kind::Video, Some("a"));
        assert_eq!(pair(&[still, video, edited]), [(2, 1, IngestRole::Motion)]);
    }

    #[test]
    fn raw_data_belongs_to_the_only_still() {
        let [jpeg, raw] = [member(1, "a.jpg", Kind::Still, None), member(2, "a.cr2", Kind::Raw, None)];
        assert_eq!(pair(&[raw.clone(), jpeg.clone()]), [(2, 1, IngestRole::Raw)]);
        assert_eq!(pair(&[raw.clone(), jpeg, member(3, "a.png", Kind::Still, None)]), []);
        assert_eq!(pair(&[raw]), []);
    }

    #[test]
    fn sidecars_name_their_file_or_its_stem() {
        let jpeg = member(1, "a.JPG", Kind::Still, None);
        let raw = member(2, "a.dng", Kind::Raw, None);
        for (name, leader) in [("a.jpg.xmp", Some(1)), ("A.XMP", Some(2)), ("a.dng.xmp", Some(2)), ("a.mov.xmp", None)]
        {
            let found = pair(&[jpeg.clone(), raw.clone(), member(3, name, Kind::Sidecar, None)]);
            let of_sidecar = found.iter().find(|(id, ..)| *id == 3).map(|(_, leader, _)| *leader);
            assert_eq!(of_sidecar, leader, "{name}");
        }
        assert_eq!(pair(&[member(3, "a.xmp", Kind::Sidecar, None)]), []);
    }
}
