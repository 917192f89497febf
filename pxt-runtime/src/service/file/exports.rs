//! The databases that the routes of a service are exported to: they are asked before files are judged, so that what is wrong there is told
//! with all else.

use super::node::{Data, Node, Text};
use super::services::{NO_TABLES, Overrides, ServiceFile, Wanted};
use super::tables::Program;
use crate::error::Mistake;
use crate::export::Targets;

impl ServiceFile {
    /// What the databases say that the routes of the wanted service are exported to, and those of the program's attributes.
    pub(crate) async fn ask_targets(&self, program: Program, wanted: &Wanted) -> Targets {
        let service = self.services().into_iter().find(|service| self.is_wanted(service, wanted));
        let single = if let Wanted::Single(route) = wanted { Some(route) } else { None };
        // What is wrong is told when all is judged.
        let mut written = self.write(service, single, &Overrides::default(), &mut Vec::new());
        let schema = if let Program::Rust(schema) = program { schema } else { &NO_TABLES };
        let config = &written.config.export;
        if config.mistakes().next().is_none() {
            written.declarations.ask_targets(schema, config).await;
        }
        written.declarations.into_targets()
    }

    /// A route of the command line with the variables replaced in the database that it is exported to. A file's are replaced when it
    /// is read, and those of other arguments by the shell; but a password that the shell puts there stands in the list of processes.
    pub(super) fn with_variables(&self, route: &Node, found: &mut Vec<Mistake>) -> Node {
        let mut route = route.clone();
        let place = route.get_mut("export_sql").and_then(|table| table.get_mut("db_connect"));
        if let Some(node) = place
            && let Data::Text(text) = &node.data
        {
            match self.environment.substitute(&text.value) {
                Ok(None) => {}
                Ok(Some(value)) => node.data = Data::Text(Text { value, substituted: true }),
                Err(unknown) => {
                    found.push(Mistake::new(unknown.to_string(), Some(node.at.clone())));
                    node.data = Data::Unset(unknown.to_string());
                }
            }
        }
        route
    }
}
