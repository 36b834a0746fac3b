//! A server that says what a script says, and breaks where a test wants it to.
//!
//! It stands behind the client's [`Transport`], so no socket is needed. Sessions, checkpoints and acks work as in the
//! reference (sync-protocol §3, §4 and §8); what it streams are the lines of the script that its session has not acked,
//! in the order of the script.

mod answers;
mod checkpoints;
mod faults;
mod requests;
mod script;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tintype_client::{Answer, Client, NoAnswer, Request, Transport};
use tintype_protocol::sync::AckToken;
use tintype_protocol::version::Version;

pub use faults::{Ending, Fault};
pub use requests::Asked;

use checkpoints::Session;
use faults::{Effect, Interrupted};
use script::Script;

/// Where it says it is. The name is reserved: it leads nowhere.
const BASE: &str = "http://upstream.invalid/api";

/// A scripted server; see the module's description.
#[derive(Debug)]
pub struct FakeUpstream {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    version: Version,
    script: Script,
    /// By token.
    sessions: BTreeMap<String, Session>,
    /// Permissions by key.
    keys: BTreeMap<String, Vec<String>>,
    /// What it shows of assets to whoever asks for one, by id.
    shown: BTreeMap<String, serde_json::Value>,
    faults: Vec<Fault>,
    /// Sessions, keys and ends of streams so far, so that no two have one name.
    count: u32,
    asked: Vec<Asked>,
    acked: Vec<Vec<AckToken>>,
    streamed: Vec<Vec<String>>,
    backup: Option<(Script, BTreeMap<String, Session>)>,
    forgets_ends: bool,
}

impl FakeUpstream {
    /// A server of a version, without anything to say.
    #[must_use]
    pub fn new(version: Version) -> Arc<Self> {
        let state = State {
            version,
            script: Script::default(),
            sessions: BTreeMap::new(),
            keys: BTreeMap::new(),
            shown: BTreeMap::new(),
            faults: Vec::new(),
            count: 0,
            asked: Vec::new(),
            acked: Vec::new(),
            streamed: Vec::new(),
            backup: None,
            forgets_ends: false,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client of it that nobody has logged in.
    #[must_use]
    pub fn stranger(self: &Arc<Self>) -> Client {
        let transport: Arc<dyn Transport> = Arc::clone(self) as Arc<dyn Transport>;
        Client::over(transport, BASE)
    }

    /// A client of it in a session that begins now.
    #[must_use]
    pub fn client(self: &Arc<Self>) -> Client {
        let token = self.state().begin_session();
        self.stranger().with_token(token)
    }

    /// A client of it with an API key that has these permissions; `all` stands for every one.
    #[must_use]
    pub fn client_with_key(self: &Arc<Self>, permissions: &[&str]) -> Client {
        let key = self.state().add_key(permissions);
        self.stranger().with_key(key)
    }

    /// It is another version from now on.
    pub fn set_version(&self, version: Version) {
        self.state().version = version;
    }

    /// Adds to the script: lines as they were recorded. A `SyncCompleteV1` among them is left out, as each stream ends
    /// with one of its own; what is no line of a known type is sent every time.
    pub fn say(&self, lines: &str) {
        self.state().script.add(lines);
    }

    /// Shows an asset to whoever asks for it, and lets them change it.
    ///
    /// # Panics
    /// Where it has no id.
    pub fn show(&self, asset: serde_json::Value) {
        let id = asset["id"].as_str().expect("an id").to_owned();
        self.state().shown.insert(id, asset);
    }

    /// What it shows of an asset.
    #[must_use]
    pub fn shown(&self, id: &str) -> Option<serde_json::Value> {
        self.state().shown.get(id).cloned()
    }

    /// Nothing of the script remains.
    pub fn fall_silent(&self) {
        self.state().script = Script::default();
    }

    /// Something goes wrong, once. Of several faults that fit, the one that was added first comes first.
    pub fn add_fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Every session has to begin again: streams say so until that is acked.
    pub fn begin_reset(&self) {
        self.state().sessions.values_mut().for_each(|session| session.is_pending_reset = true);
    }

    /// Checkpoints of all rows go, as when the server was changed and wants to say more.
    pub fn forget_checkpoints(&self) {
        self.state().sessions.values_mut().for_each(Session::forget_rows);
    }

    /// From now on it keeps no end of a stream.
    pub fn forget_ends(&self) {
        self.state().forgets_ends = true;
    }

    /// Keeps a copy of all it knows: a backup.
    pub fn back_up(&self) {
        let mut state = self.state();
        state.backup = Some((state.script.clone(), state.sessions.clone()));
    }

    /// Is again what it was at the last backup.
    ///
    /// # Panics
    /// Where there is none.
    pub fn put_back(&self) {
        let mut state = self.state();
        let (script, sessions) = state.backup.clone().expect("a backup");
        (state.script, state.sessions) = (script, sessions);
    }

    /// All sessions end.
    pub fn end_sessions(&self) {
        self.state().sessions.clear();
    }

    /// What it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The acks that arrived and were accepted, one list per call.
    #[must_use]
    pub fn acked(&self) -> Vec<Vec<AckToken>> {
        self.state().acked.clone()
    }

    /// The lines of each stream that were sent whole.
    #[must_use]
    pub fn streamed(&self) -> Vec<Vec<String>> {
        self.state().streamed.clone()
    }
}

impl State {
    fn next_number(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn begin_session(&mut self) -> String {
        let token = format!("token-{}", self.next_number());
        self.sessions.insert(token.clone(), Session::default());
        token
    }

    fn add_key(&mut self, permissions: &[&str]) -> String {
        let key = format!("key-{}", self.next_number());
        self.keys.insert(key.clone(), permissions.iter().map(ToString::to_string).collect());
        key
    }
}

impl Transport for FakeUpstream {
    fn exchange(&self, request: Request, _patience: Duration) -> Result<Answer, NoAnswer> {
        let (parts, payload) = request.into_parts();
        let mut body = Vec::new();
        payload.into_reader().read_to_end(&mut body)?;
        let asked = Asked::of(&parts, &body);
        let mut state = self.state();
        state.asked.push(asked.clone());
        let url = parts.uri.to_string();
        match faults::take(&mut state.faults, &asked) {
            None => Ok(state.answer(&asked, &parts.headers).into_answer(url)),
            Some(Effect::Said(answer)) => Ok(answer.into_answer(url)),
            Some(Effect::Lost { is_done }) => {
                if is_done {
                    state.answer(&asked, &parts.headers);
                }
                Err(Interrupted.into())
            }
        }
    }
}
