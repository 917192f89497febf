//! What stops a start, and with what words.

use pxt::testing::TestService;

/// Two routes on one path.
mod twice {
    pub mod schema {
        #[derive(pxt::Table)]
        pub struct Thing {
            #[column(primary_key)]
            pub name: String,
        }
        pxt::schema![Thing];
    }

    #[pxt::insert_route(table = "thing", path = "/things", schema = crate::start::twice::schema)]
    fn first(name: String) -> String {
        name
    }

    #[pxt::insert_route(table = "thing", path = "/things", schema = crate::start::twice::schema)]
    fn second(name: String) -> String {
        name
    }
}

/// A route that would answer an error as a value.
mod nested {
    pub mod schema {
        #[derive(pxt::Table)]
        pub struct Nested {
            #[column(primary_key)]
            pub name: String,
        }
        pxt::schema![Nested];
    }

    type Outcome = Result<String, String>;

    #[pxt::insert_route(table = "nested", path = "/nested", schema = crate::start::nested::schema)]
    fn boxed(name: String) -> Box<Outcome> {
        Box::new(Ok(name))
    }
}

/// No route at all.
mod none {
    #[derive(pxt::Table)]
    pub struct Lonely {
        pub name: String,
    }
    pxt::schema![Lonely];
}

async fn refusal(schema: &'static pxt::Schema) -> String {
    TestService::new(schema).await.err().expect("does not start").to_string()
}

#[tokio::test]
async fn two_routes_on_one_path_stop_the_start() {
    let text = refusal(&twice::schema::SCHEMA).await;
    assert!(text.contains("POST /things is declared 2 times"), "{text}");
    assert_eq!(text.matches("tests/http/start.rs:").count(), 2, "{text}");
}

#[tokio::test]
async fn an_error_inside_of_a_value_stops_the_start() {
    let text = refusal(&nested::schema::SCHEMA).await;
    assert!(text.contains("the value of `boxed` has a `Result` in it"), "{text}");
}

#[tokio::test]
async fn no_route_stops_the_start_with_the_remedy() {
    let text = refusal(&none::SCHEMA).await;
    assert!(text.contains("no route is registered for this schema"), "{text}");
}

#[tokio::test]
async fn a_wrong_configuration_is_explained() {
    let open = |config| pxt::App::open(config, &crate::schema::SCHEMA);
    let folder = tempfile::tempdir().expect("a folder");
    let config = pxt::Config::in_folder(folder.path());
    let error = open(config.clone().public_url("posters.example")).await.err().expect("is refused");
    assert!(error.to_string().contains("https://"), "{error}");
    let error = open(config.database("mysql://host/db")).await.err().expect("is refused");
    assert!(error.to_string().contains("sqlite"), "{error}");
    let left: Vec<_> = folder.path().read_dir().expect("it is there").collect();
    assert!(left.is_empty(), "a start that is refused leaves {left:?}");
}

#[tokio::test]
async fn routes_are_listed_in_order() {
    let service = crate::service().await;
    let routes = service.app.routes().list().expect("the routes are right");
    let is_pair =
        |path: &str, at: Option<pxt::At>| path == "/pair" && at.is_some_and(|at| at.file.ends_with("routes.rs"));
    assert!(routes.iter().any(|(method, path, at)| *method == pxt::Method::Post && is_pair(path, *at)));
    assert!(routes.is_sorted_by_key(|(_, path, _)| path.clone()));
}

#[tokio::test]
async fn hand_written_routes_stand_beside() {
    let service = crate::service().await;
    let hand_written = axum::Router::new().route("/hello", axum::routing::get(|| async { "hello" }));
    let router = hand_written.merge(service.app.router().expect("has routes"));
    let request = axum::http::Request::get("/hello").body(axum::body::Body::empty()).expect("a request");
    let response = tower::ServiceExt::oneshot(router, request).await.expect("is infallible");
    assert_eq!(response.status(), 200);
}
