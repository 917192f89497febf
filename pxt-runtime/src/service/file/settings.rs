//! The settings of a service, as data: where each stands in a file, in the environment and in [`Config`].

use std::time::Duration;

use super::environment::Environment;
use super::node::Node;
use super::quantity::{show_duration, show_size};
use super::shape::{Given, Key, Of};
use crate::error::{Mistake, Span};
use crate::media::MediaOptions;
use crate::service::Config;
use crate::store::shown;

/// One setting.
pub(super) struct Setting {
    /// The section, `limits`; none for those that each service has of its own.
    pub(super) section: Option<&'static str>,
    pub(super) key: Key,
    /// The variable that stands above the file.
    env: &'static str,
    field: Field,
}

/// Where a setting is in the configuration.
#[derive(Clone, Copy)]
enum Field {
    /// The address of a database or of media, which may have a password in it.
    Address(fn(&mut Config) -> &mut String),
    MaybeText(fn(&mut Config) -> &mut Option<String>),
    MaybeAddress(fn(&mut Config) -> &mut Option<String>),
    Flag(fn(&mut Config) -> &mut bool),
    Names(fn(&mut Config) -> &mut Vec<String>),
    Count(fn(&mut Config) -> &mut usize),
    LongCount(fn(&mut Config) -> &mut u64),
    ShortCount(fn(&mut Config) -> &mut u32),
    Size(fn(&mut Config) -> &mut usize),
    LongSize(fn(&mut Config) -> &mut u64),
    Duration(fn(&mut Config) -> &mut Duration),
    Options(fn(&mut Config) -> &mut MediaOptions),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provenance {
    Default,
    Variable(String),
    /// A variable of an `env_file`.
    FileVariable(String),
    File(Span),
    Flag(&'static str),
}

impl Field {
    const fn of(self) -> Of {
        match self {
            Self::Address(_) | Self::MaybeText(_) | Self::MaybeAddress(_) => Of::Text,
            Self::Flag(_) => Of::Flag,
            Self::Names(_) => Of::Names,
            Self::Count(_) | Self::LongCount(_) => Of::Integer(0, i64::MAX),
            Self::ShortCount(_) => Of::Integer(0, u32::MAX as i64),
            Self::Size(_) | Self::LongSize(_) => Of::Size,
            Self::Duration(_) => Of::Duration,
            Self::Options(_) => Of::Map(&Of::Text),
        }
    }

    fn set(self, config: &mut Config, given: Given) {
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        match (self, given) {
            (Self::Address(field), Given::Text(text)) => *field(config) = text,
            (Self::MaybeText(field) | Self::MaybeAddress(field), Given::Text(text)) => {
                *field(config) = Some(text).filter(|text| !text.is_empty());
            }
            (Self::Flag(field), Given::Flag(flag)) => *field(config) = flag,
            (Self::Names(field), Given::Names(names)) => *field(config) = names,
            (Self::Count(field), Given::Integer(number)) => *field(config) = count(number),
            (Self::LongCount(field), Given::Integer(number)) => *field(config) = u64::try_from(number).unwrap_or(0),
            (Self::ShortCount(field), Given::Integer(number)) => *field(config) = u32::try_from(number).unwrap_or(0),
            (Self::Size(field), Given::Size(bytes)) => *field(config) = usize::try_from(bytes).unwrap_or(usize::MAX),
            (Self::LongSize(field), Given::Size(bytes)) => *field(config) = bytes,
            (Self::Duration(field), Given::Duration(duration)) => *field(config) = duration,
            (Self::Options(field), Given::Map(pairs)) => {
                pairs.into_iter().for_each(|(name, value)| field(config).set(&name, value));
            }
            // The value was read as what `of` says.
            _ => {}
        }
    }

    /// The value for people, without secrets.
    fn show(self, config: &mut Config) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.escape_default());
        match self {
            Self::Address(field) => quoted(&shown(field(config))),
            Self::MaybeText(field) => quoted(field(config).as_deref().unwrap_or_default()),
            Self::MaybeAddress(field) => quoted(&field(config).as_deref().map(shown).unwrap_or_default()),
            Self::Flag(field) => field(config).to_string(),
            Self::Names(field) => {
                let list: Vec<_> = field(config).iter().map(|name| quoted(name)).collect();
                format!("[{}]", list.join(", "))
            }
            Self::Count(field) => field(config).to_string(),
            Self::LongCount(field) => field(config).to_string(),
            Self::ShortCount(field) => field(config).to_string(),
            Self::Size(field) => quoted(&show_size(*field(config) as u64)),
            Self::LongSize(field) => quoted(&show_size(*field(config))),
            Self::Duration(field) => quoted(&show_duration(*field(config))),
            Self::Options(field) => {
                let list: Vec<_> = field(config).names().map(|name| format!("{name} = \"***\"")).collect();
                if list.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", list.join(", ")) }
            }
        }
    }
}

/// A setting of a section.
const fn setting(
    section: Option<&'static str>,
    name: &'static str,
    env: &'static str,
    field: Field,
    doc: &'static str,
) -> Setting {
    Setting { section, key: Key { name, of: field.of(), doc, required: false }, env, field }
}

const DATABASE: Option<&str> = Some("database");
const MEDIA: Option<&str> = Some("media");
const JOBS: Option<&str> = Some("jobs");
const EXPORT: Option<&str> = Some("export");
const LIMITS: Option<&str> = Some("limits");

/// Every setting there is, in the order in which it is shown.
#[rustfmt::skip]
pub(super) static SETTINGS: &[Setting] = &[
    setting(DATABASE, "url", "PXT_DATABASE", Field::Address(|config| &mut config.database),
        "The database: `postgres://user:password@host/name`, `sqlite://path` or a path."),
    setting(DATABASE, "read_url", "PXT_READ_URL", Field::MaybeAddress(|config| &mut config.read_url),
        "A replica of the PostgreSQL database, which answers queries."),
    setting(DATABASE, "connections", "PXT_DATABASE_CONNECTIONS", Field::Count(|config| &mut config.connections),
        "The most connections to the PostgreSQL server."),
    setting(DATABASE, "auto_migrate", "PXT_DATABASE_AUTO_MIGRATE", Field::Flag(|config| &mut config.auto_migrate),
        "Whether additive changes of the tables are applied at the start."),
    setting(DATABASE, "adopt", "PXT_DATABASE_ADOPT", Field::Names(|config| &mut config.adopt),
        "Declared tables that are taken over from the database as they are there, if pxt did not make them."),
    setting(MEDIA, "url", "PXT_MEDIA", Field::Address(|config| &mut config.media),
        "Where files are kept: a folder, `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`."),
    setting(MEDIA, "redirects", "PXT_MEDIA_REDIRECTS", Field::Flag(|config| &mut config.media_redirects),
        "Whether clients are sent to the bucket for pictures, videos and sounds."),
    setting(MEDIA, "options", "PXT_MEDIA_OPTIONS", Field::Options(|config| &mut config.media_options),
        "What the bucket's client is told, by the names of `object_store`: `aws_endpoint`, `aws_access_key_id` and so on."),
    setting(JOBS, "concurrency", "PXT_JOBS_CONCURRENCY", Field::Count(|config| &mut config.jobs.concurrency),
        "How many background jobs run at once on one node."),
    setting(JOBS, "queue", "PXT_JOBS_QUEUE", Field::LongCount(|config| &mut config.jobs.queue),
        "How many jobs may wait before further ones are refused by 503."),
    setting(JOBS, "keep", "PXT_JOBS_KEEP", Field::Duration(|config| &mut config.jobs.keep),
        "How long a finished job and its result are kept."),
    setting(JOBS, "attempts", "PXT_JOBS_ATTEMPTS", Field::ShortCount(|config| &mut config.jobs.attempts),
        "How often a job may fail in a way that can pass before it has failed for good."),
    setting(EXPORT, "connections", "PXT_EXPORT_CONNECTIONS", Field::ShortCount(|config| &mut config.export.connections),
        "The most connections to one database that answers are written to by `export_sql`."),
    setting(EXPORT, "timeout", "PXT_EXPORT_TIMEOUT", Field::Duration(|config| &mut config.export.timeout),
        "How long connecting to such a database and one write may take, together."),
    setting(EXPORT, "queue", "PXT_EXPORT_QUEUE", Field::LongCount(|config| &mut config.export.queue),
        "How many rows may wait to be written by the delivery `outbox` before further ones are refused by 503."),
    setting(LIMITS, "max_body", "PXT_LIMITS_MAX_BODY", Field::Size(|config| &mut config.max_body),
        "The largest body without files."),
    setting(LIMITS, "max_upload", "PXT_LIMITS_MAX_UPLOAD", Field::LongSize(|config| &mut config.max_upload),
        "The largest form with files."),
    setting(LIMITS, "max_text", "PXT_LIMITS_MAX_TEXT", Field::Size(|config| &mut config.max_text),
        "The longest text, where its column does not say."),
    setting(LIMITS, "max_pixels", "PXT_LIMITS_MAX_PIXELS", Field::LongCount(|config| &mut config.max_pixels),
        "The most pixels of an image that is decoded."),
    setting(LIMITS, "max_rows", "PXT_LIMITS_MAX_ROWS", Field::LongCount(|config| &mut config.max_rows),
        "The most rows of one answer; a `Link` header names the next page."),
    setting(LIMITS, "max_page", "PXT_LIMITS_MAX_PAGE", Field::LongSize(|config| &mut config.max_page),
        "The size of the rows after which an answer ends."),
    setting(LIMITS, "max_connections", "PXT_LIMITS_MAX_CONNECTIONS", Field::Count(|config| &mut config.max_connections),
        "The most connections of clients."),
    setting(LIMITS, "body_memory", "PXT_LIMITS_BODY_MEMORY", Field::LongSize(|config| &mut config.body_memory),
        "The memory that bodies may take together while they are read."),
    setting(LIMITS, "image_memory", "PXT_LIMITS_IMAGE_MEMORY", Field::LongSize(|config| &mut config.image_memory),
        "The memory that images may take together while they are looked at."),
    setting(LIMITS, "request_timeout", "PXT_LIMITS_REQUEST_TIMEOUT", Field::Duration(|config| &mut config.request_timeout),
        "How long a request may take once it has arrived."),
    setting(LIMITS, "read_timeout", "PXT_LIMITS_READ_TIMEOUT", Field::Duration(|config| &mut config.read_timeout),
        "How long the next part of a request's body may take."),
    setting(LIMITS, "body_timeout", "PXT_LIMITS_BODY_TIMEOUT", Field::Duration(|config| &mut config.body_timeout),
        "How long a request's whole body may take."),
    setting(LIMITS, "write_timeout", "PXT_LIMITS_WRITE_TIMEOUT", Field::Duration(|config| &mut config.write_timeout),
        "How long a client may take nothing of an answer that is there."),
    setting(LIMITS, "stop_timeout", "PXT_LIMITS_STOP_TIMEOUT", Field::Duration(|config| &mut config.stop_timeout),
        "How long running requests and jobs may go on after the signal to stop."),
    setting(None, "public_url", "PXT_PUBLIC_URL", Field::MaybeText(|config| &mut config.public_url),
        "The address under which clients reach the service."),
    setting(None, "allowed_hosts", "PXT_ALLOWED_HOSTS", Field::Names(|config| &mut config.allowed_hosts),
        "Hosts by which clients may reach the service, beside that of `public_url` and this machine."),
    setting(None, "allowed_origins", "PXT_ALLOWED_ORIGINS", Field::Names(|config| &mut config.allowed_origins),
        "Origins whose pages may write, beside the service's own."),
];

/// A setting and its value, as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// `limits.max_body`
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) from: Provenance,
}

impl Setting {
    /// `limits.max_body`
    pub(super) fn name(&self) -> String {
        match self.section {
            Some(section) => format!("{section}.{}", self.key.name),
            None => self.key.name.to_owned(),
        }
    }

    /// The value in a file, or in the table of a service.
    fn node<'n>(&self, file: &'n Node, service: Option<&'n Node>) -> Option<&'n Node> {
        let table = match self.section {
            Some(section) => &file.get(section)?.node,
            None => service?,
        };
        table.get(self.key.name).map(|entry| &entry.node)
    }
}

/// The configuration: defaults, what the file says, what the environment says. What cannot be read is left out; of the file it
/// has been told.
pub(super) fn configure(
    file: &Node,
    service: Option<&Node>,
    environment: &Environment,
    found: &mut Vec<Mistake>,
) -> (Config, Vec<Shown>) {
    let mut config = Config::default();
    let mut all = Vec::with_capacity(SETTINGS.len());
    for setting in SETTINGS {
        let mut from = Provenance::Default;
        let (name, of) = (setting.key.name, setting.key.of);
        if let Some(node) = setting.node(file, service)
            && let Ok(given) = of.read(name, node)
        {
            setting.field.set(&mut config, given);
            from = Provenance::File(node.at.clone());
        }
        if let Some(text) = environment.get(setting.env) {
            match of.read_text(setting.env, text) {
                Ok(given) => {
                    setting.field.set(&mut config, given);
                    let name = setting.env.to_owned();
                    let is_of_process = environment.is_of_process(setting.env);
                    from = if is_of_process { Provenance::Variable(name) } else { Provenance::FileVariable(name) };
                }
                Err(text) => found.push(Mistake::new(format!("the environment variable {text}"), None)),
            }
        }
        let value = setting.field.show(&mut config);
        all.push(Shown { name: setting.name(), value, from });
    }
    (config, all)
}

/// The mistake of a setting that the configuration's own judge refuses, and names by its field, `max_rows` or `jobs.attempts`.
pub(super) fn refused(field: &str, text: String, shown: &[Shown]) -> Mistake {
    let is_meant = |shown: &&Shown| shown.name == field || shown.name.ends_with(&format!(".{field}"));
    match shown.iter().find(is_meant).map(|shown| &shown.from) {
        Some(Provenance::File(at)) => {
            let at = entry(at, &text).unwrap_or_else(|| at.clone());
            Mistake::new(text, Some(at))
        }
        Some(Provenance::Variable(name) | Provenance::FileVariable(name)) => {
            Mistake::new(format!("the environment variable `{name}`: {text}"), None)
        }
        _ => Mistake::new(text, None),
    }
}

/// The entry of a list that a sentence names first, if it stands there as it is.
fn entry(list: &Span, sentence: &str) -> Option<Span> {
    let named = sentence.split_once(" names `")?.1.split('`').next()?;
    let quoted = format!("\"{named}\"");
    let start = list.range.start + list.source.text.get(list.range.clone())?.find(&quoted)?;
    Some(Span { range: start..start + quoted.len(), ..list.clone() })
}

/// Whether the database that is configured is the one that is meant: neither the file nor the environment says another that
/// cannot be read.
pub(super) fn names_database(file: &Node, config: &Config) -> bool {
    let is_wrong = |setting: &&Setting| {
        setting.section == DATABASE
            && setting.node(file, None).is_some_and(|node| setting.key.of.read(setting.key.name, node).is_err())
    };
    let is_refused = |(field, _): &(&str, String)| matches!(*field, "database.url" | "read_url");
    !SETTINGS.iter().any(|setting| is_wrong(&setting)) && !config.mistakes().iter().any(is_refused)
}
