//! Notifications.

use axum::extract::State;
use tintype_library::model::{Notification, NotificationFilter};
use tintype_protocol::dto::notification::{
    NotificationCreateDto, NotificationDeleteAllDto, NotificationUpdateAllDto, NotificationUpdateDto,
};
use tintype_protocol::id::NotificationId;
use tintype_protocol::permission::Permission;

use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created, no_content, ok};
use crate::error::ApiError;
use crate::params::{Params, PathId};
use crate::present;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/notifications", Access::Needs(Permission::NotificationRead), list)
        .put("/notifications", Access::Needs(Permission::NotificationUpdate), update_several)
        .delete("/notifications", Access::Needs(Permission::NotificationDelete), delete_several)
        .get("/notifications/{id}", Access::Needs(Permission::NotificationRead), get)
        .put("/notifications/{id}", Access::Needs(Permission::NotificationUpdate), update)
        .delete("/notifications/{id}", Access::Needs(Permission::NotificationDelete), delete)
        .post("/admin/notifications", Access::AdminNeeds(Permission::All), create)
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let filter = NotificationFilter {
        id: params.id("id")?,
        kind: params.parse("type", "the name of a kind of notification")?,
        level: params.parse("level", "one of success, error, warning, info")?,
        is_unread: params.flag("unread")?.unwrap_or(false),
    };
    let rows = app.run(move |library| library.notifications(&caller, filter)).await?;
    ok(&rows.into_iter().map(present::notification).collect::<Vec<_>>())
}

async fn get(State(app): State<App>, caller: Caller, PathId(id): PathId<NotificationId>) -> Answer {
    ok(&present::notification(app.run(move |library| library.notification(&caller, id)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<NotificationId>,
    Input(request): Input<NotificationUpdateDto>,
) -> Answer {
    let row = app.run(move |library| {
        if let Some(at) = request.read_at {
            library.read_notifications(&caller, &[id], at)?;
        }
        library.notification(&caller, id)
    });
    ok(&present::notification(row.await?))
}

async fn update_several(
    State(app): State<App>,
    caller: Caller,
    Input(request): Input<NotificationUpdateAllDto>,
) -> Answer {
    if let Some(at) = request.read_at {
        app.run(move |library| library.read_notifications(&caller, &request.ids, at)).await?;
    }
    Ok(no_content())
}

async fn delete(State(app): State<App>, caller: Caller, PathId(id): PathId<NotificationId>) -> Answer {
    app.run(move |library| library.delete_notifications(&caller, &[id])).await?;
    Ok(no_content())
}

async fn delete_several(
    State(app): State<App>,
    caller: Caller,
    Input(request): Input<NotificationDeleteAllDto>,
) -> Answer {
    app.run(move |library| library.delete_notifications(&caller, &request.ids)).await?;
    Ok(no_content())
}

async fn create(State(app): State<App>, Input(request): Input<NotificationCreateDto>) -> Answer {
    if request.title.is_empty() {
        return Err(ApiError::invalid("title should not be empty"));
    }
    let made = app.run(move |library| {
        let new = library.new_notification(request.user_id, request.title);
        library.notify(Notification {
            kind: request.kind.unwrap_or(new.kind),
            level: request.level.unwrap_or(new.level),
            description: request.description,
            data: request.data.map(|data| serde_json::Value::Object(data).to_string()),
            read_at: request.read_at,
            ..new
        })
    });
    created(&present::notification(made.await?))
}
