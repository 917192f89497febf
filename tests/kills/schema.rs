//! The tables of the nodes: each row has the number of the request that made it.

use pxt::{Image, Uuid};

/// A picture that is looked at in a moment.
#[derive(pxt::Table)]
#[table(name = "quick")]
pub struct Quick {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub number: i64,
    pub image: Image,
    #[column(computed = pxt::functions::image::thumbnail(image, 4))]
    pub thumbnail: Image,
}

/// A picture that takes its time.
#[derive(pxt::Table)]
#[table(name = "slow")]
pub struct Slow {
    #[column(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    #[column(computed = crate::application::slowly(number))]
    pub twice: i64,
    pub number: i64,
    pub image: Image,
    #[column(computed = pxt::functions::image::thumbnail(image, 4))]
    pub thumbnail: Image,
}

pxt::schema![Quick, Slow];
