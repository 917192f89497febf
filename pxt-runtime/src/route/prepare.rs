//! Asking the database about the SQL texts of routes, before they are served.

use super::declared::{Declarations, What};
use super::names::Named as Query;
use super::routes::Routes;
use super::sql::SqlQuery;
use crate::error::Result;
use crate::schema::Schema;
use crate::store::{Named, Store, Undescribed, store_error};

impl Routes {
    /// Asks the database about the routes that are SQL texts ([`sql`](super::sql())), which have to be prepared before
    /// [`router`](Self::router), [`list`](Self::list) and [`openapi`](Self::openapi). [`serve`](crate::service::serve) and the service
    /// of tests do so by themselves; whoever makes a router writes `app.routes().add_query_route(sql("…"), …).prepare().await?.router()?`.
    ///
    /// # Errors
    /// When the database does not answer. What is wrong with a text is told by `router`, with the mistakes of all other routes.
    pub async fn prepare(self) -> Result<Self> {
        let store = self.app.tables().store().clone();
        self.prepare_over(&store).await
    }

    /// The same of another database than the application's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn prepare_over(mut self, store: &Store) -> Result<Self> {
        let schema = self.app.schema();
        for sql in self.declarations.texts() {
            sql.describe(store, schema).await?;
        }
        Ok(self)
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
