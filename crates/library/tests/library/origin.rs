//! A server that has bytes, and is as well or unwell as a test wants it.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex};

use tintype_library::origin::{Arriving, Ask, Origin, OriginError, Wanted};
use uuid::Uuid;

/// How it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Well,
    /// Does not answer.
    Away,
    /// Answers that it has no such thing.
    Refusing,
    /// Ends in the middle as if that was all.
    Truncating,
    /// Breaks off after so many bytes.
    Breaking(usize),
    /// Sends all when a part was asked for.
    WithoutParts,
    /// Begins to answer only when told to.
    Silent,
}

#[derive(Default)]
pub(crate) struct Shelf {
    files: Mutex<HashMap<(Uuid, Wanted), Vec<u8>>>,
    mood: Mutex<Mood>,
    changed: Condvar,
    asked: Mutex<Vec<(Wanted, Option<u64>)>>,
}

impl Shelf {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn put(&self, id: Uuid, wanted: Wanted, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert((id, wanted), bytes);
    }

    pub(crate) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
        self.changed.notify_all();
    }

    /// What was asked for since the last call, and from which byte on.
    pub(crate) fn asked(&self) -> Vec<(Wanted, Option<u64>)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// Bytes, and then a broken connection.
struct Broken(io::Cursor<Vec<u8>>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            count => Ok(count),
        }
    }
}

impl Origin for Shelf {
    fn ask(&self, ask: &Ask<'_>) -> Result<Arriving, OriginError> {
        self.asked.lock().unwrap().push((ask.wanted, ask.span.map(|span| span.from)));
        let mood = self.mood.lock().unwrap();
        let mood = *self.changed.wait_while(mood, |mood| *mood == Mood::Silent).unwrap();
        let file = self.files.lock().unwrap().get(&(ask.asset, ask.wanted)).cloned();
        let file = match (mood, file) {
            (Mood::Away, _) => return Err(OriginError::Away { after: None, source: "no route".into() }),
            (Mood::Refusing, _) | (_, None) => return Err(OriginError::Refused { source: "not here".into() }),
            (_, Some(file)) => file,
        };
        let whole = file.len() as u64;
        let from = ask.span.map_or(0, |span| span.from).min(if mood == Mood::WithoutParts { 0 } else { u64::MAX });
        if from > whole || (from == whole && from > 0) {
            return Err(OriginError::NoSuchPart);
        }
        let rest = file[usize::try_from(from).unwrap()..].to_vec();
        let length = Some(rest.len() as u64);
        let reader: Box<dyn Read + Send> = match mood {
            Mood::Truncating => Box::new(io::Cursor::new(rest[..rest.len() / 2].to_vec())),
            Mood::Breaking(after) => Box::new(Broken(io::Cursor::new(rest[..after.min(rest.len())].to_vec()))),
            _ => Box::new(io::Cursor::new(rest)),
        };
        Ok(Arriving { reader, begins_at: from, length, whole: Some(whole), media_type: None })
    }
}
