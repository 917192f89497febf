//! `serve`: from what is wanted, by name or by flags, to a service that listens, or to what a start would do.

use tokio::net::TcpListener;

use super::arguments::Serve;
use super::report::Failure;
use super::{arenas, dry, single};
use crate::app::App;
use crate::route::Routes;
use crate::service::file::{Failing, Overrides, Program, ServiceFile, Wanted, Written};
use crate::service::{Announced, Ended, bind, existing_tables, refused, serve_announced};

/// Serves what the arguments ask for. Answers how it ended.
pub(super) async fn serve(
    arguments: &Serve,
    file: &ServiceFile,
    program: Program,
    declare: impl FnOnce(Routes) -> Routes,
) -> Result<Ended, Failure> {
    let flags = &arguments.flags;
    let wanted = wanted(arguments);
    let overrides = Overrides { host: flags.host.clone(), port: flags.port, prefix: flags.prefix.clone() };
    let written = judge(file, program, &wanted, &overrides).await?;
    if let Program::Standalone = program
        && let Some(failing) = file.nothing_to_serve(&wanted, &written)
    {
        return Err(Failure::Said(missing(&failing)));
    }
    let is_alone = matches!(wanted, Wanted::Single(_));
    let declare = |routes| if is_alone { routes } else { declare(routes) };
    if flags.dry_run {
        dry::run(&written, flags.json, |app| routes(&app, &written, declare)).await?;
        return Ok(Ended::Done);
    }
    arenas::save();
    let stop_timeout = written.config.stop_timeout;
    // Bound before the database is touched: a wrong port is the quickest mistake to report.
    let listener = listen(&written).await?;
    let app = App::open(written.config.clone(), written.schema).await?;
    let routes = routes(&app, &written, declare);
    if let Err(found) = routes.judge() {
        routes.app().close().await;
        return Err(Failure::Mistakes(found));
    }
    let (json, name) = (flags.json, written.name);
    let announce = move |announced: &Announced| announced.print(json, name.as_deref());
    Ok(serve_announced(routes, listener, stop_timeout, Box::new(announce)).await?)
}

/// Judges the files, over the tables of the program, or of files and database.
pub(super) async fn judge(
    file: &ServiceFile,
    program: Program,
    wanted: &Wanted,
    overrides: &Overrides,
) -> Result<Written, Failure> {
    let (existing, unreadable) = match (program, file.config(wanted)) {
        (Program::Rust(_), _) => (Some(Vec::new()), None),
        (Program::Standalone, Some(config)) => match existing_tables(&config).await {
            Ok(tables) => (Some(tables), None),
            Err(error) => (None, Some(error)),
        },
        (Program::Standalone, None) => (None, None),
    };
    let judged = file.judge(program, existing.as_deref(), wanted, overrides).map_err(Failure::Mistakes)?;
    // The mistakes of the files come first: one of them may be the wrong database.
    unreadable.map_or(Ok(judged), |error| Err(error.into()))
}

/// What to write where nothing would be served.
fn missing(failing: &Failing) -> String {
    match failing {
        Failing::NoService => {
            "there is no service: declare it as `[service]` with `[[routes]]` in pxt.toml, or name its file by `--config`".to_owned()
        }
        Failing::Unnamed(names) => {
            let example = names.first().map_or("NAME", String::as_str);
            format!("there are the services `{}`: name one, as `serve {example}`", names.join("`, `"))
        }
        Failing::NoRoute => "the service has no route: declare one as `[[routes]]`, or `[[service.routes]]` below a `[[service]]`".to_owned(),
    }
}

async fn listen(written: &Written) -> Result<TcpListener, Failure> {
    let (host, port) = (&written.host, written.port);
    bind(host, port).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::PortInUse(port),
        _ => refused(format!("{host}:{port} cannot be bound: {error}")).into(),
    })
}

fn wanted(arguments: &Serve) -> Wanted {
    match (&arguments.single, &arguments.name) {
        (Some(single), _) => Wanted::Single(single::route(single, std::env::args().skip(1))),
        (None, Some(name)) => Wanted::Named(name.clone()),
        (None, None) => Wanted::Program,
    }
}

/// The routes of a service over its application.
fn routes(app: &App, written: &Written, declare: impl FnOnce(Routes) -> Routes) -> Routes {
    let mut routes = declare(app.routes()).declare(written.declarations.clone());
    if let Some(title) = written.title.as_ref().or(written.name.as_ref()) {
        routes = routes.title(title);
    }
    if let Some(version) = &written.version {
        routes = routes.version(version);
    }
    if written.docs { routes } else { routes.without_docs() }
}
