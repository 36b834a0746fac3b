//! Who may come in, and what they may do.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use russh::keys::PublicKey;

use super::quota::Quota;

/// Somebody who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Names the account in the log, and counts its sessions: the same account has the same name however it came in.
    pub name: String,
    /// The folder that it sees as `/`. Made when it is missing and its parent is not.
    pub root: PathBuf,
    /// What may lie there.
    pub quota_bytes: Option<u64>,
}

/// Looks up who may come in. Called on a thread that may block; wrong answers are counted, and slowed down, before.
pub trait Accounts: Send + Sync {
    /// The account with this name and password.
    fn by_password(&self, name: &str, password: &str) -> Option<Account>;

    /// The account with this name, if it may come in with this key. Asked before the client has proven that it holds
    /// the key, and again after.
    fn by_key(&self, name: &str, key: &PublicKey) -> Option<Account>;
}

/// What the sessions of one account share.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) account: Account,
    pub(crate) quota: Arc<Quota>,
    pub(crate) open_files: OpenFiles,
}

/// Files and folders that all sessions of one account may have open: a process has only so many descriptors.
pub(crate) const MAX_OPEN_FILES: usize = 256;

/// Counts them.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenFiles(Arc<AtomicUsize>);

/// One that is open, until this is dropped.
#[derive(Debug)]
pub(crate) struct OpenFile(OpenFiles);

impl OpenFiles {
    /// One more, if there may be.
    pub(crate) fn open(&self) -> Option<OpenFile> {
        let one_more = |count: usize| (count < MAX_OPEN_FILES).then_some(count + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
        Some(OpenFile(self.clone()))
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Accounts that are here now, with how many sessions each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Present(Arc<Mutex<ByName>>);

type ByName = HashMap<String, (Arc<Presence>, usize)>;

/// One session of an account; it is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    presence: Arc<Presence>,
    present: Present,
}

impl Present {
    /// A session more, if the account may have one.
    pub(crate) fn enter(&self, account: &Account, max_sessions: usize) -> Option<Seat> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let quota = Arc::new(Quota::new(&account.root, account.quota_bytes));
            (Arc::new(Presence { account: account.clone(), quota, open_files: OpenFiles::default() }), 0)
        };
        let (presence, sessions) = all.entry(account.name.clone()).or_insert_with(make);
        if *sessions >= max_sessions {
            return None;
        }
        *sessions += 1;
        Some(Seat { presence: Arc::clone(presence), present: self.clone() })
    }

    /// Sessions of all accounts.
    pub(crate) fn sessions(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(|(_, sessions)| sessions).sum()
    }
}

impl Seat {
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.present.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = &self.presence.account.name;
        let Some((_, sessions)) = all.get_mut(name) else { return };
        *sessions -= 1;
        if *sessions == 0 {
            all.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_counted() {
        let account =
            |name: &str| Account { name: name.to_owned(), root: PathBuf::from("/nowhere"), quota_bytes: None };
        let present = Present::default();
        let first = present.enter(&account("a"), 2).unwrap();
        let second = present.enter(&account("a"), 2).unwrap();
        assert!(Arc::ptr_eq(&first.presence().quota, &second.presence().quota));
        assert!(present.enter(&account("a"), 2).is_none() && present.enter(&account("b"), 2).is_some());
        drop(first);
        assert!(present.enter(&account("a"), 2).is_some());
        drop(second);
        assert_eq!(present.sessions(), 0);
    }
    #[test]
    fn open_files_are_an_accounts_not_a_sessions() {
        let account = Account { name: "a".to_owned(), root: PathBuf::from("/nowhere"), quota_bytes: None };
        let present = Present::default();
        let seats = [present.enter(&account, 2).unwrap(), present.enter(&account, 2).unwrap()];
        let open = |seat: &Seat| seat.presence().open_files.open();
        let mut files: Vec<_> = (0..MAX_OPEN_FILES).map(|number| open(&seats[number % 2]).unwrap()).collect();
        assert!(open(&seats[0]).is_none() && open(&seats[1]).is_none());
        files.pop();
        assert!(open(&seats[1]).is_some());
    }
}
