// The tables that the routes of these tests are checked against.
pub mod schema {
    use pxt::{Image, Table, Uuid};

    /// A film poster.
    #[derive(Table)]
    #[table(name = "films.posters")]
    pub struct Poster {
        #[column(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
        pub title: String,
        pub image: Image,
        pub still: Option<Image>,
        pub note: Option<String>,
        #[column(computed = pxt::functions::image::thumbnail(image, 320))]
        pub thumbnail: Image,
        #[column(computed = pxt::functions::image::brightness(image))]
        pub score: f64,
        #[column(computed = pxt::functions::string::slug(title), on_error = ignore)]
        pub slug: Option<String>,
    }

    /// A line of a log, which nothing names.
    #[derive(Table)]
    #[table(name = "log")]
    pub struct Line {
        pub text: String,
    }

    pxt::schema![Poster, Line];
}
