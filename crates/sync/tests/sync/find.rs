//! From what a person typed to the API of a server, over a real socket, as redirects are followed by what speaks HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tintype_client::{Client, ClientError, Options};

/// What a site answers at a path: status, more headers, and a body.
type Site = fn(&str) -> (u16, String, &'static str);

const PONG: &str = "{\"res\":\"pong\"}";
const LOGIN: &str = "{\"accessToken\":\"t\",\"userId\":\"0f9d3c1e-7a4b-4c2d-9e8f-000000000001\",\
    \"userEmail\":\"ada@example.org\",\"name\":\"Ada\"}";
/// What the web application's server answers where there is nothing: its one page.
const PAGE: (u16, String, &str) = (200, String::new(), "<!doctype html><title>Photos</title>");

/// A site on this machine. It lives as long as the test's process.
struct Served {
    address: SocketAddr,
    /// Method and path of each request, and the length of what it carried.
    asked: Arc<Mutex<Vec<(String, String, usize)>>>,
}

impl Served {
    fn new(site: Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::default());
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever speaks TLS here, or goes away, is no reason to end.
                let _ = answer(&stream, site, &seen);
            }
        });
        Self { address, asked }
    }

    fn find(&self, typed: &str) -> Result<Client, ClientError> {
        let typed = typed.replace("HERE", &self.address.to_string());
        Client::find(&typed, &Options { user_agent: "test".to_owned() })
    }

    fn base(&self, typed: &str) -> String {
        let found = self.find(typed).unwrap_or_else(|error| panic!("{typed}: {error:?}"));
        found.base().replace(&self.address.to_string(), "HERE")
    }
}

fn answer(mut stream: &TcpStream, site: Site, seen: &Mutex<Vec<(String, String, usize)>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(count) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = count.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(()) };
    let (status, headers, text) = site(&path);
    seen.lock().unwrap().push((method, path, length));
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}

fn nothing() -> (u16, String, &'static str) {
    (404, String::new(), "{\"message\":\"Cannot GET\",\"statusCode\":404}")
}

fn moved(status: u16, to: &str) -> (u16, String, &'static str) {
    (status, format!("location: {to}\r\n"), "")
}

#[test]
fn an_api_is_found_below_api() {
    let served = Served::new(|path| match path {
        "/api/server/ping" => (200, String::new(), PONG),
        _ => PAGE,
    });
    for typed in ["http://HERE", "http://HERE/", "http://HERE/api", "http://HERE/api/", " http://HERE "] {
        assert_eq!(served.base(typed), "http://HERE/api", "{typed}");
    }
}

#[test]
fn an_api_is_found_at_the_bare_root() {
    let served = Served::new(|path| match path {
        "/server/ping" => (200, String::new(), PONG),
        _ => nothing(),
    });
    assert_eq!(served.base("http://HERE"), "http://HERE");
}

#[test]
fn a_folder_of_a_site_may_be_meant() {
    let served = Served::new(|path| match path {
        "/photos/api/server/ping" => (200, String::new(), PONG),
        _ => nothing(),
    });
    assert_eq!(served.base("http://HERE/photos"), "http://HERE/photos/api");
    assert!(matches!(served.find("http://HERE"), Err(ClientError::NoServer { source: None, .. })));
}

#[test]
fn a_site_may_say_where_its_api_is() {
    let served = Served::new(|path| match path {
        "/.well-known/immich" => (200, String::new(), "{\"api\":{\"endpoint\":\"/hidden/v1\"}}"),
        "/hidden/v1/server/ping" | "/api/server/ping" => (200, String::new(), PONG),
        _ => nothing(),
    });
    assert_eq!(served.base("http://HERE"), "http://HERE/hidden/v1", "rather than where it usually is");
    let paths: Vec<String> = served.asked.lock().unwrap().iter().map(|(_, path, _)| path.clone()).collect();
    assert_eq!(paths, ["/.well-known/immich", "/hidden/v1/server/ping"]);
}

/// It says so, but there is nothing: the usual places are tried.
#[test]
fn a_site_may_be_wrong_about_its_api() {
    for said in ["{\"api\":{\"endpoint\":\"/gone\"}}", "{\"api\":{}}", "[]", "<html>"] {
        let site: Site = match said.len() {
            29 => |path| pong_or(path, "{\"api\":{\"endpoint\":\"/gone\"}}"),
            10 => |path| pong_or(path, "{\"api\":{}}"),
            2 => |path| pong_or(path, "[]"),
            _ => |path| pong_or(path, "<html>"),
        };
        assert_eq!(Served::new(site).base("http://HERE"), "http://HERE/api", "{said}");
    }
}

fn pong_or(path: &str, said: &'static str) -> (u16, String, &'static str) {
    match path {
        "/.well-known/immich" => (200, String::new(), said),
        "/api/server/ping" => (200, String::new(), PONG),
        _ => nothing(),
    }
}

/// A request that is redirected may lose its body, so the address at the end of the way is the server's.
#[test]
fn where_redirects_lead_is_where_the_server_is() {
    let served = Served::new(|path| match path {
        "/.well-known/immich" => moved(301, "/new/.well-known/immich"),
        "/api/server/ping" => moved(302, "/new/api/server/ping"),
        "/new/api/server/ping" => (200, String::new(), PONG),
        "/new/api/auth/login" => (201, String::new(), LOGIN),
        _ => nothing(),
    });
    assert_eq!(served.base("http://HERE"), "http://HERE/new/api");
    let login = served.find("http://HERE").unwrap().log_in("ada@example.org", "secret").unwrap();
    assert_eq!(login.access_token, "t");
    let last = served.asked.lock().unwrap().last().unwrap().clone();
    assert_eq!((last.0.as_str(), last.1.as_str()), ("POST", "/new/api/auth/login"));
    assert!(last.2 > 30, "with what it carries");
}

/// What another site's well-known says about an API there, told by a redirect.
#[test]
fn a_redirect_may_lead_to_another_machine() {
    let there = Served::new(|path| pong_or(path, "{\"api\":{\"endpoint\":\"/api\"}}"));
    let port = there.address.port();
    // A function without a memory: the port goes through the path.
    let here = Served::new(|path| {
        let (port, rest) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        moved(308, &format!("http://127.0.0.1:{port}/{rest}"))
    });
    let found = here.find(&format!("http://HERE/{port}")).unwrap();
    assert_eq!(found.base(), format!("http://{}/api", there.address));
}

#[test]
fn redirects_without_end_lead_nowhere() {
    let served = Served::new(|path| moved(302, path));
    assert!(matches!(served.find("http://HERE"), Err(ClientError::NoServer { .. })));
}

/// Without a scheme https comes first, and plain http only for a machine nearby.
#[test]
fn a_machine_nearby_may_speak_plainly() {
    let served = Served::new(|path| match path {
        "/api/server/ping" => (200, String::new(), PONG),
        _ => nothing(),
    });
    assert_eq!(served.base("HERE"), "http://HERE/api");
}

#[test]
fn what_is_no_such_server_is_said_to_be_none() {
    let served = Served::new(|_| PAGE);
    assert!(matches!(served.find("http://HERE"), Err(ClientError::NoServer { source: None, .. })));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Client::find(&format!("http://{closed}"), &Options { user_agent: "test".to_owned() }).unwrap_err();
    assert!(matches!(&error, ClientError::NoServer { source: Some(_), .. }), "{error:?}");
}
