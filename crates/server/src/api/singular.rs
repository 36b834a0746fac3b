//! Operations under the names they had before the reference renamed its resources to the plural. Only `@immich/cli` up
//! to 2.1.0 still calls them; the handlers are those of today's names.

use tintype_protocol::permission::Permission;

use super::{albums, assets, server, upload, users};
use crate::access::Access;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/server-info/ping", Access::Public, server::ping)
        .get("/server-info/version", Access::Public, server::version)
        .get("/server-info/media-types", Access::Public, server::media_types)
        .get("/user/me", Access::Needs(Permission::UserRead), users::me)
        .get("/asset/statistics", Access::Needs(Permission::AssetStatistics), assets::statistics)
        .post("/asset/bulk-upload-check", Access::Needs(Permission::AssetUpload), assets::bulk_upload_check)
        .post("/asset/upload", Access::Needs(Permission::AssetUpload), upload::upload)
        .get("/album", Access::Needs(Permission::AlbumRead), albums::list)
        .post("/album", Access::Needs(Permission::AlbumCreate), albums::create)
        .put("/album/{id}/assets", Access::Needs(Permission::AlbumAssetCreate), albums::add)
}
