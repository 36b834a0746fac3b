//! `tintype optimize` and `tintype restore-original`: originals kept as something smaller, and put back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, TryLockError};

use anyhow::{Context as _, bail};
use indicatif::DecimalBytes;
use serde::{Deserialize, Serialize};
use tintype_library::model::{Asset, AssetFilter};
use tintype_library::optimising::{Optimised, Restored};
use tintype_library::{Library, LibraryError};
use tintype_media::recipes::{Engine, Profile, SCRATCH_PREFIX};
use tintype_protocol::disposition::Disposition;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;

use crate::arguments::{Optimize, RestoreOriginal};
use crate::config::Config;
use crate::control::{Event, Listener, Request};
use crate::interrupt::{Interrupt, Interrupted};
use crate::reports::{OptimisedAsset, Planned, RestoredOriginal, Saved};
use crate::{client, doctor, output};

/// Folder of what recipes are at work on, in the data folder: a result has to be copied onto its disk anyway.
const SCRATCH: &str = "optimising";
/// Rows read at a time.
const PAGE: u32 = 500;
/// Files of each type that are tried for an estimate.
const SAMPLE: u64 = 8;

/// What is to be optimised.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OptimiseWish {
    is_plan: bool,
    recipe: String,
    owner: Option<String>,
    /// Part of the name.
    query: Option<String>,
}

/// What recipes need beside the library.
pub(crate) struct Optimiser {
    scratch: PathBuf,
    /// By name.
    recipes: BTreeMap<String, Profile>,
    /// Held by the one run that there is at a time.
    running: Mutex<()>,
}

impl Optimiser {
    pub(crate) fn new(config: &Config) -> Self {
        Self { scratch: config.data.join(SCRATCH), recipes: config.recipes.clone(), running: Mutex::new(()) }
    }

    fn engine(&self) -> anyhow::Result<Engine> {
        std::fs::create_dir_all(&self.scratch)
            .with_context(|| format!("{} could not be created", self.scratch.display()))?;
        self.clear()?;
        Ok(Engine::new(
            Arc::new(doctor::find_tools()),
            doctor::search_path(),
            self.scratch.clone(),
            std::env::current_exe().ok(),
        ))
    }

    /// Removes what a run that was killed left behind.
    fn clear(&self) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(&self.scratch)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(SCRATCH_PREFIX) {
                continue;
            }
            let path = entry.path();
            let is_folder = entry.file_type()?.is_dir();
            let removed = if is_folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.with_context(|| format!("{} could not be removed", path.display()))?;
        }
        Ok(())
    }
}

pub(crate) fn optimise(config: &Config, wanted: &Optimize) -> anyhow::Result<ExitCode> {
    let query = wanted.query.join(" ");
    let wish = OptimiseWish {
        is_plan: wanted.plan,
        recipe: wanted.recipe.clone(),
        owner: wanted.owner.clone(),
        query: Some(query).filter(|query| !query.is_empty()),
    };
    let (interrupt, mut has_failed) = (Interrupt::listen()?, false);
    let outcome = client::run(config, &Request::Optimise(wish), &mut |event| {
        let line = match event {
            Event::Planned(planned) if wanted.json => Some(serde_json::to_string(&planned)?),
            Event::Planned(planned) => Some(planned_line(&planned)),
            Event::Optimised(asset) if wanted.json => Some(serde_json::to_string(&asset)?),
            Event::Optimised(asset) => asset_line(&asset),
            Event::Saved(saved) => {
                has_failed = saved.failed > 0;
                Some(if wanted.json { serde_json::to_string(&saved)? } else { saved_line(&saved) })
            }
            Event::Say { text } if !wanted.json => Some(text),
            _ => None,
        };
        line.iter().for_each(|line| output::say(line));
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    match outcome {
        Err(error) if error.is::<Interrupted>() => {
            if !wanted.json {
                output::say("Interrupted. What was stored stays; run it again: it goes on.");
            }
            Ok(ExitCode::from(u8::try_from(crate::interrupt::INTERRUPTED).unwrap_or(1)))
        }
        other => other.map(|()| if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }),
    }
}

pub(crate) fn restore_originals(config: &Config, wanted: &RestoreOriginal) -> anyhow::Result<ExitCode> {
    let mut has_failed = false;
    client::run(config, &Request::RestoreOriginals { ids: wanted.ids.clone() }, &mut |event| {
        if let Event::Restored(restored) = event {
            has_failed |= restored.error.is_some();
            output::say(&if wanted.json { serde_json::to_string(&restored)? } else { restored_line(&restored) });
        }
        Ok(())
    })?;
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn planned_line(planned: &Planned) -> String {
    let Planned { media_type, count, bytes, tried, estimated_saved_bytes } = planned;
    let (bytes, saved) = (DecimalBytes(*bytes), DecimalBytes(*estimated_saved_bytes));
    format!("{media_type:<20} {count:>8} files  {bytes:>12}  about {saved} less, by {tried} that were tried")
}

fn asset_line(asset: &OptimisedAsset) -> Option<String> {
    let OptimisedAsset { name, outcome, before_bytes, after_bytes, why, .. } = asset;
    match outcome.as_str() {
        "stored" => Some(format!("{name}: {} -> {}", DecimalBytes(*before_bytes), DecimalBytes(*after_bytes))),
        "left-alone" => None,
        outcome => Some(format!("{name}: {outcome}: {why}")),
    }
}

fn saved_line(saved: &Saved) -> String {
    let Saved { stored, kept, left_alone, failed, before_bytes, after_bytes } = saved;
    let (before, after) = (DecimalBytes(*before_bytes), DecimalBytes(*after_bytes));
    let less = DecimalBytes(before_bytes.saturating_sub(*after_bytes));
    let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!(
        "{stored} made smaller: {before} -> {after}, {less} saved. {kept} stay as they are, {left_alone} left alone{failed}."
    )
}

fn restored_line(restored: &RestoredOriginal) -> String {
    match (&restored.error, restored.bytes) {
        (Some(error), _) => format!("{}: {error}", restored.asset),
        (None, Some(bytes)) => format!("{}: its original is back, {}", restored.asset, DecimalBytes(bytes)),
        (None, None) => format!("{}: its original was never replaced", restored.asset),
    }
}

/// Optimises what is wished, or says what that would save.
pub(crate) fn run(
    library: &Library,
    optimiser: &Optimiser,
    wish: &OptimiseWish,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let Some(profile) = optimiser.recipes.get(&wish.recipe) else {
        let names: Vec<&str> = optimiser.recipes.keys().map(String::as_str).collect();
        bail!("there is no recipe {}; there are {}", wish.recipe, names.join(", "));
    };
    let _running = match optimiser.running.try_lock() {
        Ok(running) => running,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => bail!("another run is at work"),
    };
    let engine = optimiser.engine()?;
    let work = Work { library, engine: &engine, recipe: (&wish.recipe, profile) };
    let filter = filter(library, wish)?;
    if wish.is_plan { work.plan(filter, tell) } else { work.store(filter, tell) }
}

fn filter(library: &Library, wish: &OptimiseWish) -> anyhow::Result<AssetFilter> {
    let owners = match &wish.owner {
        Some(email) => vec![library.user_by_email(email)?.with_context(|| format!("nobody is {email}"))?.id],
        None => library.read(|tx| Ok(tx.users(false)?))?.into_iter().map(|user| user.id).collect(),
    };
    Ok(AssetFilter {
        owners,
        statuses: vec![AssetStatus::Active],
        name_contains: wish.query.clone(),
        ..AssetFilter::default()
    })
}

struct Work<'a> {
    library: &'a Library,
    engine: &'a Engine,
    recipe: (&'a str, &'a Profile),
}

impl Work<'_> {
    /// Visits assets in the order of their ids.
    fn each(&self, mut filter: AssetFilter, visit: &mut dyn FnMut(Asset) -> anyhow::Result<()>) -> anyhow::Result<()> {
        loop {
            let page = self.library.search_by_id(&filter, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            filter.after_id = Some(last.id);
            page.into_iter().try_for_each(&mut *visit)?;
        }
    }

    fn plan(&self, filter: AssetFilter, tell: &mut Listener<'_>) -> anyhow::Result<()> {
        let (mut planned, mut saved): (BTreeMap<String, Planned>, BTreeMap<String, (u64, u64)>) = Default::default();
        self.each(filter, &mut |asset| {
            if !self.recipe.1.takes(&asset.media_type) || self.library.is_optimisable(&asset)?.is_err() {
                return Ok(());
            }
            let row = planned.entry(asset.media_type.clone()).or_insert_with(|| Planned {
                media_type: asset.media_type.clone(),
                count: 0,
                bytes: 0,
                tried: 0,
                estimated_saved_bytes: 0,
            });
            let bytes = u64::try_from(asset.size_bytes).unwrap_or(0);
            row.count += 1;
            row.bytes += bytes;
            if row.tried < SAMPLE {
                row.tried += 1;
                let made = self.library.try_recipe(asset.id, self.recipe, self.engine, &AtomicBool::new(false))?;
                let (before, less) = saved.entry(asset.media_type).or_default();
                *before += bytes;
                *less += made.map_or(0, |(before, after)| before.saturating_sub(after));
                // Whoever asked may want it to end.
                tell(Event::Say { text: format!("tried {}", asset.original_name) })?;
            }
            Ok(())
        })?;
        if planned.is_empty() {
            return tell(Event::Say { text: format!("There is nothing to do by the recipe {}.", self.recipe.0) });
        }
        for mut row in planned.into_values() {
            let (before, less) = saved.get(&row.media_type).copied().unwrap_or_default();
            let share = if before > 0 { less as f64 / before as f64 } else { 0.0 };
            row.estimated_saved_bytes = (row.bytes as f64 * share) as u64;
            tell(Event::Planned(row))?;
        }
        Ok(())
    }

    fn store(&self, filter: AssetFilter, tell: &mut Listener<'_>) -> anyhow::Result<()> {
        let mut saved = Saved::default();
        self.each(filter, &mut |asset| {
            // What the recipe has no step for is no work: videos by `lossless`, say.
            if !self.recipe.1.takes(&asset.media_type) {
                saved.kept += 1;
                return Ok(());
            }
            let never = AtomicBool::new(false);
            let outcome = self.library.optimise(asset.id, self.recipe, self.engine, &never);
            let told = told(&asset, outcome, &mut saved)?;
            tell(Event::Optimised(told))
        })?;
        tell(Event::Saved(saved))
    }
}

/// Counts what became of an asset. What is wrong with one file does not end the run; a full disk does.
fn told(asset: &Asset, outcome: Result<Optimised, LibraryError>, saved: &mut Saved) -> anyhow::Result<OptimisedAsset> {
    let bytes = u64::try_from(asset.size_bytes).unwrap_or(0);
    let (outcome, after, why) = match outcome {
        Ok(Optimised::Stored { before, after, form }) => {
            saved.stored += 1;
            saved.before_bytes += before;
            saved.after_bytes += after;
            ("stored", after, form.recipe)
        }
        Ok(Optimised::Kept { reasons }) => {
            saved.kept += 1;
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            ("kept", bytes, reasons.join("; "))
        }
        Ok(Optimised::LeftAlone(why)) => {
            saved.left_alone += 1;
            ("left-alone", bytes, why.to_string())
        }
        Err(error) if error.disposition() == Disposition::Permanent => {
            saved.failed += 1;
            ("failed", bytes, format!("{:#}", anyhow::Error::from(error)))
        }
        Err(error) => return Err(anyhow::Error::from(error).context("ended before the end; run it again: it goes on")),
    };
    let (asset, name) = (asset.id.to_string(), asset.original_name.clone());
    Ok(OptimisedAsset { asset, name, outcome: outcome.to_owned(), before_bytes: bytes, after_bytes: after, why })
}

/// Puts originals back.
pub(crate) fn restore(library: &Library, ids: &[String], tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for id in ids {
        let restored = id
            .parse::<AssetId>()
            .map_err(|_| anyhow::anyhow!("this is no id"))
            .and_then(|id| library.restore_original(id).map_err(Into::into));
        let (bytes, error) = match restored {
            Ok(Restored::Restored { bytes }) => (Some(bytes), None),
            Ok(Restored::Needless) => (None, None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        tell(Event::Restored(RestoredOriginal { asset: id.clone(), bytes, error }))?;
    }
    Ok(())
}
