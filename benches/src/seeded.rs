//! A node with a library of made-up rows.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tintype_testkit::{Api, Node, Options};

/// Assets of the libraries that are measured.
pub const ASSETS: u64 = 100_000;

/// Albums of them, with about a hundred assets each.
const ALBUMS: u64 = 100;

/// How much of everything a made-up library has.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Amounts {
    pub assets: u64,
    /// With about a hundred assets each.
    pub albums: u64,
    pub people: u64,
    pub faces: u64,
}

/// A node whose library was filled by `tintype dev seed`. It does not run yet.
pub struct SeededNode(pub Node);

impl SeededNode {
    /// Fills an empty library; there are no files to its assets.
    ///
    /// # Errors
    /// When the node or the seeding fails.
    pub fn new(assets: u64) -> Result<Self> {
        Self::with(Amounts { assets, albums: ALBUMS, people: 0, faces: 0 })
    }

    /// As [`Self::new`], with more than assets.
    ///
    /// # Errors
    /// When the node or the seeding fails.
    pub fn with(amounts: Amounts) -> Result<Self> {
        Self::started_with(Options::default(), amounts)
    }

    /// As [`Self::new`], a node that is started like this.
    ///
    /// # Errors
    /// When the node or the seeding fails.
    pub fn started_like(options: Options, assets: u64) -> Result<Self> {
        Self::started_with(options, Amounts { assets, albums: ALBUMS, people: 0, faces: 0 })
    }

    fn started_with(options: Options, amounts: Amounts) -> Result<Self> {
        let (email, password) = Api::admin();
        let options = options.environment("TINTYPE_ADMIN_EMAIL", email).environment("TINTYPE_ADMIN_PASSWORD", password);
        // The first start only makes the folder.
        let mut node = options.start()?;
        node.stop()?;
        let options = [
            ("--assets", amounts.assets),
            ("--albums", amounts.albums),
            ("--people", amounts.people),
            ("--faces", amounts.faces),
        ];
        let mut seed = node.command(&["dev", "seed"])?;
        for (option, amount) in options {
            seed.arg(option).arg(amount.to_string());
        }
        let output = seed.stdin(Stdio::null()).output().context("cannot run tintype dev seed")?;
        ensure!(output.status.success(), "seeding failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(Self(node))
    }

    /// Starts it and answers how long it took until it had answered the first ping.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&mut self) -> Result<Duration> {
        let started = Instant::now();
        self.0.restart()?;
        let answer = self.0.api().call("GET", "/server/ping", None)?;
        let time = started.elapsed();
        ensure!(answer.status == 200, "the ping was answered with {}", answer.status);
        Ok(time)
    }

    /// Its process.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<u32> {
        self.0.pid().context("the node does not run")
    }
}

/// A session token of the admin. Streams need one; an API key will not do.
///
/// # Errors
/// When the node refuses.
pub fn log_in(node: &Node) -> Result<String> {
    let (email, password) = Api::admin();
    let credentials = json!({ "email": email, "password": password });
    let answer = node.api().call("POST", "/auth/login", Some(&credentials))?.json().context("the login failed")?;
    Ok(answer["accessToken"].as_str().context("the login gave no token")?.to_owned())
}
