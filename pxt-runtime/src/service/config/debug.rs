//! A configuration as a log may show it: without what the URLs of database and media say before their hosts, and behind a `?`.

use std::fmt;

use super::Config;
use crate::store::shown;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, read_url, connections, media, media_options, media_redirects, public_url, .. } = self;
        let Self {
            allowed_hosts,
            allowed_origins,
            auto_migrate,
            adopt,
            max_body,
            max_upload,
            body_memory,
            image_memory,
            max_pixels,
            ..
        } = self;
        let Self { max_text, max_rows, max_page, request_timeout, read_timeout, body_timeout, write_timeout, .. } =
            self;
        let Self { max_connections, stop_timeout, jobs, export, .. } = self;
        f.debug_struct("Config")
            .field("database", &shown(database))
            .field("read_url", &read_url.as_deref().map(shown))
            .field("connections", connections)
            .field("media", &shown(media))
            .field("media_options", media_options)
            .field("media_redirects", media_redirects)
            .field("public_url", public_url)
            .field("allowed_hosts", allowed_hosts)
            .field("allowed_origins", allowed_origins)
            .field("auto_migrate", auto_migrate)
            .field("adopt", adopt)
            .field("max_body", max_body)
            .field("max_upload", max_upload)
            .field("body_memory", body_memory)
            .field("image_memory", image_memory)
            .field("max_text", max_text)
            .field("max_pixels", max_pixels)
            .field("max_rows", max_rows)
            .field("max_page", max_page)
            .field("request_timeout", request_timeout)
            .field("read_timeout", read_timeout)
            .field("body_timeout", body_timeout)
            .field("write_timeout", write_timeout)
            .field("max_connections", max_connections)
            .field("stop_timeout", stop_timeout)
            .field("jobs", jobs)
            .field("export", export)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        let config = Config::default()
            .database("postgres://ada:s3cret@db.example/films?password=s3cret")
            .read_url("postgres://ada:s3cret@replica.example/films");
        let text = format!("{config:?}");
        assert!(text.contains("postgres://db.example/films") && text.contains("postgres://replica.example"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
