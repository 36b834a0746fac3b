//! What happens with upstreams now, what went wrong the last time, and what somebody wishes to happen soon.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tintype_client::{ClientError, Refusal};
use tintype_library::clock::{Clock as _, SystemClock};
use tintype_library::model::Upstream;
use tintype_protocol::causes::with_causes;
use tintype_server::following::{self, Problem, ProblemKind, Wish};
use tintype_sync::{Progress, PullError, PushError, Pushed, Sends};

/// How far a sync has come.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) begin: Instant,
    pub(crate) progress: Progress,
    /// Once everything is in.
    pub(crate) pushed: Option<Pushed>,
}

impl Now {
    pub(crate) fn begin() -> Self {
        Self { begin: Instant::now(), progress: Progress::default(), pushed: None }
    }
}

/// Noted by those who sync, read by those who look. One entry for each upstream at most.
#[derive(Default)]
pub(crate) struct Activities {
    state: Mutex<State>,
    wished: Condvar,
}

#[derive(Default)]
struct State {
    /// Whose turn it is.
    running: Option<(i64, Now)>,
    problems: HashMap<i64, Problem>,
    wishes: BTreeMap<i64, Wish>,
    /// The wish that is being fulfilled.
    begun: Option<i64>,
}

impl State {
    fn running_of(&self, upstream: &Upstream) -> Option<Now> {
        self.running.filter(|(id, _)| *id == upstream.id).map(|(_, now)| now)
    }
}

impl Activities {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An upstream's sync is so far, or nothing runs.
    pub(crate) fn note(&self, running: Option<(i64, Now)>) {
        self.state().running = running;
    }

    /// How far an upstream's sync is.
    pub(crate) fn running(&self, upstream: &Upstream) -> Option<Now> {
        self.state().running_of(upstream)
    }

    /// A try came to its end, or did not.
    pub(crate) fn note_outcome<T>(&self, upstream: &Upstream, outcome: &anyhow::Result<T>) {
        match outcome {
            Ok(_) => drop(self.state().problems.remove(&upstream.id)),
            Err(error) if matches!(error.downcast_ref(), Some(PullError::Stopped)) => {}
            Err(error) => {
                let problem = Problem { kind: kind_of(error), text: reason(error), at: SystemClock.now() };
                self.state().problems.insert(upstream.id, problem);
            }
        }
    }

    /// The same of what was only sent: that says nothing about what keeps a sync from its end.
    pub(crate) fn note_sent<T>(&self, upstream: &Upstream, outcome: &anyhow::Result<T>) {
        let known = self.state().problems.get(&upstream.id).map(|problem| problem.kind);
        if outcome.is_err() || known != Some(ProblemKind::Other) {
            self.note_outcome(upstream, outcome);
        }
    }

    /// An upstream is not followed any more, or otherwise than before.
    pub(crate) fn forget(&self, upstream: i64) {
        let mut state = self.state();
        state.problems.remove(&upstream);
        state.wishes.remove(&upstream);
    }

    /// Something is to be done soon; it includes what was wished before.
    pub(crate) fn wish(&self, upstream: &Upstream, wish: Wish) {
        let mut state = self.state();
        let known = state.wishes.entry(upstream.id).or_insert(wish);
        *known = wish.max(*known);
        drop(state);
        self.wished.notify_all();
    }

    /// The next wish, waiting for one until then. Whoever takes it says when it is done.
    pub(crate) fn next_wish(&self, until: Instant) -> Option<(i64, Wish)> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.wishes.pop_first() {
                state.begun = Some(next.0);
                return Some(next);
            }
            let rest = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())?;
            state = self.wished.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What was taken last is done.
    pub(crate) fn wish_is_done(&self) {
        self.state().begun = None;
    }

    /// All of it, for pages.
    pub(crate) fn of(&self, upstream: &Upstream) -> following::Activity {
        let state = self.state();
        let running = state.running_of(upstream).map(|now| following::Running {
            lines: now.progress.lines,
            expected: now.progress.expected,
            sent: now.pushed.map(|pushed| pushed.sent),
            time: now.begin.elapsed(),
        });
        following::Activity {
            running,
            is_waiting: state.wishes.contains_key(&upstream.id) || state.begun == Some(upstream.id),
            problem: state.problems.get(&upstream.id).cloned(),
        }
    }
}

/// What becomes of what users do here, where a sync cannot come to its end.
pub(crate) fn what_is_sent(sends: Sends) -> Option<&'static str> {
    match sends {
        Sends::All => Some("changes made here are sent all the same"),
        Sends::Some => Some(
            "what is done here to photos is sent all the same; stacks, people, edits and what is said of albums wait until a sync \
             comes to its end (if that stays so, `tintype logout` and `tintype login` begin anew, once nothing else waits)",
        ),
        Sends::NotYet => Some("nothing is sent before all that the server has was seen once"),
        Sends::Nothing => None,
    }
}

/// What went wrong with a server, and what a person can do about it at the command line.
pub(crate) fn told(error: &anyhow::Error, upstream: &Upstream) -> String {
    with_advice(with_what_is_sent(error), kind_of(error), upstream)
}

/// The same of a problem that a page would show.
pub(crate) fn told_of(problem: &Problem, upstream: &Upstream) -> String {
    with_advice(problem.text.clone(), problem.kind, upstream)
}

fn with_advice(text: String, kind: ProblemKind, upstream: &Upstream) -> String {
    match kind {
        ProblemKind::LoggedOut => {
            format!("{text}. Sign in again by `tintype login {}`: nothing is lost", upstream.address)
        }
        ProblemKind::Away | ProblemKind::Other => text,
    }
}

/// What went wrong with the server, with its causes; that it was the server goes without saying.
fn reason(error: &anyhow::Error) -> String {
    let of_server: Vec<String> =
        error.chain().skip_while(|cause| !cause.is::<ClientError>()).map(ToString::to_string).collect();
    if of_server.is_empty() {
        return with_what_is_sent(error);
    }
    of_server.join(": ")
}

/// What went wrong, and then what becomes of what waits.
fn with_what_is_sent(error: &anyhow::Error) -> String {
    let Some(cause) = error.downcast_ref::<PullError>() else { return format!("{error:#}") };
    let text = with_causes(cause);
    let advice = error.to_string();
    if advice == cause.to_string() { text } else { format!("{text}; {advice}") }
}

/// What a person can do about it.
fn kind_of(error: &anyhow::Error) -> ProblemKind {
    let of_server = error.chain().find_map(|cause| cause.downcast_ref::<ClientError>());
    if let Some(ClientError::Refused { refusal: Refusal::Unauthenticated(_), .. }) = of_server {
        return ProblemKind::LoggedOut;
    }
    // Without the session's token, as after a restored backup, nothing can be asked.
    if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return ProblemKind::LoggedOut;
    }
    let disposition = match (error.downcast_ref::<PullError>(), error.downcast_ref::<PushError>()) {
        (Some(error), _) => Some(error.disposition()),
        (_, Some(error)) => Some(error.disposition()),
        _ => None,
    };
    match disposition {
        Some(tintype_library::Disposition::Retry { .. }) if of_server.is_some() => ProblemKind::Away,
        _ => ProblemKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tintype_library::model::UpstreamMode;
    use tintype_protocol::id::{UpdateId, UserId};
    use tintype_protocol::time::Timestamp;

    use super::*;

    fn upstream(id: i64) -> Upstream {
        let user_id = UserId::from_bytes([0; 16]);
        Upstream {
            id,
            server_id: 1,
            address: "http://127.0.0.1:1/api".to_owned(),
            version: "3.0.0".parse().unwrap(),
            user_id,
            external_user_id: user_id.0,
            email: String::new(),
            epoch: 0,
            is_resetting: false,
            keeps_unshown: false,
            linked_at: Timestamp(0),
            synced_at: None,
            position: UpdateId::MIN,
            held: 0,
            mode: UpstreamMode::Stream,
        }
    }

    #[test]
    fn wishes_are_fulfilled_once_and_grow() {
        let activities = Activities::default();
        for (id, wish) in [(2, Wish::Sweep), (2, Wish::Push), (1, Wish::Push), (1, Wish::Sync)] {
            activities.wish(&upstream(id), wish);
        }
        assert!(activities.of(&upstream(1)).is_waiting);
        let now = Instant::now();
        assert_eq!(activities.next_wish(now), Some((1, Wish::Sync)));
        assert!(activities.of(&upstream(1)).is_waiting, "until it is done");
        activities.wish_is_done();
        assert!(!activities.of(&upstream(1)).is_waiting);
        assert_eq!(activities.next_wish(now), Some((2, Wish::Sweep)));
        assert_eq!(activities.next_wish(now + Duration::from_millis(5)), None);
    }

    #[test]
    fn a_wish_wakes_whoever_waits() {
        let activities = Activities::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| activities.next_wish(Instant::now() + Duration::from_secs(60)));
            activities.wish(&upstream(3), Wish::Push);
            assert_eq!(waiting.join().unwrap(), Some((3, Wish::Push)));
        });
    }

    #[test]
    fn problems_say_what_to_do_and_go() {
        let refused = |refusal| PullError::Upstream(ClientError::Refused { refusal, retry_after: None });
        let status = |status| Refusal::Other { status, message: "no".to_owned() };
        let missing = anyhow::Error::from(std::io::Error::from(std::io::ErrorKind::NotFound)).context("no session");
        for (error, kind) in [
            (refused(Refusal::Unauthenticated("gone".to_owned())).into(), ProblemKind::LoggedOut),
            (refused(status(503)).into(), ProblemKind::Away),
            (PullError::Upstream(ClientError::Truncated).into(), ProblemKind::Away),
            (PushError::Upstream(ClientError::Truncated).into(), ProblemKind::Away),
            (refused(status(400)).into(), ProblemKind::Other),
            (missing, ProblemKind::LoggedOut),
        ] {
            let activities = Activities::default();
            activities.note_outcome::<()>(&upstream(1), &Err(error));
            let problem = activities.of(&upstream(1)).problem.unwrap();
            assert_eq!(problem.kind, kind, "{}", problem.text);
            assert!(activities.of(&upstream(2)).problem.is_none());
            activities.note_outcome(&upstream(1), &Ok(()));
            assert!(activities.of(&upstream(1)).problem.is_none());
        }
        let (activities, damaged) = (Activities::default(), PullError::Incomplete);
        let error = anyhow::Error::from(damaged).context(what_is_sent(Sends::Some).unwrap());
        activities.note_outcome::<()>(&upstream(1), &Err(error));
        activities.note_sent(&upstream(1), &Ok(()));
        let problem = activities.of(&upstream(1)).problem.expect("sending something does not mend it");
        assert!(problem.text.starts_with("the stream ended before it was complete; what is done here"), "{problem:?}");
        let dir = tempfile::tempdir().unwrap();
        let said = told(&crate::tokens::get(dir.path(), 1).unwrap_err(), &upstream(1));
        assert!(said.contains("Sign in again by `tintype login") && !said.to_lowercase().contains("log out"), "{said}");
        let activities = Activities::default();
        activities.note_outcome::<()>(&upstream(1), &Err(PullError::Stopped.into()));
        assert!(activities.of(&upstream(1)).problem.is_none(), "somebody wanted it to end");
    }
}
