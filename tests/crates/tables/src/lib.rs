//! Tables in a crate of their own: `tests/ui` has routes over them from outside.
//!
//! The crate stands under the workspace's lints as a user's would under strict ones, so `cargo clippy` also judges what the
//! macros write.

pub mod queries;
mod routes;

/// The tables.
pub mod schema {
    use pxt::{Image, Table, Uuid};

    /// The lengths of two texts, added.
    #[pxt::udf(retries = 1)]
    pub async fn lengths(first: String, second: Option<String>) -> pxt::Result<i64> {
        let length = first.len() + second.map_or(0, |text| text.len());
        Ok(i64::try_from(length)?)
    }

    /// A film.
    #[derive(Debug, Table)]
    #[table(name = "films")]
    pub struct Film {
        /// Its key.
        #[column(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
        /// Its title.
        pub title: String,
        /// The year it was shown first.
        pub year: Option<i64>,
        /// How often it was seen.
        #[column(default = 0)]
        pub seen: i64,
        /// Its poster.
        pub poster: Option<Image>,
        /// Its title, as part of an address.
        #[column(computed = pxt::functions::string::slug(title))]
        pub slug: String,
        /// How much there is to read.
        #[column(computed = lengths(title, slug), on_error = ignore)]
        pub length: Option<i64>,
    }

    pxt::schema![Film];
}
