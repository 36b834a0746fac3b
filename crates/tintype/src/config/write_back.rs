//! Writing into files as the library changes, as the configuration file says it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::ensure;
use serde::Deserialize;
use tintype_writeback::modules::{Choice, FavoriteAs, MIN_CAPTION_CHARS, Module};
use tintype_writeback::{Order, Targets};

/// `[writeback]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteBackSection {
    #[serde(default)]
    watch: bool,
    modules: Option<Vec<Module>>,
    to: Option<Targets>,
    favorite_as: Option<FavoriteAs>,
    caption_max_len: Option<usize>,
    /// What the beginning of paths on other servers is here.
    #[serde(default)]
    paths: BTreeMap<PathBuf, PathBuf>,
}

impl WriteBackSection {
    /// What the beginning of paths on other servers is here.
    pub(super) fn paths(&mut self) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
        let paths = std::mem::take(&mut self.paths);
        for (there, here) in &paths {
            let are_whole = there.is_absolute() && here.is_absolute();
            ensure!(are_whole, "{} = {}: both must be absolute paths", there.display(), here.display());
        }
        Ok(paths.into_iter().collect())
    }

    /// What is written whenever something changed, if anything is.
    pub(super) fn resolve(self) -> Option<Order> {
        let mut choice = Choice::of(self.modules.unwrap_or_else(|| Module::ALL.to_vec()));
        choice.favorite_as = self.favorite_as.unwrap_or_default();
        choice.caption_chars = self.caption_max_len.unwrap_or(choice.caption_chars).max(MIN_CAPTION_CHARS);
        let order = Order::of(choice, self.to.unwrap_or_default());
        self.watch.then_some(Order { only_new: true, watches: true, ..order })
    }
}
