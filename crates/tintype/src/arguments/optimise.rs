//! Commands about the form in which originals are kept.

use clap::Args;

/// `tintype optimize`
#[derive(Debug, Args)]
pub(crate) struct Optimize {
    /// Only say what there is, and what would be saved by a sample
    #[arg(long)]
    pub(crate) plan: bool,
    /// The recipe: none, lossless, balanced, small or archive-av1
    #[arg(long, value_name = "NAME", default_value = tintype_media::recipes::DEFAULT_PROFILE)]
    pub(crate) recipe: String,
    /// Only the photos and videos of this user
    #[arg(long, value_name = "EMAIL")]
    pub(crate) owner: Option<String>,
    /// As JSON, a line for each type or file
    #[arg(long)]
    pub(crate) json: bool,
    /// Only files with this in their name
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
}

/// `tintype restore-original`
#[derive(Debug, Args)]
pub(crate) struct RestoreOriginal {
    /// The ids of photos, as their addresses show them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
    /// As JSON, a line for each
    #[arg(long)]
    pub(crate) json: bool,
}
