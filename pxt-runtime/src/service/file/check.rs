//! What is wrong with files whatever their routes are: keys and types, names of services, modules, the filter of the log.

use tracing_subscriber::filter::Targets;

use super::keys::{FILE, NAMED_SERVICE, SERVICE, elsewhere};
use super::node::{Data, Node};
use super::program::modules_missing;
use super::section::Section;
use super::services::{COMMANDS, ServiceFile, Wanted};
use super::shape::{Check, Keys};
use super::sources;
use crate::error::{Mistake, Span};
use crate::schema::Schema;

impl ServiceFile {
    /// Checks keys and types of all files.
    pub(super) fn check(&self, wanted: &Wanted, found: &mut Vec<Mistake>) {
        let mut check = Check { found, lenient: false, elsewhere };
        let others = self.root.entries().iter().filter(|entry| entry.key != "service").cloned().collect();
        check.keys(FILE, &Node { at: self.root.at.clone(), data: Data::Table(others) });
        if let Some(entry) = self.root.get("service") {
            match entry.node.data {
                Data::Table(_) => self.check_service(SERVICE, &entry.node, wanted, found),
                _ if entry.node.items().is_empty()
                    || entry.node.items().iter().any(|item| !matches!(item.data, Data::Table(_))) =>
                {
                    found.push(Mistake::new(
                        "`service` takes a table: write `[service]`, or `[[service]]` for several",
                        Some(entry.node.at.clone()),
                    ));
                }
                _ => entry.node.items().iter().for_each(|item| self.check_service(NAMED_SERVICE, item, wanted, found)),
            }
        }
        if self.only().is_none() {
            for key in sources::PARTS {
                if let Some(entry) = self.root.get(key) {
                    let own = if key == "routes" { "`[[service.routes]]`" } else { "`modules`" };
                    let text =
                        format!("`{key}` may belong to any `[[service]]`: write {own} below the one that is meant");
                    found.push(Mistake::new(text, Some(entry.key_at.clone())));
                }
            }
        }
        self.refuse_names(found);
        self.refuse_filter(found);
    }

    fn check_service(&self, keys: Keys, service: &Node, wanted: &Wanted, found: &mut Vec<Mistake>) {
        // What another service needs of the environment is not asked for.
        Check { found, lenient: !self.is_wanted(service, wanted), elsewhere }.keys(keys, service);
    }

    /// Refuses names that the command line would not understand, and two services of one name.
    fn refuse_names(&self, found: &mut Vec<Mistake>) {
        let named = self
            .services()
            .into_iter()
            .filter_map(|service| Some((Section(service).text("name")?, Section(service).at("name")?)));
        let mut seen: Vec<(String, Span)> = Vec::new();
        for (name, at) in named {
            let is_word = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                && !name.starts_with('-');
            if COMMANDS.contains(&&*name) {
                found.push(Mistake::new(
                    format!("a service cannot be called `{name}`, which is a command of `serve`: rename it"),
                    Some(at.clone()),
                ));
            } else if !is_word {
                let text = if name.is_empty() {
                    "the name of the service is empty: write letters, digits, `-` and `_`, or leave it out".to_owned()
                } else {
                    format!("a service is called by letters, digits, `-` and `_`, not `{name}`: rename it")
                };
                found.push(Mistake::new(text, Some(at.clone())));
            }
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == name) {
                found.push(Mistake::new(
                    format!("there are two services `{name}`, at {first} and at {at}: rename one"),
                    Some(at.clone()),
                ));
            }
            seen.push((name, at));
        }
    }

    fn refuse_filter(&self, found: &mut Vec<Mistake>) {
        let Some((text, at)) = self.log_text() else { return };
        if text.parse::<Targets>().is_err() {
            let name = if at.is_some() { "`filter`" } else { "the environment variable `PXT_LOG`" };
            let text = format!("{name} takes levels such as `info` or `pxt_runtime=debug,warn`, not `{text}`");
            found.push(Mistake::new(text, at));
        }
    }

    /// Refuses modules that are not linked in.
    pub(super) fn refuse_modules(&self, schema: &Schema, service: &Node, found: &mut Vec<Mistake>) {
        for (module, item) in self.items(service, "modules").filter_map(|item| Some((item.text()?, item))) {
            found.extend(modules_missing(schema, module).map(|text| Mistake::new(text, Some(item.at.clone()))));
        }
    }
}
