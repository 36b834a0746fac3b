//! What albums are called by whoever has them, remembered for a while: asking for all albums for every file is much to ask.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// How long an album that was renamed or deleted may still be taken for the one of that name.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Names that are remembered; then all are forgotten.
const MAX_NAMES: usize = 1_000;

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct AlbumIds {
    names: Mutex<HashMap<String, (Uuid, Instant)>>,
    /// Held by whoever looks for an album: two who make one of the same name would make two.
    looking: Mutex<()>,
}

impl AlbumIds {
    /// Adds something to the album of a name. `find` says what that is called, and makes it where there is none; `add` may
    /// fail because an album that is remembered is gone.
    pub(crate) fn add<E>(
        &self,
        name: &str,
        find: impl Fn() -> Result<Uuid, E>,
        add: impl Fn(Uuid) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(known) = self.known(name) {
            if add(known).is_ok() {
                return Ok(());
            }
            self.names().remove(name);
        }
        add(self.look_for(name, find)?)
    }

    fn look_for<E>(&self, name: &str, find: impl Fn() -> Result<Uuid, E>) -> Result<Uuid, E> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may just have found it.
        if let Some(known) = self.known(name) {
            return Ok(known);
        }
        let found = find()?;
        let mut names = self.names();
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(name.to_owned(), (found, Instant::now()));
        Ok(found)
    }

    fn known(&self, name: &str) -> Option<Uuid> {
        let names = self.names();
        names.get(name).filter(|(_, found)| found.elapsed() < REMEMBERED).map(|(id, _)| *id)
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, (Uuid, Instant)>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn an_album_is_looked_for_once_and_again_when_it_is_gone() {
        let (ids, said) = (AlbumIds::default(), RefCell::new(Vec::new()));
        let (old, new) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let add = |is_gone: bool| {
            let find = || {
                said.borrow_mut().push("find");
                Ok(if is_gone { new } else { old })
            };
            let add = |id| if is_gone && id == old { Err("gone") } else { Ok(()) };
            ids.add("Camera", find, add)
        };
        assert_eq!((add(false), add(false), add(true), add(true)), (Ok(()), Ok(()), Ok(()), Ok(())));
        assert_eq!(*said.borrow(), ["find", "find"]);
        assert_eq!(ids.add("Other", || Err("away"), |_| Ok(())), Err("away"));
    }
    #[test]
    fn two_who_come_at_once_make_one_album() {
        let (ids, made) = (AlbumIds::default(), Mutex::new(0));
        let find = || {
            *made.lock().unwrap() += 1;
            std::thread::sleep(Duration::from_millis(5));
            Ok::<_, ()>(Uuid::from_u128(1))
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| ids.add("Camera", find, |_| Ok(())));
            }
        });
        assert_eq!(*made.lock().unwrap(), 1);
    }
}
