//! The SFTP protocol, version 3, as bytes (draft-ietf-secsh-filexfer-02): requests are read where they lie, answers
//! are appended to what goes out. Names are bytes: not every device writes UTF-8.

/// The version that everybody speaks.
const VERSION: u32 = 3;
/// The longest packet taken; OpenSSH's limit. Whoever announces a longer one is cut off.
pub(crate) const MAX_PACKET_BYTES: usize = 256 * 1024;
/// The most that one WRITE may carry: a packet without its other fields.
pub(crate) const MAX_WRITE_BYTES: u32 = MAX_PACKET_BYTES as u32 - 1024;
/// The most that one READ is answered with. Clients ask again for the rest.
pub(crate) const MAX_READ_BYTES: u32 = 128 * 1024;

/// What may be done with a file that is opened.
pub(crate) mod open_flags {
    pub(crate) const READ: u32 = 0x01;
    pub(crate) const WRITE: u32 = 0x02;
    pub(crate) const APPEND: u32 = 0x04;
    pub(crate) const CREATE: u32 = 0x08;
    pub(crate) const TRUNCATE: u32 = 0x10;
    pub(crate) const EXCLUSIVE: u32 = 0x20;
}

const ATTRIBUTE_SIZE: u32 = 0x01;
const ATTRIBUTE_OWNER: u32 = 0x02;
const ATTRIBUTE_PERMISSIONS: u32 = 0x04;
const ATTRIBUTE_TIMES: u32 = 0x08;
const ATTRIBUTE_EXTENDED: u32 = 0x8000_0000;
/// Extended attributes skipped; nobody sends any.
const MAX_EXTENDED_ATTRIBUTES: u32 = 16;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Code {
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    Unsupported = 8,
}

/// What is said of a file. What is absent is left as it is, or not told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) size_bytes: Option<u64>,
    /// Type and permissions as in `st_mode`.
    pub(crate) mode: Option<u32>,
    /// When it was read and modified last, in seconds.
    pub(crate) times: Option<(u32, u32)>,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    /// As `ls -l` prints it.
    pub(crate) line: Vec<u8>,
    pub(crate) attributes: Attributes,
}

/// A request, with its texts where they lie in the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request<'a> {
    Init,
    Open { path: &'a [u8], flags: u32, attributes: Attributes },
    Close { handle: &'a [u8] },
    Read { handle: &'a [u8], offset: u64, length: u32 },
    Write { handle: &'a [u8], offset: u64, data: &'a [u8] },
    Lstat { path: &'a [u8] },
    Fstat { handle: &'a [u8] },
    SetStat { path: &'a [u8], attributes: Attributes },
    SetFstat { handle: &'a [u8], attributes: Attributes },
    OpenFolder { path: &'a [u8] },
    ReadFolder { handle: &'a [u8] },
    Remove { path: &'a [u8] },
    MakeFolder { path: &'a [u8] },
    RemoveFolder { path: &'a [u8] },
    RealPath { path: &'a [u8] },
    Stat { path: &'a [u8] },
    Rename { from: &'a [u8], to: &'a [u8] },
    ReadLink,
    MakeLink,
    Extended { name: &'a [u8], rest: &'a [u8] },
    Unknown,
}

/// A packet that is no request; with its id, if that could be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) Option<u32>);

/// Reads one packet, without the length before it: the request's id and the request.
pub(crate) fn parse(packet: &[u8]) -> Result<(u32, Request<'_>), Malformed> {
    let mut fields = Fields(packet);
    let kind = fields.byte().ok_or(Malformed(None))?;
    let id = fields.number().ok_or(Malformed(None))?;
    if kind == 1 {
        return Ok((0, Request::Init));
    }
    request(kind, &mut fields).map(|request| (id, request)).ok_or(Malformed(Some(id)))
}

fn request<'a>(kind: u8, fields: &mut Fields<'a>) -> Option<Request<'a>> {
    Some(match kind {
        3 => Request::Open { path: fields.text()?, flags: fields.number()?, attributes: fields.attributes()? },
        4 => Request::Close { handle: fields.text()? },
        5 => Request::Read { handle: fields.text()?, offset: fields.long()?, length: fields.number()? },
        6 => Request::Write { handle: fields.text()?, offset: fields.long()?, data: fields.text()? },
        7 => Request::Lstat { path: fields.text()? },
        8 => Request::Fstat { handle: fields.text()? },
        9 => Request::SetStat { path: fields.text()?, attributes: fields.attributes()? },
        10 => Request::SetFstat { handle: fields.text()?, attributes: fields.attributes()? },
        11 => Request::OpenFolder { path: fields.text()? },
        12 => Request::ReadFolder { handle: fields.text()? },
        13 => Request::Remove { path: fields.text()? },
        14 => Request::MakeFolder { path: fields.text()? },
        15 => Request::RemoveFolder { path: fields.text()? },
        16 => Request::RealPath { path: fields.text()? },
        17 => Request::Stat { path: fields.text()? },
        18 => Request::Rename { from: fields.text()?, to: fields.text()? },
        19 => Request::ReadLink,
        20 => Request::MakeLink,
        200 => Request::Extended { name: fields.text()?, rest: fields.0 },
        _ => Request::Unknown,
    })
}

/// What is left of a packet.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|bytes| bytes[0])
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    /// Bytes with their length before them.
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    pub(crate) fn attributes(&mut self) -> Option<Attributes> {
        let flags = self.number()?;
        let mut attributes = Attributes::default();
        if flags & ATTRIBUTE_SIZE != 0 {
            attributes.size_bytes = Some(self.long()?);
        }
        if flags & ATTRIBUTE_OWNER != 0 {
            self.long()?;
        }
        if flags & ATTRIBUTE_PERMISSIONS != 0 {
            attributes.mode = Some(self.number()?);
        }
        if flags & ATTRIBUTE_TIMES != 0 {
            attributes.times = Some((self.number()?, self.number()?));
        }
        if flags & ATTRIBUTE_EXTENDED != 0 {
            for _ in 0..self.number().filter(|count| *count <= MAX_EXTENDED_ATTRIBUTES)? {
                self.text()?;
                self.text()?;
            }
        }
        Some(attributes)
    }
}

/// Packets as they come out of a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    bytes: Vec<u8>,
    /// Where the next packet begins.
    start: usize,
}

/// A packet longer than [`MAX_PACKET_BYTES`] was announced: nothing that follows could be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a packet of {0} bytes was announced")]
pub(crate) struct TooLong(pub(crate) u32);

impl Packets {
    /// More has come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next packet, if it is complete.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let Some((length, rest)) = self.bytes[self.start..].split_first_chunk::<4>() else { return Ok(None) };
        let announced = u32::from_be_bytes(*length);
        let length = announced as usize;
        if length > MAX_PACKET_BYTES {
            return Err(TooLong(announced));
        }
        let packet = rest.get(..length);
        self.start += packet.map_or(0, |packet| 4 + packet.len());
        Ok(packet)
    }
}

/// Answers on their way out.
#[derive(Debug, Default)]
pub(crate) struct Answers(pub(crate) Vec<u8>);

impl Answers {
    /// One packet: its type, and what `write` appends.
    fn packet(&mut self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend_from_slice(&[0, 0, 0, 0, kind]);
        write(&mut self.0);
        let length = u32::try_from(self.0.len() - start - 4).expect("answers are short");
        self.0[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// The greeting, with what goes beyond the protocol.
    pub(crate) fn version(&mut self, extensions: &[(&str, &str)]) {
        self.packet(2, |out| {
            number(out, VERSION);
            for (name, version) in extensions {
                text(out, name.as_bytes());
                text(out, version.as_bytes());
            }
        });
    }

    pub(crate) fn status(&mut self, id: u32, code: Code, message: &str) {
        self.packet(101, |out| {
            number(out, id);
            number(out, code as u32);
            text(out, message.as_bytes());
            text(out, b"en");
        });
    }

    pub(crate) fn handle(&mut self, id: u32, handle: &[u8]) {
        self.packet(102, |out| {
            number(out, id);
            text(out, handle);
        });
    }

    /// What `read` puts into a buffer of `length` bytes, as far as it says that it did. Nothing is sent when it fails.
    pub(crate) fn data<E>(
        &mut self,
        id: u32,
        length: u32,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let start = self.0.len();
        let mut result = Ok(());
        self.packet(103, |out| {
            number(out, id);
            number(out, 0);
            let at = out.len();
            out.resize(at + length as usize, 0);
            match read(&mut out[at..]) {
                Ok(count) => {
                    out.truncate(at + count);
                    let count = u32::try_from(count).expect("no more than was asked for");
                    out[at - 4..at].copy_from_slice(&count.to_be_bytes());
                }
                Err(error) => result = Err(error),
            }
        });
        if result.is_err() {
            self.0.truncate(start);
        }
        result
    }

    /// What lies in a folder.
    pub(crate) fn names(&mut self, id: u32, entries: &[Entry]) {
        self.packet(104, |out| {
            number(out, id);
            number(out, u32::try_from(entries.len()).expect("a batch of names is small"));
            for entry in entries {
                text(out, &entry.name);
                text(out, &entry.line);
                attributes(out, &entry.attributes);
            }
        });
    }

    pub(crate) fn attributes(&mut self, id: u32, about: &Attributes) {
        self.packet(105, |out| {
            number(out, id);
            attributes(out, about);
        });
    }

    /// The answer to a request that goes beyond the protocol: numbers of 64 bits.
    pub(crate) fn extended(&mut self, id: u32, values: &[u64]) {
        self.packet(201, |out| {
            number(out, id);
            values.iter().for_each(|value| out.extend_from_slice(&value.to_be_bytes()));
        });
    }
}

pub(crate) fn number(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn text(out: &mut Vec<u8>, value: &[u8]) {
    number(out, u32::try_from(value.len()).expect("texts are short"));
    out.extend_from_slice(value);
}

pub(crate) fn attributes(out: &mut Vec<u8>, about: &Attributes) {
    let flag = |is_there: bool, flag: u32| if is_there { flag } else { 0 };
    number(
        out,
        flag(about.size_bytes.is_some(), ATTRIBUTE_SIZE)
            | flag(about.mode.is_some(), ATTRIBUTE_PERMISSIONS)
            | flag(about.times.is_some(), ATTRIBUTE_TIMES),
    );
    if let Some(size) = about.size_bytes {
        out.extend_from_slice(&size.to_be_bytes());
    }
    if let Some(mode) = about.mode {
        number(out, mode);
    }
    if let Some((read, modified)) = about.times {
        number(out, read);
        number(out, modified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn requests_are_read() {
        let open =
            b"\x03\0\0\0\x07\0\0\0\x02/a\0\0\0\x1a\0\0\0\x0e\0\0\0\x01\0\0\0\x02\0\0\x01\xa4\0\0\0\x05\0\0\0\x06";
        let attributes = Attributes { size_bytes: None, mode: Some(0o644), times: Some((5, 6)) };
        assert_eq!(parse(open), Ok((7, Request::Open { path: b"/a", flags: 0x1a, attributes })));
        assert_eq!(parse(b"\x01\0\0\0\x03"), Ok((0, Request::Init)));
        assert_eq!(parse(b"\x04\0\0\0\x07\0\0\0\x05abcd"), Err(Malformed(Some(7))));
        assert_eq!(parse(b"\x04\0\0"), Err(Malformed(None)));
        assert_eq!(parse(b"\x63\0\0\0\x01"), Ok((1, Request::Unknown)));
    }

    #[test]
    fn packets_come_in_pieces_and_giants_are_refused() {
        let mut packets = Packets::default();
        packets.push(b"\0\0\0\x02a");
        assert_eq!(packets.next(), Ok(None));
        packets.push(b"b\0\0\0\x01c\0");
        assert_eq!(packets.next(), Ok(Some(b"ab".as_slice())));
        assert_eq!(packets.next(), Ok(Some(b"c".as_slice())));
        assert_eq!(packets.next(), Ok(None));
        packets.push(b"\x04\0\x01");
        assert_eq!(packets.next(), Err(TooLong(0x0004_0001)));
    }

    #[test]
    fn an_answer_that_could_not_be_read_is_taken_back() {
        let mut answers = Answers::default();
        answers.status(1, Code::Ok, "");
        let before = answers.0.clone();
        assert_eq!(answers.data(2, 10, |_| Err("gone")), Err("gone"));
        assert_eq!(answers.0, before);
        answers
            .data(2, 10, |buffer| {
                buffer[..3].fill(7);
                Ok::<_, ()>(3)
            })
            .unwrap();
        assert_eq!(&answers.0[before.len()..], b"\0\0\0\x0c\x67\0\0\0\x02\0\0\0\x03\x07\x07\x07");
    }

    proptest! {
        #[test]
        fn no_packet_is_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
