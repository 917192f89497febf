//! Asking, before routes are served, the database about their SQL texts, and the databases that they are exported to about their tables.

use std::collections::BTreeSet;

use super::declared::{Declarations, Declared, What};
use super::names::Named as Query;
use super::routes::Routes;
use super::sql::SqlQuery;
use crate::error::Result;
use crate::export::target::Address;
use crate::export::{Delivery, ExportConfig, Found, Place, Targets};
use crate::schema::Schema;
use crate::store::{Named, Store, Undescribed, store_error};

impl Routes {
    /// Asks the database about the routes that are SQL texts ([`sql`](super::sql())), and the databases that routes are exported to
    /// ([`SqlExport`](crate::export::SqlExport)) about their tables. Such routes have to be prepared before
    /// [`router`](Self::router), [`list`](Self::list) and [`openapi`](Self::openapi). [`serve`](crate::service::serve) and the service
    /// of tests do so by themselves; whoever makes a router writes `app.routes().add_query_route(sql("…"), …).prepare().await?.router()?`.
    ///
    /// # Errors
    /// When the service's own database does not answer. What is wrong with a text or an export is told by `router`, with the mistakes
    /// of all other routes.
    pub async fn prepare(self) -> Result<Self> {
        let store = self.app.tables().store().clone();
        let prepared = self.prepare_texts(&store).await?.prepare_exports().await;
        prepared.open_outbox().await?;
        Ok(prepared)
    }

    /// Makes what waiting rows need in the service's own database, if rows of a route may have to wait.
    async fn open_outbox(&self) -> Result<()> {
        let destinations = self.declarations.outboxes(self.app.schema());
        if destinations.is_empty() {
            return Ok(());
        }
        let outbox = self.app.exports().open_outbox().await.map_err(store_error)?;
        outbox.know(&destinations).await.map_err(store_error)
    }

    /// Asks a database about the SQL texts, be it another than the application's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn prepare_texts(mut self, store: &Store) -> Result<Self> {
        let schema = self.app.schema();
        for sql in self.declarations.texts() {
            sql.describe(store, schema).await?;
        }
        Ok(self)
    }

    /// Asks the databases that routes are exported to about their tables.
    pub(crate) async fn prepare_exports(mut self) -> Self {
        let schema = self.app.schema();
        self.declarations.ask_targets(schema, &self.app.settings().export).await;
        self
    }

    /// The connections to all databases that were asked about exports.
    #[cfg(feature = "cli")]
    pub(crate) fn targets(&self) -> Targets {
        self.declarations.targets.clone()
    }

    /// Whether there are SQL texts that the database was not asked about.
    #[cfg(feature = "cli")]
    pub(crate) fn asks_by_sql(&self) -> bool {
        self.declarations.clone().texts().next().is_some()
    }

    /// The routes to be judged alone, whatever a database would say of their SQL texts.
    #[cfg(feature = "cli")]
    pub(crate) fn judged(mut self) -> Self {
        self.are_served = false;
        self
    }
}

impl Declarations {
    /// Asks the databases that routes are exported to about their tables: all at once, and none twice. One that does not answer is a
    /// mistake of the routes that need it with each request; those that can wait are warned of.
    pub(crate) async fn ask_targets(&mut self, schema: &'static Schema, config: &ExportConfig) {
        let is_new = |(place, _): &(Place, Delivery)| self.targets.found(place).is_none();
        let places: Vec<_> = self.places(schema).into_iter().filter(is_new).collect();
        self.targets.ask(places.iter().map(|(place, _)| place.clone()), config.limits()).await;
        for (place, _) in places.iter().filter(|(_, delivery)| *delivery == Delivery::Outbox) {
            if let Some(Found::Away(why)) = self.targets.found(place) {
                let table = &place.table;
                tracing::warn!("rows for the export table `{table}` wait until their database can be reached: {why}");
            }
        }
    }

    /// The tables that routes are exported to, as far as that is understood.
    fn places(&self, schema: &'static Schema) -> Vec<(Place, Delivery)> {
        let variables = self.variables.clone().unwrap_or_default();
        let place = |declared: &Declared| {
            let export = declared.export()?;
            let delivery = export.delivery;
            declared.origin.place(export, &variables).ok().map(|place| (place, delivery))
        };
        self.all(schema).iter().filter_map(place).collect()
    }

    /// The names of the tables for which rows may have to wait.
    fn outboxes(&self, schema: &'static Schema) -> BTreeSet<String> {
        let name = |(place, _): (Place, Delivery)| {
            let address = Address::parse(&place.connect).ok()?;
            Some(place.destination(&address))
        };
        let places = self.places(schema).into_iter().filter(|(_, delivery)| *delivery == Delivery::Outbox);
        places.filter_map(name).collect()
    }

    /// The SQL texts that the database was not asked about.
    fn texts(&mut self) -> impl Iterator<Item = &mut SqlQuery> {
        self.routes.iter_mut().filter_map(|declared| match &mut declared.what {
            What::Query(name, _) => match &mut name.0 {
                Query::Sql(sql) if sql.described.is_none() => Some(sql),
                _ => None,
            },
            _ => None,
        })
    }
}

impl SqlQuery {
    async fn describe(&mut self, store: &Store, schema: &'static Schema) -> Result<()> {
        let parameters: Vec<_> = self.parameters.iter().map(|(name, parameter)| (*name, parameter.ty)).collect();
        let named = Named { text: &self.text, parameters: &parameters, columns: &self.columns };
        self.described = Some(match store.describe(schema, named).await {
            Ok(described) => Ok(described),
            Err(Undescribed::Mistakes(mistakes)) => Err(mistakes),
            Err(Undescribed::Store(error)) => return Err(store_error(error)),
        });
        Ok(())
    }
}
