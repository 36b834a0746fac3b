//! What each thing that people do sends to whom (sync-protocol §11): one row for each, with the exact sequence of lines
//! for the owner, for a partner who receives the owner's library, and for a member of the owner's album.

mod albums;
mod assets;
mod labels;
mod memories;
mod people;
mod stacks;
mod uploads;
mod users;

use std::fmt::Write as _;

use serde_json::{Value, json};
use tintype_library::sessions::Caller;
use tintype_library::synthetic::{self, Amounts};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone};

const CLEO: (&str, &str) = ("cleo@example.org", "Cleo-Pass-1");

/// Sent to an app whose session has ended.
const SIGNED_OUT: &str = "signed out";

/// Ada, who owns six assets, Ben, her partner, and Cleo, a member of her album. All apps are up to date.
struct Stage {
    scene: Scene,
    /// Ada's session.
    ada: String,
    ben: String,
    cleo: String,
    /// Her assets; the first two are in the album, the first is its cover.
    ids: Vec<Value>,
    /// Ids of users.
    ada_id: Value,
    ben_id: Value,
    cleo_id: Value,
    album: String,
    phones: [Phone; 3],
}

impl Stage {
    async fn new() -> Self {
        let scene = Scene::new("3.2.2").await;
        let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
        synthetic::fill(&scene.library, owner.id, Amounts { assets: 6, ..Amounts::default() }, 3).unwrap();
        let ada = scene.admin().await;
        let user = async |(email, password): (&str, &str)| {
            let body = json!({ "email": email, "password": password, "name": email });
            scene.call("POST", "/api/admin/users", &ada, body).await.is(201).json()["id"].clone()
        };
        let (ben_id, cleo_id) = (user(BEN).await, user(CLEO).await);
        let found = scene.call("POST", "/api/search/metadata", &ada, json!({})).await.is(200).json();
        let ids: Vec<Value> =
            found["assets"]["items"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
        scene.call("POST", "/api/partners", &ada, json!({ "sharedWithId": ben_id })).await.is(201);
        let wish = json!({ "albumName": "Trip", "assetIds": &ids[..2],
            "albumUsers": [{ "userId": cleo_id, "role": "editor" }] });
        let album = scene.call("POST", "/api/albums", &ada, wish).await.is(201).json();
        let album = format!("/api/albums/{}", album["id"].as_str().unwrap());
        let (ben, cleo) = (scene.login(BEN.0, BEN.1).await, scene.login(CLEO.0, CLEO.1).await);
        let phones = [Phone::new(&scene, ADMIN).await, Phone::new(&scene, BEN).await, Phone::new(&scene, CLEO).await];
        let mut stage = Self { scene, ada, ben, cleo, ids, ada_id: json!(owner.id), ben_id, cleo_id, album, phones };
        stage.sync().await;
        stage
    }

    /// As Ada; the answer must be a success.
    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        self.call_as(&self.ada, method, path, body).await
    }

    async fn call_as(&self, token: &str, method: &str, path: &str, body: Value) -> Value {
        let answer = self.scene.call(method, path, token, body).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", String::from_utf8_lossy(&answer.bytes));
        if answer.bytes.is_empty() { Value::Null } else { answer.json() }
    }

    /// The path of an asset.
    fn asset(&self, index: usize) -> String {
        format!("/api/assets/{}", self.ids[index].as_str().unwrap())
    }

    /// Deletes an asset for good, as the background would.
    fn purge(&self, index: usize) {
        let owner = self.scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
        let caller = Caller { is_elevated: true, ..Caller::of(owner) };
        self.scene.library.purge_now(&caller, &[self.ids[index].as_str().unwrap().parse().unwrap()]).unwrap();
    }

    /// What each app is sent, without the end of the stream; what cannot sign in any more is sent nothing.
    async fn sync(&mut self) -> [String; 3] {
        let mut sent = [String::new(), String::new(), String::new()];
        for (phone, sent) in self.phones.iter_mut().zip(&mut sent) {
            if !phone.is_signed_in(&self.scene).await {
                *sent = SIGNED_OUT.to_owned();
                continue;
            }
            let mut runs = phone.sync(&self.scene).await;
            assert_eq!(runs.pop(), Some(("SyncCompleteV1".to_owned(), 1)));
            for (entity, count) in runs {
                let space = if sent.is_empty() { "" } else { " " };
                let times = if count == 1 { String::new() } else { format!("×{count}") };
                write!(sent, "{space}{entity}{times}").unwrap();
            }
        }
        sent
    }
}

/// A table on its way; says at its end which rows are wrong.
#[derive(Default)]
struct Table {
    wrong: Vec<String>,
}

impl Table {
    /// A row: what is done, and what the owner, the partner and the member are sent then.
    async fn row(&mut self, what: &str, act: impl AsyncFnOnce(&Stage), expected: [&str; 3]) {
        self.row_after(what, async |_| (), async |stage, ()| act(stage).await, expected).await;
    }

    /// A row for which something has to be there before.
    async fn row_after<T>(
        &mut self,
        what: &str,
        prepare: impl AsyncFnOnce(&Stage) -> T,
        act: impl AsyncFnOnce(&Stage, T),
        expected: [&str; 3],
    ) {
        let mut stage = Stage::new().await;
        let prepared = prepare(&stage).await;
        stage.sync().await;
        let rest = stage.sync().await;
        assert!(rest.iter().all(|sent| sent.is_empty() || sent == SIGNED_OUT), "{what}: apps are up to date: {rest:?}");
        act(&stage, prepared).await;
        let sent = stage.sync().await;
        for ((whom, expected), sent) in ["owner", "partner", "member"].into_iter().zip(expected).zip(&sent) {
            let expected: Vec<&str> = expected.split_whitespace().collect();
            let expected = expected.join(" ");
            if *sent != expected {
                self.wrong.push(format!("{what}, {whom}:\n  expected {expected}\n  sent     {sent}"));
            }
        }
    }

    #[track_caller]
    fn end(self) {
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
    }
}
