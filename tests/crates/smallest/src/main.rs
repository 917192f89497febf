//! Opens what is built in, and what is not: `cargo run -p smallest`, alone, since other packages of the workspace ask for more.

use pxt::{App, Config};

mod schema {
    #[derive(pxt::Table)]
    pub(crate) struct Line {
        #[column(primary_key)]
        pub(crate) text: String,
    }

    pxt::schema![Line];
}

use schema::SCHEMA;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let config = || Config::in_folder(folder.path());
    App::open(config(), &SCHEMA).await?.close().await;

    let refusals = [
        (config().database("postgres://localhost/lines"), "`postgres`"),
        (config().media("s3://lines"), "`bucket-s3`"),
        (config().media("gs://lines/media"), "`bucket-gcs`"),
        (config().media("az://lines"), "`bucket-azure`"),
    ];
    for (config, feature) in refusals {
        let text = App::open(config, &SCHEMA).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains(&format!("needs the feature {feature} of pxt")), "{feature}: {text:?}");
    }
    Ok(())
}
