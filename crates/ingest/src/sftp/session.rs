//! One SFTP session: requests come in as bytes, are carried out one after the other, and answers go out as bytes. It
//! blocks on the disk and knows nothing of SSH.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::account_folder::{AccountFolder, changeable};
use super::accounts::{OpenFile, OpenFiles};
use super::claims::Claims;
use super::listing::{Listing, attributes};
use super::path::ZonePath;
use super::quota::Quota;
use super::refused::Refused;
use super::root::Root;
use super::upload::Upload;
use super::wire::{
    Answers, Attributes, Code, Entry, Fields, MAX_PACKET_BYTES, MAX_READ_BYTES, MAX_WRITE_BYTES, Malformed, Packets,
    Request, TooLong, open_flags, parse,
};

/// Files and folders that one session may have open.
pub const MAX_HANDLES: usize = 64;
/// What is offered beyond the protocol.
const EXTENSIONS: [(&str, &str); 5] = [
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("fsync@openssh.com", "1"),
    ("limits@openssh.com", "1"),
];

/// See the module's description.
pub(crate) struct Session {
    folder: AccountFolder,
    packets: Packets,
    handles: HashMap<u32, (Handle, OpenFile)>,
    next_handle: u32,
}

enum Handle {
    Reading(File),
    Writing(Box<Upload>),
    Folder(Listing),
}

/// The session cannot go on: what comes is not SFTP.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error("a packet is too short for a request")]
    TooShort,
}

type Answered = Result<(), Refused>;

impl Session {
    pub(crate) fn new(folder: AccountFolder) -> Session {
        Session { folder, packets: Packets::default(), handles: HashMap::new(), next_handle: 0 }
    }

    /// More bytes have come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.packets.push(bytes);
    }

    /// Carries out the next request, if one is complete. Says whether one was.
    pub(crate) fn step(&mut self, answers: &mut Answers) -> Result<bool, Broken> {
        // The packet is lent out while the rest of the session is used.
        let mut packets = std::mem::take(&mut self.packets);
        let outcome = match packets.next() {
            Ok(Some(packet)) => self.carry_out(packet, answers).map(|()| true),
            Ok(None) => Ok(false),
            Err(error) => Err(error.into()),
        };
        self.packets = packets;
        outcome
    }

    fn carry_out(&mut self, packet: &[u8], answers: &mut Answers) -> Result<(), Broken> {
        let (id, request) = match parse(packet) {
            Ok(parsed) => parsed,
            Err(Malformed(None)) => return Err(Broken::TooShort),
            Err(Malformed(Some(id))) => {
                answers.status(id, Code::BadMessage, "the request could not be read");
                return Ok(());
            }
        };
        if let Err(refused) = self.answer(id, request, answers) {
            answers.status(id, refused.code, &refused.text);
        }
        Ok(())
    }

    /// Answers a request, or says why not.
    fn answer(&mut self, id: u32, request: Request<'_>, answers: &mut Answers) -> Answered {
        match request {
            Request::Init => answers.version(&EXTENSIONS),
            Request::Open { path, flags, attributes } => {
                let handle = self.open(path, flags, &attributes)?;
                answers.handle(id, &handle);
            }
            Request::OpenFolder { path } => {
                let room = self.room()?;
                let listing = self.folder.list(&ZonePath::resolve(path)?)?;
                let handle = self.keep(Handle::Folder(listing), room);
                answers.handle(id, &handle);
            }
            Request::Read { handle, offset, length } => self.read(id, handle, offset, length, answers)?,
            Request::ReadFolder { handle } => self.read_folder(id, handle, answers)?,
            Request::Lstat { path } | Request::Stat { path } => {
                let about = self.folder.stat(&ZonePath::resolve(path)?)?;
                answers.attributes(id, &about);
            }
            Request::Fstat { handle } => {
                let about = self.stat_handle(handle)?;
                answers.attributes(id, &about);
            }
            Request::RealPath { path } => {
                let path = ZonePath::resolve(path)?.shown();
                answers.names(id, &[Entry { name: path.clone(), line: path, attributes: Attributes::default() }]);
            }
            Request::Extended { name, rest } => self.extended(id, name, &mut Fields(rest), answers)?,
            request => {
                self.change(request)?;
                answers.status(id, Code::Ok, "");
            }
        }
        Ok(())
    }

    /// Requests that are answered with a status only.
    fn change(&mut self, request: Request<'_>) -> Answered {
        match request {
            Request::Write { handle, offset, data } => match self.handle(handle)? {
                Handle::Writing(upload) => upload.write(offset, data),
                _ => Err(Refused::denied("this file is not open for writing")),
            },
            Request::Close { handle } => match self.handles.remove(&number(handle)?) {
                Some((Handle::Writing(upload), _)) => upload.close(),
                Some(_) => Ok(()),
                None => Err(no_such_handle()),
            },
            Request::SetFstat { handle, attributes } => match self.handle(handle)? {
                Handle::Writing(upload) => upload.set(&attributes),
                _ => Err(Refused::denied("this file is not open for writing")),
            },
            Request::SetStat { path, attributes } => self.folder.set(&changeable(path)?, &attributes),
            Request::Remove { path } => self.folder.remove(&ZonePath::resolve(path)?),
            Request::MakeFolder { path } => self.folder.make_folder(&changeable(path)?),
            Request::RemoveFolder { path } => self.folder.remove_folder(&ZonePath::resolve(path)?),
            Request::Rename { from, to } => self.folder.rename(&changeable(from)?, &changeable(to)?, false),
            Request::ReadLink | Request::MakeLink => Err(Refused::denied("there are no links here")),
            _ => Err(Refused::new(Code::Unsupported, "not supported")),
        }
    }

    fn extended(&mut self, id: u32, name: &[u8], fields: &mut Fields<'_>, answers: &mut Answers) -> Answered {
        let mut text = || fields.text().ok_or_else(|| Refused::new(Code::BadMessage, "the request could not be read"));
        match name {
            b"posix-rename@openssh.com" => {
                let (from, to) = (changeable(text()?)?, changeable(text()?)?);
                self.folder.rename(&from, &to, true)?;
                answers.status(id, Code::Ok, "");
            }
            b"fsync@openssh.com" => {
                if let Handle::Writing(upload) = self.handle(text()?)? {
                    upload.sync()?;
                }
                answers.status(id, Code::Ok, "");
            }
            b"statvfs@openssh.com" => {
                self.folder.stat(&ZonePath::resolve(text()?)?)?;
                answers.extended(id, &self.folder.capacity()?);
            }
            b"fstatvfs@openssh.com" => {
                self.handle(text()?)?;
                answers.extended(id, &self.folder.capacity()?);
            }
            b"limits@openssh.com" => {
                let limits =
                    [MAX_PACKET_BYTES as u64, MAX_READ_BYTES.into(), MAX_WRITE_BYTES.into(), MAX_HANDLES as u64];
                answers.extended(id, &limits);
            }
            b"hardlink@openssh.com" => return Err(Refused::denied("there are no links here")),
            _ => return Err(Refused::new(Code::Unsupported, "not supported")),
        }
        Ok(())
    }

    fn open(&mut self, path: &[u8], flags: u32, attributes: &Attributes) -> Result<[u8; 4], Refused> {
        let room = self.room()?;
        let writes = flags & (open_flags::WRITE | open_flags::APPEND | open_flags::CREATE | open_flags::TRUNCATE) != 0;
        let path = if writes { changeable(path)? } else { ZonePath::resolve(path)? };
        if writes {
            let mut upload = self.folder.write(&path, flags)?;
            upload.set(&Attributes { size_bytes: None, ..*attributes })?;
            return Ok(self.keep(Handle::Writing(Box::new(upload)), room));
        }
        let file = self.folder.read(&path)?;
        Ok(self.keep(Handle::Reading(file), room))
    }

    fn read(&mut self, id: u32, handle: &[u8], offset: u64, length: u32, answers: &mut Answers) -> Answered {
        let handle = self.handle(handle)?;
        let length = length.min(MAX_READ_BYTES);
        if length == 0 {
            return Err(Refused::failure("nothing was asked for"));
        }
        answers.data(id, length, |buffer| {
            let count = match handle {
                Handle::Reading(file) => file.read_at(buffer, offset)?,
                Handle::Writing(upload) => upload.read(buffer, offset)?,
                Handle::Folder(_) => return Err(Refused::failure("that is a folder")),
            };
            if count == 0 { Err(Refused::new(Code::Eof, "end of file")) } else { Ok(count) }
        })
    }

    fn read_folder(&mut self, id: u32, handle: &[u8], answers: &mut Answers) -> Answered {
        let Handle::Folder(listing) = self.handle(handle)? else {
            return Err(Refused::failure("that is no folder"));
        };
        let names = listing.next()?;
        if names.is_empty() {
            return Err(Refused::new(Code::Eof, "end of the folder"));
        }
        answers.names(id, &names);
        Ok(())
    }

    fn stat_handle(&mut self, handle: &[u8]) -> Result<Attributes, Refused> {
        Ok(match self.handle(handle)? {
            Handle::Reading(file) => attributes(&rustix::fs::fstat(file)?),
            Handle::Writing(upload) => upload.attributes()?,
            Handle::Folder(listing) => listing.attributes()?,
        })
    }

    fn handle(&mut self, handle: &[u8]) -> Result<&mut Handle, Refused> {
        self.handles.get_mut(&number(handle)?).map(|(handle, _)| handle).ok_or_else(no_such_handle)
    }

    /// Before anything is opened: whether one more may be.
    fn room(&self) -> Result<OpenFile, Refused> {
        if self.handles.len() < MAX_HANDLES {
            return self.folder.room();
        }
        Err(Refused::failure(Cow::Owned(format!("{MAX_HANDLES} files are open already"))))
    }

    fn keep(&mut self, handle: Handle, room: OpenFile) -> [u8; 4] {
        while self.handles.contains_key(&self.next_handle) {
            self.next_handle = self.next_handle.wrapping_add(1);
        }
        self.handles.insert(self.next_handle, (handle, room));
        let name = self.next_handle.to_be_bytes();
        self.next_handle = self.next_handle.wrapping_add(1);
        name
    }
}

fn number(handle: &[u8]) -> Result<u32, Refused> {
    handle.try_into().map(u32::from_be_bytes).map_err(|_| no_such_handle())
}

fn no_such_handle() -> Refused {
    Refused::failure("no such handle")
}

/// Feeds one session over a folder with what a client may have sent, as a fuzzer does. Answers are thrown away.
///
/// # Panics
/// When the folder cannot be opened, or when something is wrong with the session.
#[doc(hidden)]
pub fn drive_session(folder: &std::path::Path, bytes: &[u8]) {
    let root = Root::open(folder).expect("the folder can be opened");
    let quota = Arc::new(Quota::new(folder, Some(1 << 20)));
    let mut session = Session::new(AccountFolder::new(root, Claims::default(), quota, OpenFiles::default()));
    let mut answers = Answers::default();
    session.push(bytes);
    while let Ok(true) = session.step(&mut answers) {
        answers.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Requests that are nearly right: known types, names that lead somewhere, handles that may be open.
    fn packet() -> impl Strategy<Value = Vec<u8>> {
        let name = prop_oneof![
            Just("a".to_owned()),
            Just("link".to_owned()),
            Just("link/../secret".to_owned()),
            Just("../secret".to_owned()),
            Just("folder".to_owned()),
            Just("folder/b".to_owned()),
            Just("undone/x".to_owned()),
            Just("/".to_owned()),
            Just("posix-rename@openssh.com".to_owned()),
            "[./a]{0,12}",
        ];
        let text = name.prop_map(|name| [&(name.len() as u32).to_be_bytes(), name.as_bytes()].concat());
        let handle = (0..3_u32).prop_map(|handle| [4_u32.to_be_bytes(), handle.to_be_bytes()].concat());
        let field = prop_oneof![text, handle, (0..64_u32).prop_map(|number| number.to_be_bytes().to_vec())];
        let kind = prop_oneof![3..21_u8, Just(200_u8)];
        (kind, proptest::collection::vec(field, 0..6)).prop_map(|(kind, fields)| {
            let body = fields.concat();
            let length = (body.len() + 5) as u32;
            [&length.to_be_bytes()[..], &[kind, 0, 0, 0, 1], &body].concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn nothing_outside_changes_whatever_is_asked(packets in proptest::collection::vec(packet(), 1..40)) {
            let dir = tempfile::tempdir().unwrap();
            let zone = dir.path().join("zone");
            std::fs::create_dir(&zone).unwrap();
            std::fs::write(dir.path().join("secret"), "secret").unwrap();
            std::os::unix::fs::symlink("../secret", zone.join("link")).unwrap();
            drive_session(&zone, &packets.concat());
            prop_assert_eq!(std::fs::read(dir.path().join("secret")).unwrap(), b"secret");
            prop_assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
        }
    }
}
