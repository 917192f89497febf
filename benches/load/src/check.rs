//! Before a service is measured it shows that it does the whole work: a faster answer with less in it is no gain.

use serde_json::Value;

use crate::connection::{Connection, post};
use crate::error::LoadError;
use crate::note::{BODY, STARS, TITLE, headline_of, slug_of};
use crate::scenario::{SEEDED, from, key, new_note, upload};

/// Stores a note by each route, finds it again, alone and on a page, and misses one that is not there; uploads a photograph.
///
/// # Errors
/// [`LoadError::Answer`] or [`LoadError::Content`] with the first answer that differs.
pub async fn check(connection: &mut Connection) -> Result<(), LoadError> {
    let note = new_note();
    let (title, slug) = (("title", Value::from(TITLE)), ("slug", Value::from(slug_of(TITLE))));
    let stars = ("stars", Value::from(STARS));
    let created = send(connection, "/insert", &note, 200, &[title.clone(), slug.clone(), stars.clone()]).await?;

    let headline = ("headline", Value::from(headline_of(TITLE, STARS)));
    let decorated = send(connection, "/decorated", &note, 200, &[headline]).await?;

    let columns = [title, slug, stars, ("body", Value::from(BODY))];
    for row in [&created, &decorated] {
        send(connection, "/lookup", &key(&text_of("/insert", row, "id")?), 200, &columns).await?;
    }
    let begin = text_of("/insert", &created, "id")?;
    let page = send(connection, "/page", &from(&begin), 200, &[]).await?;
    let found = page.pointer("/rows/0/id").and_then(Value::as_str);
    if page.pointer("/rows").and_then(Value::as_array).is_none_or(|rows| rows.len() != 2) || found != Some(&begin) {
        let expected = format!("the two notes from {begin} on");
        return Err(LoadError::Content { path: "/page".to_owned(), field: "rows", expected, body: page.to_string() });
    }
    send(connection, "/lookup", &key("00000000-0000-7000-8000-000000000000"), 404, &[]).await?;
    let stored = ask(connection, "/upload", &upload(), 200, &[]).await?;
    text_of("/upload", &stored, "picture").map(drop)
}

/// Stores the notes that lookups will ask for; returns their keys.
///
/// # Errors
/// What a [`Connection`] reports; [`LoadError::Answer`] or [`LoadError::Content`] when a note is not stored.
pub async fn seed(connection: &mut Connection) -> Result<Vec<String>, LoadError> {
    let note = new_note();
    let mut ids = Vec::new();
    for _ in 0..SEEDED {
        let row = send(connection, "/insert", &note, 200, &[]).await?;
        ids.push(text_of("/insert", &row, "id")?);
    }
    Ok(ids)
}

async fn send(
    connection: &mut Connection,
    path: &str,
    body: &str,
    expected: u16,
    members: &[(&'static str, Value)],
) -> Result<Value, LoadError> {
    ask(connection, path, &post(path, body), expected, members).await
}

/// Sends a request, and looks at its answer's status and some of its members.
///
/// # Errors
/// [`LoadError::Answer`] or [`LoadError::Content`] when the answer is another; what a [`Connection`] reports.
pub async fn ask(
    connection: &mut Connection,
    path: &str,
    request: &[u8],
    expected: u16,
    members: &[(&'static str, Value)],
) -> Result<Value, LoadError> {
    let answer = connection.ask(request).await?;
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

/// A member of an answer that is text.
///
/// # Errors
/// [`LoadError::Content`] when it is not there.
pub fn text_of(path: &str, answer: &Value, field: &'static str) -> Result<String, LoadError> {
    answer.get(field).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| LoadError::Content {
        path: path.to_owned(),
        field,
        expected: "a text".to_owned(),
        body: answer.to_string(),
    })
}
