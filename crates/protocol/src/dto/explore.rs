//! What there is to look for, and the map.

use serde::Serialize;

use super::asset::AssetResponseDto;
use crate::id::AssetId;
use crate::sync::Number;

/// A field of assets, and values that many of them have.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SearchExploreResponseDto {
    pub field_name: &'static str,
    pub items: Vec<SearchExploreItem>,
}

/// A value with an asset that has it.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SearchExploreItem {
    pub value: String,
    pub data: AssetResponseDto,
}

/// An asset on the map.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct MapMarkerResponseDto {
    pub id: AssetId,
    pub lat: Number,
    pub lon: Number,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
}
