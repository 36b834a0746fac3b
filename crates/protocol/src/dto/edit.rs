//! Edits that leave the original as it is. The same objects are in the sync stream.

use serde::{Deserialize, Serialize};

use crate::id::{AssetId, EditId};
use crate::model::MirrorAxis;

/// One change of the upright picture, `{action, parameters}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", content = "parameters", rename_all = "lowercase")]
pub enum AssetEdit {
    /// Only this box stays; in pixels of the picture before any change.
    Crop {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// 1 or more.
        width: u32,
        /// 1 or more.
        height: u32,
    },
    /// Turned clockwise.
    Rotate {
        /// Degrees: 0, 90, 180 or 270.
        angle: u16,
    },
    /// Mirrored.
    Mirror {
        /// `horizontal`: left and right change places.
        axis: MirrorAxis,
    },
}

/// `PUT /assets/{id}/edits`.
#[derive(Debug, Clone, Deserialize)]
pub struct AssetEditsCreateDto {
    /// In the order in which they are made; at least one.
    pub edits: Vec<AssetEdit>,
}

/// An edit that is kept.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct AssetEditActionItemResponseDto {
    pub id: EditId,
    #[serde(flatten)]
    pub edit: AssetEdit,
}

/// All edits of an asset, in their order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetEditsResponseDto {
    pub asset_id: AssetId,
    pub edits: Vec<AssetEditActionItemResponseDto>,
}
