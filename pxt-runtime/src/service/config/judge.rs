//! What cannot be configured, each with what to write instead.

use super::{Config, LEAST_IMAGE_MEMORY};
use crate::route::is_host;
use crate::store;
use crate::wire::Origin;

impl Config {
    /// Everything that is wrong: the name of the field, `max_rows` or `jobs.queue`, and the sentence.
    pub(crate) fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        if let Err(error) = store::judge(&self.database, self.read_url.as_deref()) {
            found.push((if self.read_url.is_some() { "read_url" } else { "database.url" }, error.to_string()));
        }
        let is_http =
            |url: &String| Origin::of_url(url).is_some_and(|origin| matches!(origin.scheme, "http" | "https"));
        if !self.public_url.as_ref().is_none_or(is_http) {
            let text = "`public_url` must be an http or https URL, such as https://api.example.com";
            found.push(("public_url", text.to_owned()));
        }
        let zeros = [
            ("max_rows", self.max_rows == 0, "no row would be answered"),
            ("max_text", self.max_text == 0, "no text would be taken"),
            ("max_page", self.max_page == 0, "no row would be answered"),
            ("max_connections", self.max_connections == 0, "nobody would be served"),
            ("max_pixels", self.max_pixels == 0, "no image would be decoded"),
            ("max_body", self.max_body == 0, "no body would be taken"),
            ("request_timeout", self.request_timeout.is_zero(), "no request would be answered"),
            ("read_timeout", self.read_timeout.is_zero(), "no body would be read"),
            ("body_timeout", self.body_timeout.is_zero(), "no body would be read"),
            ("write_timeout", self.write_timeout.is_zero(), "no answer would be written"),
        ];
        found.extend(
            zeros
                .into_iter()
                .filter(|(_, is_zero, _)| *is_zero)
                .map(|(name, _, why)| (name, format!("`{name}` is 0, so that {why}: write a larger number"))),
        );
        for wrong in self.allowed_hosts.iter().filter(|host| !is_host(host)) {
            let text = format!("`allowed_hosts` names `{wrong}`: write a host alone, such as `api.example.com`");
            found.push(("allowed_hosts", text));
        }
        let is_origin = |origin: &&String| !origin.contains('*') && Origin::parse(origin).is_some();
        for wrong in self.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
            let text = format!(
                "`allowed_origins` names `{wrong}`: write scheme and host alone, such as `https://app.example.com`"
            );
            found.push(("allowed_origins", text));
        }
        if self.image_memory < LEAST_IMAGE_MEMORY {
            let text = format!("`image_memory` is {} bytes: write 16777216 (16 MiB) at least", self.image_memory);
            found.push(("image_memory", text));
        }
        let parts = self.jobs.mistakes().chain(self.export.mistakes());
        found.extend(parts.map(|(name, text)| (name, text.to_owned())));
        found
    }
}
