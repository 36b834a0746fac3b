//! Nodes and their upstream, simulated from a seed.
//!
//! Two to four nodes follow one upstream, which is our own server without a socket. People act on all sides while the
//! network loses, repeats and cuts, processes crash between two writes, disks fill up and clocks step. When that ends,
//! everything has to agree, and nothing may be lost that nobody deleted; see [`laws`].
//!
//! `TINTYPE_SIM_SEEDS` says how many seeds are run, `TINTYPE_SIM_FIRST` with which to begin, and `TINTYPE_SIM_SEED` runs
//! one and tells its story.

mod actions;
mod again;
mod disk;
mod files;
mod laws;
mod network;
mod refusals;
mod story;
mod table;
mod view;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

/// Seeds that are run unless told otherwise.
const SEEDS: u64 = 2_000;
/// Problems that are told; of a single one also what led to it.
const TOLD: usize = 20;
/// Seeds that once failed. Each found a fault that is mended since.
const PAST: &[u64] = &[449, 686, 699, 735, 1429, 1609, 1731, 1768, 1838, 27481];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives through the seeds on all processors; those that fail are told.
fn live(seeds: impl Iterator<Item = u64> + Send) {
    let seeds = std::sync::Mutex::new(seeds);
    let (failed, lived) = (std::sync::Mutex::new(Vec::new()), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = seeds.lock().expect("no panic holds it").next();
                    let Some(seed) = next else { return };
                    lived.fetch_add(1, Ordering::Relaxed);
                    if let Err(problem) = World::live(seed) {
                        failed.lock().expect("no panic holds it").push((seed, problem));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic held it");
    for (seed, (problem, story)) in failed.iter().take(TOLD) {
        if failed.len() == 1 {
            println!("{story}");
        }
        println!("seed {seed}: {problem}\n");
    }
    assert!(failed.is_empty(), "{} of {} seeds failed", failed.len(), lived.into_inner());
}

#[test]
fn whatever_happens_all_agree_in_the_end() {
    match number("TINTYPE_SIM_SEED") {
        Some(seed) => live(std::iter::once(seed)),
        None => {
            let first = number("TINTYPE_SIM_FIRST").unwrap_or(0);
            live(first..first.saturating_add(number("TINTYPE_SIM_SEEDS").unwrap_or(SEEDS)));
        }
    }
}

#[test]
fn what_once_failed_holds() {
    live(PAST.iter().copied());
}
