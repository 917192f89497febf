//! What the macros write, held against committed files, so that a change of it is seen whole in review.
//!
//! `UPDATE_EXPANSIONS=1 cargo test -p pxt-macros` writes the files anew.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use crate::route::Kind;
use crate::{query, record, route, schema, table, udf};

fn compare(name: &str, expansion: TokenStream) {
    let file = syn::parse2(expansion).expect("macros write items");
    let written = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansions").join(name);
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        std::fs::write(&path, &written).expect("the folder is part of the source");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == written,
        "{name} differs from what the macro writes; see it with UPDATE_EXPANSIONS=1 and `git diff`\n\n{written}"
    );
}

#[test]
fn derived_table() {
    compare(
        "table.rs",
        table::derive(parse_quote! {
            /// A film poster.
            #[table(name = "films.posters")]
            pub struct Poster {
                #[column(primary_key, default = Uuid::now_v7)]
                pub id: Uuid,
                /// As printed.
                #[column(default = "untitled", max_bytes = 200)]
                pub title: String,
                pub image: Image,
                #[column(computed = crate::thumbnail(image, 320))]
                pub thumbnail: Image,
                #[column(computed = slug(title), on_error = ignore)]
                pub slug: Option<String>,
            }
        }),
    );
}

#[test]
fn table_with_a_mistake() {
    compare(
        "table_with_a_mistake.rs",
        table::derive(parse_quote! {
            struct Film {
                title: String,
                year: i32,
            }
        }),
    );
}

#[test]
fn derived_record() {
    compare(
        "record.rs",
        record::derive(parse_quote! {
            #[record(crate = framework)]
            pub struct Hit {
                /// As printed.
                pub title: String,
                r#type: Option<Image>,
            }
        }),
    );
}

#[test]
fn record_with_a_mistake() {
    compare(
        "record_with_a_mistake.rs",
        record::derive(parse_quote!(
            struct Hit {
                stars: i32,
            }
        )),
    );
}

#[test]
fn tables_of_a_schema() {
    compare("schema.rs", schema::expand(quote!(Poster, crate::films::Film)));
}

#[test]
fn function() {
    let args = quote!(blocking, timeout = "10s", concurrency = 4, retries = 2);
    let item = quote! {
        /// The text in capitals.
        pub fn upper(text: String) -> String { text.to_uppercase() }
    };
    compare("udf.rs", udf::expand(args, &item));
}

#[test]
fn fallible_async_function() {
    let item = quote! {
        async fn caption(image: Image) -> Result<Option<String>, Failed> { ask(image).await }
    };
    compare("udf_async.rs", udf::expand(TokenStream::new(), &item));
}

#[test]
fn insert_route() {
    let args = quote! {
        table = "films.posters", path = "/generate", inputs = ["title"], uploadfile_inputs = ["image"],
        outputs = ["slug", "thumbnail"], export_sql(db_connect = "${ANALYTICS}", table = "generations")
    };
    let item = quote! {
        /// Answers with the slug.
        fn respond(slug: Option<String>, thumbnail: String) -> Generated { Generated { slug, thumbnail } }
    };
    compare("insert_route.rs", route::expand(Kind::Insert, args, &item));
}

#[test]
fn update_route() {
    let args = quote! {
        table = "films.posters", inputs = ["title"], background = true, schema = tables::schema,
        export_sql(
            db_connect = "mysql://films@db/analytics", table = "titles", db_schema = "public", method = "merge",
            delivery = "outbox",
        )
    };
    let item = quote! {
        async fn respond(title: String) -> pxt::Result<String> { Ok(title) }
    };
    compare("update_route.rs", route::expand(Kind::Update, args, &item));
}

#[test]
fn compute_route() {
    let args = quote!(table = "films.posters", inputs = ["title"], crate = framework);
    let item = quote! {
        fn preview(slug: Option<String>) -> Option<String> { slug }
    };
    compare("compute_route.rs", route::expand(Kind::Compute, args, &item));
}

#[test]
fn query_over_the_application() {
    let item = quote! {
        /// The latest films.
        pub async fn recent(
            app: &pxt::App,
            since: Timestamp,
            #[default(10)] most: i64,
            #[default(crate::language)] language: Option<String>,
        ) -> pxt::Result<Vec<Film>> {
            films(app, since, most, language).await
        }
    };
    compare("query.rs", query::expand(TokenStream::new(), &item));
}

#[test]
fn query_with_a_mistake() {
    let item = quote! {
        fn near(#[default(1)] score: f32, text: String) -> Vec<Film> { films(score, text) }
    };
    compare("query_with_a_mistake.rs", query::expand(quote!(crate = framework), &item));
}

#[test]
fn query_route() {
    let args = quote! {
        path = "/films/like", inputs = ["title"], uploadfile_inputs = ["image"], one_row, return_fileresponse = false,
        background, concurrency = 4
    };
    let item = quote! {
        fn like(image: Image, title: Option<String>) -> Vec<Film> { films(image, title) }
    };
    compare("query_route.rs", query::route::expand(args, &item));
}

#[test]
fn query_route_over_a_query() {
    let item = quote! {
        #[pxt::query]
        fn search(#[default("")] text: String) -> Vec<Film> { films(text) }
    };
    compare("query_route_over_query.rs", query::route::expand(quote!(method = "get"), &item));
}
