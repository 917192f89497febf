//! `GET /jobs`: the jobs of the service, page by page.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use uuid::Uuid;

use super::{JOBS, view};
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::jobs::{Job, JobState, Listing};
use crate::route::answer::json;
use crate::route::request::{CURSOR, pairs, take};
use crate::schema::did_you_mean;
use crate::store::{StoreError, store_error};

/// The parameters of the query string.
const PARAMETERS: [&str; 4] = ["state", "route", "limit", CURSOR];

/// The most jobs of one answer, and how many there are when the client does not say.
const MOST: usize = 1000;
const USUAL: usize = 100;

/// How many mistakes an answer names.
const NAMED: usize = 50;

pub(super) async fn list(app: App, request: Request) -> Result<Response> {
    let (mut listing, rest) = read(request.uri().query().unwrap_or_default())?;
    let most = listing.most;
    // One more shows whether there are others.
    listing.most += 1;
    let mut jobs = app.jobs().list(&listing).await?;
    let next = (jobs.len() > most).then(|| cursor(&jobs[most - 1]));
    jobs.truncate(most);
    let entries: Vec<_> = jobs.iter().map(view::entry).collect::<Result<_>>()?;
    let mut response = json(format!("{{\"jobs\":[{}]}}", entries.join(",")).into_bytes());
    if let Some(link) = next.and_then(|cursor| link(&app, &rest, &cursor)) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// What a query string asks for, and the query string without the cursor.
fn read(query: &str) -> Result<(Listing, String)> {
    let (cursor, rest) = take(query, CURSOR)?;
    let mut listing = Listing { state: None, route: None, before: None, most: USUAL };
    let (mut seen, mut wrong) = (Vec::new(), Vec::new());
    for pair in pairs(rest.as_bytes()) {
        let (name, value) = pair?;
        let refusal = match &*name {
            _ if seen.contains(&name) => Some(("repeated", "is sent twice".to_owned())),
            "route" if value.is_empty() => None,
            "state" => of_word(&value).map(|state| listing.state = Some(state)).err(),
            "route" if value.contains('\0') => Some(("unknown_value", "must not contain a NUL character".to_owned())),
            "route" => {
                listing.route = Some(value.into_owned());
                None
            }
            "limit" => number(&value).map(|most| listing.most = most).err(),
            unknown => {
                let hint = did_you_mean(unknown, PARAMETERS.into_iter());
                Some(("unknown_field", format!("is not a field of this route{hint}")))
            }
        };
        if let Some((code, detail)) = refusal.filter(|_| wrong.len() < NAMED) {
            let shown: String = name.chars().take(64).collect();
            wrong.push(FieldError::parameter(&shown, code, detail));
        }
        seen.push(name);
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    if let Some(cursor) = cursor {
        listing.before = Some(place(&cursor).ok_or_else(|| store_error(StoreError::BadCursor))?);
    }
    Ok((listing, rest))
}

/// Where a page ends that ends with this job.
fn cursor(last: &Job) -> String {
    format!("{}.{}", last.due_at.as_microsecond(), last.id)
}

fn place(cursor: &str) -> Option<(Timestamp, Uuid)> {
    let (time, id) = cursor.split_once('.')?;
    // No job was due before 1970, and databases take no time before the first year.
    let time = Timestamp::from_microsecond(time.parse().ok()?).ok().filter(|time| *time >= Timestamp::UNIX_EPOCH)?;
    Some((time, Uuid::try_parse(id).ok()?))
}

/// A code and a text on what is wrong with a value.
type Refused = (&'static str, String);

fn of_word(word: &str) -> Result<JobState, Refused> {
    let words = || JobState::ALL.map(|state| format!("`{}`", state.word())).join(", ");
    JobState::of_word(word).ok_or_else(|| ("unknown_value", format!("must be one of {}", words())))
}

fn number(text: &str) -> Result<usize, Refused> {
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| ("out_of_range", format!("must be a number from 1 to {MOST}")))
}

/// The same question for the jobs behind this place (RFC 8288).
fn link(app: &App, query: &str, cursor: &str) -> Option<HeaderValue> {
    let base = app.settings().public_url.as_ref().map(|url| format!("{url}{JOBS}")).unwrap_or_default();
    let and = if query.is_empty() { "" } else { "&" };
    HeaderValue::try_from(format!("<{base}?{query}{and}{CURSOR}={cursor}>; rel=\"next\"")).ok()
}
