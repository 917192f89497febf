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

#[::pxt::query_route(method = "get", inputs = [])]
fn titles(_: &::pxt::App, #[default("a")] title: ::std::string::String) -> ::std::vec::Vec<::std::string::String> {
    ::std::vec![title]
}

#[::pxt::query]
async fn counted(#[default(1)] number: ::std::option::Option<i64>) -> ::pxt::Result<::std::vec::Vec<i64>> {
    ::std::result::Result::Ok(::std::iter::Iterator::collect(::std::iter::IntoIterator::into_iter(number)))
}

#[derive(::pxt::Record)]
pub struct Hit {
    pub title: ::std::string::String,
    upper: ::std::string::String,
}

pub fn search(text: ::std::string::String) -> ::pxt::Select<schema::Film, Hit> {
    use ::pxt::Table as _;
    let columns = (schema::Film::title, schema::Film::upper);
    schema::Film::select().filter(schema::Film::title.contains(text)).columns(columns).into::<Hit>()
}

fn main() {}
