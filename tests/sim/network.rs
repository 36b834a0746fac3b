//! The way to the upstream, and everything that happens on it.

use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tintype_client::{Answer, NoAnswer, Request, Transport};
use tintype_library::Library;
use tintype_library::places::Gazetteer;
use tintype_server::{App, Options, router};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// The server's threads, shared by all worlds.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads")
});

/// Letters of a request that are told.
const TOLD: usize = 160;

/// Where the upstream is said to be.
pub(crate) const ADDRESS: &str = "http://upstream/api";

/// Status, headers and body.
type Said = (StatusCode, HeaderMap, Vec<u8>);

/// A server without a socket.
pub(crate) type Server = Arc<dyn Fn(http::Request<Full<Bytes>>) -> Said + Send + Sync>;

/// A server over a library.
pub(crate) fn serve(library: &Arc<Library>) -> Server {
    let router = router(&App::new(Arc::clone(library), Arc::new(Gazetteer::new()), Options::default()));
    Arc::new(move |request| {
        let router = router.clone();
        RUNTIME.block_on(async move {
            let Ok(answer) = router.oneshot(request).await;
            let (parts, body) = answer.into_parts();
            match body.collect().await {
                Ok(body) => (parts.status, parts.headers, body.to_bytes().to_vec()),
                Err(_) => (StatusCode::BAD_GATEWAY, HeaderMap::new(), Vec::new()),
            }
        })
    })
}

/// What may happen to an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// The request never arrives.
    LostRequest,
    /// It is done, and nobody hears of it.
    LostReply,
    /// It arrives twice.
    Twice,
    /// The answer ends early, as if that were all of it.
    CutClean,
    /// The answer breaks off.
    CutHard,
    /// A proxy, or a server that is busy, answers.
    Status(u16),
}

/// One node's way to the upstream.
pub(crate) struct Network {
    /// The server that is running now.
    server: Arc<Mutex<Server>>,
    rng: Mutex<StdRng>,
    /// Of 1,000 exchanges, so many go wrong.
    trouble: AtomicU64,
    requests: AtomicU64,
    /// What every change is answered with; 0 for what the server says.
    refusal: AtomicU64,
    /// What was asked, and what came back.
    told: Mutex<Vec<String>>,
}

impl Network {
    pub(crate) fn new(server: Arc<Mutex<Server>>, seed: u64) -> Arc<Self> {
        let rng = Mutex::new(StdRng::seed_from_u64(seed));
        Arc::new(Self {
            server,
            rng,
            trouble: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            refusal: AtomicU64::new(0),
            told: Mutex::default(),
        })
    }

    pub(crate) fn set_trouble(&self, of_a_thousand: u64) {
        self.trouble.store(of_a_thousand, Ordering::SeqCst);
    }

    /// Whether changes are refused, and how.
    pub(crate) fn set_refusal(&self, status: Option<u16>) {
        self.refusal.store(status.map_or(0, u64::from), Ordering::SeqCst);
    }

    /// How many requests were sent until now.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// What was asked since the last time, and what came back.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().expect("no panic holds it"))
    }

    fn tell(&self, parts: &http::request::Parts, sent: &[u8], fault: Fault, status: Option<StatusCode>) {
        let sent: String = String::from_utf8_lossy(sent).chars().take(TOLD).collect();
        let status = status.map_or(0, |status| status.as_u16());
        let line = format!("{} {} {sent:?} -> {status} {fault:?}", parts.method, parts.uri.path());
        self.told.lock().expect("no panic holds it").push(line);
    }

    fn fault(&self) -> Fault {
        let mut rng = self.rng.lock().expect("no panic holds it");
        if rng.random_range(0..1_000) >= self.trouble.load(Ordering::SeqCst) {
            return Fault::None;
        }
        match rng.random_range(0..9) {
            0 => Fault::LostRequest,
            1 | 2 => Fault::LostReply,
            3 => Fault::Twice,
            4 => Fault::CutClean,
            5 => Fault::CutHard,
            6 => Fault::Status(503),
            7 => Fault::Status(502),
            _ => Fault::Status(429),
        }
    }

    fn cut(&self, length: usize) -> usize {
        self.rng.lock().expect("no panic holds it").random_range(0..=length)
    }

    fn answer(&self, parts: &http::request::Parts, bytes: &[u8]) -> Said {
        let server = self.server.lock().expect("no panic holds it").clone();
        server(http::Request::from_parts(parts.clone(), Full::from(bytes.to_vec())))
    }
}

/// Ends with an error.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::ConnectionReset.into())
    }
}

impl Transport for Network {
    fn exchange(&self, request: Request, _: Duration) -> Result<Answer, NoAnswer> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let url = request.uri().to_string();
        let (parts, payload) = request.into_parts();
        let mut bytes = Vec::new();
        payload.into_reader().read_to_end(&mut bytes)?;
        let refusal = u16::try_from(self.refusal.load(Ordering::SeqCst)).ok().filter(|status| *status > 0);
        let is_change = parts.uri.path().starts_with("/api/assets") && parts.method != http::Method::GET;
        let fault = match refusal.filter(|_| is_change) {
            Some(status) => Fault::Status(status),
            None => self.fault(),
        };
        let (status, headers, body) = match fault {
            Fault::LostRequest => {
                self.tell(&parts, &bytes, fault, None);
                return Err("the connection was lost".into());
            }
            Fault::Status(status) => {
                let headers = HeaderMap::from_iter([(header::RETRY_AFTER, 1.into())]);
                (StatusCode::from_u16(status).expect("a status"), headers, Vec::new())
            }
            _ => self.answer(&parts, &bytes),
        };
        self.tell(&parts, &bytes, fault, Some(status));
        let body: Box<dyn Read + Send> = match fault {
            Fault::LostReply => return Err("the answer was lost".into()),
            Fault::Twice => Box::new(Cursor::new(self.answer(&parts, &bytes).2)),
            Fault::CutClean => Box::new(Cursor::new(body[..self.cut(body.len())].to_vec())),
            Fault::CutHard => Box::new(Cursor::new(body[..self.cut(body.len())].to_vec()).chain(Broken)),
            _ => Box::new(Cursor::new(body)),
        };
        Ok(Answer { status, headers, url, body })
    }
}
