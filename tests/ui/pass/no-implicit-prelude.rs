// The expansions name what they use by absolute paths.
#![no_implicit_prelude]

pub mod schema {
    use ::std::string::String;

    #[::pxt::udf]
    fn upper(text: String) -> String {
        text.to_uppercase()
    }

    #[derive(::pxt::Table)]
    pub struct Film {
        #[column(primary_key, default = ::pxt::Uuid::now_v7)]
        pub id: ::pxt::Uuid,
        #[column(default = "")]
        pub title: String,
        #[column(computed = upper(title))]
        pub upper: String,
    }

    ::pxt::schema![Film];
}

#[::pxt::insert_route(table = "film", inputs = ["title"])]
fn respond(upper: ::std::string::String) -> ::pxt::Result<::std::string::String> {
    ::std::result::Result::Ok(upper)
}

#[::pxt::update_route(table = "film")]
async fn updated(upper: ::std::string::String) -> ::std::string::String {
    upper
}

fn main() {}
