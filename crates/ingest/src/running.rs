//! The pipeline's threads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tintype_library::LibraryError;
use tintype_library::jobs::Signal;

use crate::events::listen;
use crate::pipeline::{Lane, Pipeline};

/// A zone in which something moves is looked at again after this long.
const SOON: Duration = Duration::from_secs(1);
/// One that rests is looked at this often at least, as nothing tells of files that others write.
const AT_REST: Duration = Duration::from_secs(10);
/// Between two looks, whatever happens.
const BREATH: Duration = Duration::from_millis(250);
/// For each second that a look takes, so many seconds none is taken: large zones must not keep a processor busy.
const LOOK_SHARE: u32 = 150;
/// The same while files come.
const BUSY_SHARE: u32 = 20;
/// How long a worker with nothing due sleeps.
const IDLE: Duration = Duration::from_secs(2);
/// Memory for packing one photo of 12 megapixels with cjxl and turning it back, as measured.
const PACKER_BYTES: u64 = 384 << 20;
/// How often rows are tidied.
const TIDY_INTERVAL: Duration = Duration::from_secs(86_400);
/// Files that a zone let go of are remembered this long, to be shown.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// Who is woken by what.
#[derive(Default)]
struct Bells {
    /// Something came into a zone, or was asked for.
    look: Arc<Signal>,
    /// Something may be due.
    work: Signal,
}

/// Threads that look and work until this is dropped.
pub struct Running {
    pipeline: Arc<Pipeline>,
    bells: Arc<Bells>,
    threads: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts one thread that looks, `workers` for files of usual size, and one for large ones.
    pub fn start(pipeline: Arc<Pipeline>, workers: usize) -> std::io::Result<Self> {
        let mut running = Self { pipeline, bells: Arc::new(Bells::default()), threads: Vec::new() };
        running.spawn("ingest-look".to_owned(), |pipeline, bells| watch(&pipeline, &bells))?;
        for index in 0..workers.max(1) {
            running.spawn(format!("ingest-{index}"), |pipeline, bells| work(&pipeline, &bells.work, Lane::Quick))?;
        }
        for index in 0..packers(workers, free_bytes()) {
            running.spawn(format!("ingest-pack-{index}"), |pipeline, bells| pack(&pipeline, &bells.work))?;
        }
        running.spawn("ingest-large".to_owned(), |pipeline, bells| work(&pipeline, &bells.work, Lane::Large))?;
        Ok(running)
    }

    fn spawn(
        &mut self,
        name: String,
        run: impl FnOnce(Arc<Pipeline>, Arc<Bells>) + Send + 'static,
    ) -> std::io::Result<()> {
        let (pipeline, bells) = (Arc::clone(&self.pipeline), Arc::clone(&self.bells));
        self.threads.push(std::thread::Builder::new().name(name).spawn(move || run(pipeline, bells))?);
        Ok(())
    }

    /// To be rung by whoever puts something into a zone, or wants something done.
    pub fn bell(&self) -> Arc<Signal> {
        Arc::clone(&self.bells.look)
    }

    /// Lets the steps at hand end, and the threads.
    pub fn stop(&mut self) {
        self.pipeline.stop.store(true, Ordering::SeqCst);
        self.bells.look.ring();
        self.bells.work.ring();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How many make files smaller at the same time: as many as work, if at most half of the free memory is enough for them.
fn packers(workers: usize, free_bytes: Option<u64>) -> usize {
    let fit = free_bytes.map_or(1, |free| usize::try_from(free / 2 / PACKER_BYTES).unwrap_or(usize::MAX));
    fit.clamp(1, workers.max(1))
}

/// Memory that programs may have without anything being swapped out (proc(5): `MemAvailable`).
fn free_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib << 10)
}

fn is_stopped(pipeline: &Pipeline) -> bool {
    pipeline.stop.load(Ordering::SeqCst)
}

fn watch(pipeline: &Pipeline, bells: &Bells) {
    if let Err(error) = pipeline.recover() {
        tracing::error!(error = &error as &dyn std::error::Error, "landing zones were not looked after");
    }
    let _listening = listen(pipeline.zones(), Arc::clone(&pipeline.open), Arc::clone(&bells.look));
    let mut tidied: Option<Instant> = None;
    while !is_stopped(pipeline) {
        let (seen, begin) = (bells.look.count(), Instant::now());
        let outcome = look_at_all(pipeline);
        if let Err(error) = &outcome {
            tracing::error!(error = error as &dyn std::error::Error, "landing zones could not be looked at");
        }
        bells.work.ring();
        let is_moving = outcome.unwrap_or(false);
        let (wait, share) = if is_moving { (SOON, BUSY_SHARE) } else { (AT_REST, LOOK_SHARE) };
        let least = begin.elapsed() * share;
        if tidied.is_none_or(|tidied| tidied.elapsed() >= TIDY_INTERVAL) {
            tidied = Some(Instant::now());
            tidy(pipeline);
        }
        // Many files that come one after the other are one reason to look.
        std::thread::sleep(BREATH.max(least.min(AT_REST)));
        bells.look.wait(seen, wait.max(least));
    }
}

fn tidy(pipeline: &Pipeline) {
    if let Err(error) = pipeline.give_up_uploads() {
        tracing::error!(error = &error as &dyn std::error::Error, "uploads that were given up were not noted");
    }
    for zone in pipeline.zones() {
        if let Err(error) = pipeline.forget_released(zone, REMEMBERED) {
            tracing::error!(error = &error as &dyn std::error::Error, "what a zone let go of was not forgotten");
        }
    }
}

/// Whether something moves in any zone.
fn look_at_all(pipeline: &Pipeline) -> Result<bool, LibraryError> {
    let mut is_moving = false;
    for zone in pipeline.zones() {
        let looked = pipeline.look(zone)?;
        is_moving |= looked.moving > 0;
    }
    Ok(is_moving)
}

fn work(pipeline: &Pipeline, signal: &Signal, lane: Lane) {
    while !is_stopped(pipeline) {
        let seen = signal.count();
        match pipeline.work(lane) {
            Ok(true) => {}
            Ok(false) => signal.wait(seen, IDLE),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a file could not be worked on");
                signal.wait(seen, IDLE);
            }
        }
    }
}

fn pack(pipeline: &Pipeline, signal: &Signal) {
    if pipeline.zones().iter().all(|zone| zone.packing.is_none()) {
        return;
    }
    while !is_stopped(pipeline) {
        let seen = signal.count();
        match pipeline.pack() {
            Ok(true) => {}
            Ok(false) => signal.wait(seen, IDLE),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no asset could be made smaller");
                signal.wait(seen, IDLE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_machines_pack_one_file_at_a_time() {
        let gib = |count: u64| Some(count << 30);
        assert_eq!((packers(4, gib(1)), packers(4, gib(2)), packers(4, gib(16))), (1, 2, 4));
        assert_eq!((packers(4, Some(0)), packers(0, gib(16)), packers(4, None)), (1, 1, 1));
        assert!(free_bytes().is_some_and(|bytes| bytes > 0));
    }
}
