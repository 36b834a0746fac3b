//! Our own client against our own server: found from what a person types, in and out, the stream and its acks.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_client::{Client, ClientError, LineStream, Options, Refusal};
use tintype_protocol::disposition::Disposition;
use tintype_protocol::sync::{AckToken, RequestType};
use tintype_protocol::version::Version;
use tintype_testkit::{Api, Node, Upload, picture};

const TYPES: &[RequestType] = &[RequestType::AuthUsersV1, RequestType::UsersV1, RequestType::AssetsV2];

fn options() -> Options {
    Options { user_agent: "tintype-test/1.0".to_owned() }
}

fn lines(mut stream: LineStream) -> Result<Vec<Value>> {
    let mut lines = Vec::new();
    while let Some(line) = stream.next_line()? {
        lines.push(serde_json::from_slice(line)?);
    }
    Ok(lines)
}

fn types(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["type"].as_str()).collect()
}

#[test]
fn a_server_is_found_where_people_say_it_is() -> Result<()> {
    let node = Node::start()?;
    let expected = format!("{}/api", node.url());
    let authority = node.url().strip_prefix("http://").context("no http")?;
    for typed in [node.url().to_owned(), format!("{}/", node.url()), authority.to_owned(), expected.clone()] {
        let client = Client::find(&typed, &options()).with_context(|| typed.clone())?;
        ensure!(client.base() == expected, "{typed} led to {}", client.base());
        ensure!(client.version()? == Version::CURRENT);
    }
    let nothing = Client::find(&format!("{}/nowhere/api", node.url()), &options());
    ensure!(matches!(nothing, Err(ClientError::NoServer { .. })), "{nothing:?}");
    Ok(())
}

#[test]
fn a_server_that_is_away_is_tried_again() -> Result<()> {
    let mut node = Node::start()?;
    let client = Client::find(node.url(), &options())?;
    node.stop()?;
    let Err(error) = client.version() else { anyhow::bail!("it answered") };
    ensure!(error.disposition() == Disposition::Retry { after: None }, "{error:?}");
    Ok(())
}

#[test]
fn a_session_streams_and_acks() -> Result<()> {
    let node = Node::start()?;
    let admin = node.api().sign_up()?;
    let created = "2024-05-06T07:08:09.000Z";
    let upload = Upload { name: "a.jpg", bytes: &picture(1, 64, 48)?, created };
    ensure!(admin.upload(&upload)?.status == 201);
    let (email, password) = Api::admin();
    let client = Client::find(node.url(), &options())?;
    let refused = client.log_in(email, "wrong");
    let is_refused = matches!(&refused, Err(ClientError::Refused { refusal: Refusal::Unauthenticated(_), .. }));
    ensure!(is_refused, "{:?}", refused.err());
    let login = client.log_in(email, password)?;
    let client = client.with_token(login.access_token);
    ensure!(client.account()?.id == login.user_id);

    let first = lines(client.stream(TYPES, false)?)?;
    ensure!(types(&first) == ["AuthUserV1", "UserV1", "AssetV2", "SyncCompleteV1"], "{first:?}");
    let acks: Vec<AckToken> = first.iter().filter_map(|line| line["ack"].as_str()?.parse().ok()).collect();
    ensure!(acks.len() == first.len(), "{first:?}");
    client.ack(&acks)?;
    ensure!(types(&lines(client.stream(TYPES, false)?)?) == ["SyncCompleteV1"]);
    ensure!(lines(client.stream(TYPES, true)?)?.len() == first.len(), "a reset sends everything again");

    client.log_out()?;
    let Err(error) = client.stream(TYPES, false) else { anyhow::bail!("the session goes on") };
    ensure!(error.disposition() == Disposition::Fatal, "{error:?}");
    Ok(())
}

#[test]
fn a_key_is_told_that_it_is_no_session() -> Result<()> {
    let node = Node::start()?;
    let admin = node.api().sign_up()?;
    let key = |permissions: Value| -> Result<String> {
        let made = admin.call("POST", "/api-keys", Some(&json!({ "name": "x", "permissions": permissions })))?;
        Ok(made.json()?["secret"].as_str().context("no secret")?.to_owned())
    };
    let client = Client::find(node.url(), &options())?;
    let refusal = |key: String| match client.clone().with_key(key).stream(TYPES, false) {
        Err(ClientError::Refused { refusal, .. }) => Ok(refusal),
        other => anyhow::bail!("{other:?}"),
    };
    ensure!(refusal(key(json!(["all"]))?)? == Refusal::NeedsSession);
    let missing = Refusal::MissingPermission("sync.stream".to_owned());
    ensure!(refusal(key(json!(["asset.read"]))?)? == missing);
    Ok(())
}
