//! Job queues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::AssetId;
use crate::wire::wire_names;

wire_names! {
    /// The queues of the reference. Tintype works in a few of them; the others are always empty.
    #[allow(missing_docs)]
    QueueName {
        ThumbnailGeneration = "thumbnailGeneration",
        MetadataExtraction = "metadataExtraction",
        VideoConversion = "videoConversion",
        FaceDetection = "faceDetection",
        FacialRecognition = "facialRecognition",
        SmartSearch = "smartSearch",
        DuplicateDetection = "duplicateDetection",
        BackgroundTask = "backgroundTask",
        StorageTemplateMigration = "storageTemplateMigration",
        Migration = "migration",
        Search = "search",
        Sidecar = "sidecar",
        Library = "library",
        Notifications = "notifications",
        BackupDatabase = "backupDatabase",
        Ocr = "ocr",
        Workflow = "workflow",
        Editor = "editor",
    }
}

wire_names! {
    /// What can be done with the jobs of chosen assets.
    #[allow(missing_docs)]
    AssetJobName {
        RefreshFaces = "refresh-faces",
        RefreshMetadata = "refresh-metadata",
        RegenerateThumbnail = "regenerate-thumbnail",
        TranscodeVideo = "transcode-video",
    }
}

wire_names! {
    /// Jobs that the admin may start by hand.
    #[allow(missing_docs)]
    ManualJobName {
        PersonCleanup = "person-cleanup",
        TagCleanup = "tag-cleanup",
        UserCleanup = "user-cleanup",
        MemoryCleanup = "memory-cleanup",
        MemoryCreate = "memory-create",
        BackupDatabase = "backup-database",
    }
}

wire_names! {
    /// What can be done with a queue.
    #[allow(missing_docs)]
    QueueCommand {
        Start = "start",
        Pause = "pause",
        Resume = "resume",
        Empty = "empty",
        ClearFailed = "clear-failed",
    }
}

/// `POST /assets/jobs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetJobsDto {
    pub asset_ids: Vec<AssetId>,
    pub name: AssetJobName,
}

/// `POST /jobs`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct JobCreateDto {
    pub name: ManualJobName,
}

/// `PUT /jobs/{name}`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct QueueCommandDto {
    pub command: QueueCommand,
    pub force: Option<bool>,
}

/// `PUT /queues/{name}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct QueueUpdateDto {
    pub is_paused: Option<bool>,
}

/// Numbers of jobs by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct QueueStatisticsDto {
    pub active: u64,
    pub completed: u64,
    pub failed: u64,
    pub delayed: u64,
    pub waiting: u64,
    pub paused: u64,
}

/// One entry of `GET /jobs`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct QueueResponseLegacyDto {
    pub job_counts: QueueStatisticsDto,
    pub queue_status: QueueStatusLegacyDto,
}

/// Part of [`QueueResponseLegacyDto`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct QueueStatusLegacyDto {
    pub is_active: bool,
    pub is_paused: bool,
}

/// `GET /jobs`: every queue by its name.
pub type QueuesResponseLegacyDto = BTreeMap<&'static str, QueueResponseLegacyDto>;

/// `GET /queues/{name}`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct QueueResponseDto {
    pub name: QueueName,
    pub is_paused: bool,
    pub statistics: QueueStatisticsDto,
}
