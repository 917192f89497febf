//! Before a service is measured it shows that it does the whole work: a faster answer with less in it is no gain.

use serde_json::Value;

use crate::connection::{Connection, post};
use crate::error::LoadError;
use crate::note::{BODY, STARS, TITLE, headline_of, slug_of};
use crate::scenario::{SEEDED, from, key, new_note};

/// Stores a note by each route, finds it again, alone and on a page, and misses one that is not there.
///
/// # Errors
/// [`LoadError::Answer`] or [`LoadError::Content`] with the first answer that differs.
pub async fn check(connection: &mut Connection) -> Result<(), LoadError> {
    let note = new_note();
    let (title, slug) = (("title", Value::from(TITLE)), ("slug", Value::from(slug_of(TITLE))));
    let stars = ("stars", Value::from(STARS));
    let created = ask(connection, "/insert", &note, 200, &[title.clone(), slug.clone(), stars.clone()]).await?;

    let headline = ("headline", Value::from(headline_of(TITLE, STARS)));
    let decorated = ask(connection, "/decorated", &note, 200, &[headline]).await?;

    let columns = [title, slug, stars, ("body", Value::from(BODY))];
    for row in [&created, &decorated] {
        ask(connection, "/lookup", &key(&id_of("/insert", row)?), 200, &columns).await?;
    }
    let begin = id_of("/insert", &created)?;
    let page = ask(connection, "/page", &from(&begin), 200, &[]).await?;
    let found = page.pointer("/rows/0/id").and_then(Value::as_str);
    if page.pointer("/rows").and_then(Value::as_array).is_none_or(|rows| rows.len() != 2) || found != Some(&begin) {
        let expected = format!("the two notes from {begin} on");
        return Err(LoadError::Content { path: "/page".to_owned(), field: "rows", expected, body: page.to_string() });
    }
    ask(connection, "/lookup", &key("00000000-0000-7000-8000-000000000000"), 404, &[]).await?;
    Ok(())
}

/// Stores the notes that lookups will ask for; returns their keys.
///
/// # Errors
/// What a [`Connection`] reports; [`LoadError::Answer`] or [`LoadError::Content`] when a note is not stored.
pub async fn seed(connection: &mut Connection) -> Result<Vec<String>, LoadError> {
    let note = new_note();
    let mut ids = Vec::new();
    for _ in 0..SEEDED {
        let row = ask(connection, "/insert", &note, 200, &[]).await?;
        ids.push(id_of("/insert", &row)?);
    }
    Ok(ids)
}

async fn ask(
    connection: &mut Connection,
    path: &str,
    body: &str,
    expected: u16,
    members: &[(&'static str, Value)],
) -> Result<Value, LoadError> {
    let answer = connection.ask(&post(path, body)).await?;
    let text = String::from_utf8_lossy(answer.body).into_owned();
    if answer.status != expected {
        return Err(LoadError::Answer { path: path.to_owned(), status: answer.status, expected, body: text });
    }
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    for (field, value) in members {
        if json.get(field) != Some(value) {
            let expected = value.to_string();
            return Err(LoadError::Content { path: path.to_owned(), field, expected, body: text });
        }
    }
    Ok(json)
}

fn id_of(path: &str, row: &Value) -> Result<String, LoadError> {
    row.get("id").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| LoadError::Content {
        path: path.to_owned(),
        field: "id",
        expected: "a UUID".to_owned(),
        body: row.to_string(),
    })
}
