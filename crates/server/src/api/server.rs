//! What the server says about itself.

use axum::extract::State;
use tintype_library::removal::DELETE_DELAY_DAYS;
use tintype_media::formats::{self, MediaKind};
use tintype_protocol::dto::server::{
    ServerAboutResponseDto, ServerApkLinksDto, ServerConfigDto, ServerFeaturesDto, ServerMediaTypesResponseDto,
    ServerPingResponse, ServerStatsResponseDto, ServerStorageResponseDto, ServerThemeDto,
    ServerVersionHistoryResponseDto, ServerVersionResponseDto, UsageByUserDto, VersionCheckStateResponseDto,
};
use tintype_protocol::permission::Permission;

use super::system::IS_ONBOARDED;
use crate::access::Access;
use crate::app::App;
use crate::body::{Answer, ok};
use crate::error::ApiError;
use crate::routes::Routes;

/// Maps are drawn by the clients from these tiles, as with the reference.
const MAP_DARK: &str = "https://tiles.immich.cloud/v1/style/dark.json";
const MAP_LIGHT: &str = "https://tiles.immich.cloud/v1/style/light.json";
/// Faces that make a person worth showing.
const MIN_FACES: u32 = 3;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/server/ping", Access::Public, ping)
        .get("/server/version", Access::Public, version)
        .get("/server/features", Access::Public, features)
        .get("/server/config", Access::Public, config)
        .get("/server/about", Access::Needs(Permission::ServerAbout), about)
        .get("/server/media-types", Access::Public, media_types)
        .get("/server/storage", Access::Needs(Permission::ServerStorage), storage)
        .get("/server/statistics", Access::AdminNeeds(Permission::ServerStatistics), statistics)
        .get("/server/theme", Access::Public, theme)
        .get("/server/version-history", Access::Public, version_history)
        .get("/server/version-check", Access::Needs(Permission::ServerVersionCheck), version_check)
        .get("/server/apk-links", Access::Needs(Permission::ServerApkLinks), apk_links)
}

pub(super) async fn ping() -> Answer {
    ok(&ServerPingResponse { res: "pong" })
}

pub(super) async fn version(State(app): State<App>) -> Answer {
    ok(&reported_version(&app))
}

/// The version that clients are told.
pub(crate) fn reported_version(app: &App) -> ServerVersionResponseDto {
    let version = app.options().version;
    ServerVersionResponseDto {
        major: version.major,
        minor: version.minor,
        patch: version.patch,
        prerelease: app.is_v3().then_some(None),
    }
}

async fn features(State(app): State<App>) -> Answer {
    ok(&ServerFeaturesDto {
        config_file: false,
        duplicate_detection: false,
        email: false,
        facial_recognition: false,
        import_faces: app.library_ref().settings().import_faces,
        map: true,
        oauth: false,
        oauth_auto_launch: false,
        ocr: false,
        password_login: true,
        reverse_geocoding: true,
        search: true,
        sidecar: true,
        smart_search: false,
        trash: true,
        realtime_transcoding: app.is_v3().then_some(false),
    })
}

async fn config(State(app): State<App>) -> Answer {
    let (is_initialized, onboarded) =
        app.run(|library| Ok((library.is_initialized()?, library.server_value(IS_ONBOARDED)?))).await?;
    let trash_days = app.library().settings().trash_days;
    ok(&ServerConfigDto {
        login_page_message: String::new(),
        trash_days,
        user_delete_delay: DELETE_DELAY_DAYS,
        oauth_button_text: "Login with OAuth".to_owned(),
        is_initialized,
        is_onboarded: onboarded.and_then(|value| value.as_bool()).unwrap_or(false),
        external_domain: app.options().external_domain.clone(),
        public_users: true,
        map_dark_style_url: MAP_DARK.to_owned(),
        map_light_style_url: MAP_LIGHT.to_owned(),
        maintenance_mode: false,
        min_faces: app.is_v3().then_some(MIN_FACES),
    })
}

async fn about(State(app): State<App>) -> Answer {
    let version = app.options().version;
    ok(&ServerAboutResponseDto {
        version: format!("v{version}"),
        version_url: format!("https://github.com/immich-app/immich/releases/tag/v{version}"),
        licensed: false,
    })
}

pub(super) async fn media_types() -> Answer {
    let of_kind = |kind: MediaKind| {
        let formats = formats::all().iter().filter(|format| format.kind == kind);
        let mut extensions: Vec<String> = formats.map(|format| format!(".{}", format.extension)).collect();
        extensions.sort_unstable();
        extensions
    };
    ok(&ServerMediaTypesResponseDto {
        video: of_kind(MediaKind::Video),
        image: of_kind(MediaKind::Image),
        sidecar: vec![".xmp".to_owned()],
    })
}

async fn storage(State(app): State<App>) -> Answer {
    let capacity = app.run(|library| Ok(library.blobs().capacity()?)).await?;
    let used = capacity.total.saturating_sub(capacity.available);
    let percentage = if capacity.total == 0 { 0.0 } else { used as f64 / capacity.total as f64 * 100.0 };
    ok(&ServerStorageResponseDto {
        disk_size: human_bytes(capacity.total),
        disk_use: human_bytes(used),
        disk_available: human_bytes(capacity.available),
        disk_size_raw: capacity.total,
        disk_use_raw: used,
        disk_available_raw: capacity.available,
        disk_usage_percentage: (percentage * 100.0).round() / 100.0,
    })
}

/// `1.5 GiB`.
fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

async fn statistics(State(app): State<App>) -> Answer {
    let usage = app.run(|library| library.usage()).await?;
    let usage_by_user: Vec<UsageByUserDto> = usage
        .into_iter()
        .map(|user| UsageByUserDto {
            user_id: user.user_id,
            user_name: user.user_name,
            photos: user.photos,
            videos: user.videos,
            usage: user.photo_bytes + user.video_bytes,
            usage_photos: user.photo_bytes,
            usage_videos: user.video_bytes,
            quota_size_in_bytes: user.quota_bytes,
        })
        .collect();
    ok(&ServerStatsResponseDto {
        photos: usage_by_user.iter().map(|user| user.photos).sum(),
        videos: usage_by_user.iter().map(|user| user.videos).sum(),
        usage: usage_by_user.iter().map(|user| user.usage).sum(),
        usage_photos: usage_by_user.iter().map(|user| user.usage_photos).sum(),
        usage_videos: usage_by_user.iter().map(|user| user.usage_videos).sum(),
        usage_by_user,
    })
}

/// Gone in generation 3.
async fn theme(State(app): State<App>) -> Answer {
    if app.is_v3() {
        return Err(ApiError::NotFound("Cannot GET /api/server/theme".to_owned()));
    }
    ok(&ServerThemeDto { custom_css: String::new() })
}

async fn version_history(State(app): State<App>) -> Answer {
    let created_at = app.run(|library| library.first_opened()).await?;
    ok(&[ServerVersionHistoryResponseDto {
        // One entry: the version that is spoken. Its id need only be stable.
        id: uuid::Uuid::from_u128(0x7469_6e74_7970_4000_8000_0000_0000_0001),
        created_at,
        version: app.options().version.to_string(),
    }])
}

/// Tintype does not ask anybody for newer versions.
async fn version_check() -> Answer {
    ok(&VersionCheckStateResponseDto { checked_at: None, release_version: None })
}

async fn apk_links(State(app): State<App>) -> Answer {
    let base = format!("https://github.com/immich-app/immich/releases/download/v{}", app.options().version);
    ok(&ServerApkLinksDto {
        arm64v8a: format!("{base}/app-arm64-v8a-release.apk"),
        armeabiv7a: format!("{base}/app-armeabi-v7a-release.apk"),
        universal: format!("{base}/app-release.apk"),
        x86_64: format!("{base}/app-x86_64-release.apk"),
    })
}

#[cfg(test)]
mod tests {
    use super::human_bytes;

    #[test]
    fn sizes_are_readable() {
        assert_eq!(human_bytes(0), "0 B");
        assert_eq!(human_bytes(1023), "1023 B");
        assert_eq!(human_bytes(1536), "1.5 KiB");
        assert_eq!(human_bytes(4 << 40), "4.0 TiB");
    }
}
