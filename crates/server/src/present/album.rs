//! Albums.

use std::collections::HashMap;

use tintype_library::albums::AlbumView;
use tintype_library::model::User;
use tintype_protocol::dto::album::{AlbumResponseDto, AlbumUserResponseDto};
use tintype_protocol::dto::asset::ShownAssetDto;
use tintype_protocol::dto::user::UserResponseDto;
use tintype_protocol::id::UserId;
use tintype_protocol::model::AlbumRole;

use super::user;

/// An album. Generation 2 names the owner apart from the others, generation 3 lists them first.
pub(crate) fn album(
    view: AlbumView,
    people: &HashMap<UserId, User>,
    viewer: Option<UserId>,
    is_v3: bool,
    assets: Vec<ShownAssetDto>,
) -> AlbumResponseDto {
    let is_shared = view.is_shared();
    let mut members: Vec<(AlbumRole, &User)> = view
        .users
        .iter()
        .filter(|member| is_v3 || member.role != AlbumRole::Owner)
        // Guests need not know who else sees it.
        .filter(|member| viewer.is_some() || member.role == AlbumRole::Owner)
        .filter_map(|member| Some((member.role, people.get(&member.user_id)?)))
        .collect();
    members.sort_by_key(|(role, member)| {
        let is_caller_second = is_v3 && Some(member.id) != viewer;
        (*role != AlbumRole::Owner, is_caller_second, role.as_str(), member.name.clone())
    });
    let summary = view.summary;
    // Guests need not know how to reach the owner.
    let shown = |member: &User| match viewer {
        Some(_) => user(member),
        None => UserResponseDto { email: String::new(), ..user(member) },
    };
    let owner = people.get(&view.album.owner_id).map(shown);
    AlbumResponseDto {
        id: view.album.id,
        album_name: view.album.name,
        description: view.album.description,
        album_thumbnail_asset_id: view.album.thumbnail_asset_id,
        created_at: view.album.created_at,
        updated_at: view.album.updated_at,
        album_users: members
            .into_iter()
            .map(|(role, member)| AlbumUserResponseDto { user: shown(member), role })
            .collect(),
        shared: is_shared,
        has_shared_link: view.has_shared_link,
        asset_count: summary.asset_count,
        start_date: summary.start,
        end_date: summary.end,
        last_modified_asset_timestamp: summary.last_modified,
        is_activity_enabled: view.album.is_activity_enabled,
        order: view.album.order,
        contributor_counts: None,
        owner_id: (!is_v3).then_some(view.album.owner_id),
        owner: owner.filter(|_| !is_v3),
        assets: (!is_v3).then_some(assets),
    }
}
