//! A service of a file, for programs that serve it themselves.

use std::path::Path;

use super::services::{Overrides, ServiceFile, Wanted, Written};
use super::tables::Program;
use crate::app::App;
use crate::error::{Mistake, Result};
use crate::export::Targets;
use crate::route::Routes;
use crate::schema::Schema;
use crate::service::{Config, refused};

/// A service that a file declares, to be served inside of another program.
///
/// ```no_run
/// # static SCHEMA: pxt_runtime::schema::Schema = pxt_runtime::schema::Schema { tables: &[] };
/// use pxt_runtime::{App, Service};
///
/// # async fn example() -> pxt_runtime::Result<()> {
/// let service = Service::read("service.toml", "films", &SCHEMA)?;
/// let app = App::open(service.config().clone(), &SCHEMA).await?;
/// let router = axum::Router::new().merge(service.routes(&app).prepare().await?.router()?);
/// # Ok(())
/// # }
/// ```
pub struct Service(Written);

impl Service {
    /// Reads one file, with the environment above it, and judges the service of this name over the tables of a program.
    ///
    /// # Errors
    /// Every mistake of the file in one text, each with its line and column.
    pub fn read(file: impl AsRef<Path>, name: &str, schema: &'static Schema) -> Result<Self> {
        let file = ServiceFile::of_file(file.as_ref());
        let wanted = Wanted::Named(name.to_owned());
        let judged = file.judge(Program::Rust(schema), Some(&[]), &Targets::default(), &wanted, &Overrides::default());
        judged.map(Self).map_err(|found| {
            let lines: Vec<_> = found.iter().map(Mistake::to_string).collect();
            refused(format!("the service `{name}` cannot be served:\n  {}", lines.join("\n  ")))
        })
    }

    /// The configuration, for [`App::open`].
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Where the service is to listen: an address or a name, and a port.
    pub fn address(&self) -> (&str, u16) {
        (&self.0.host, self.0.port)
    }

    /// The routes of the application's attributes, if the service has them, and those of the file. Others can be added.
    pub fn routes(&self, app: &App) -> Routes {
        self.0.add_to(app.routes())
    }
}
