//! `serve`: from what is wanted, by name or by flags, to a service that listens, or to what a start would do.

use tokio::net::TcpListener;

use super::arguments::Serve;
use super::judge::{judge, judged};
use super::report::Failure;
use super::{arenas, dry, single};
use crate::app::App;
use crate::route::Routes;
use crate::service::file::{Overrides, Program, ServiceFile, Wanted, Written};
use crate::service::{Announced, Ended, bind, refused, serve_announced};

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
    // What Rust declares is known when the application is open; what files declare is all there is of a program without it.
    if matches!(program, Program::Standalone) && written.declarations.is_empty(written.schema) {
        return Err(nothing(file, &written));
    }
    let is_alone = matches!(wanted, Wanted::Single(_));
    let declare = |routes| if is_alone { routes } else { declare(routes) };
    if flags.dry_run {
        dry::run(&written, flags.json, |app| written.add_to(declare(app.routes()))).await?;
        return Ok(Ended::Done);
    }
    arenas::save();
    let stop_timeout = written.config.stop_timeout;
    // Bound before the database is touched: a wrong port is the quickest mistake to report.
    let listener = listen(&written).await?;
    let app = App::open(written.config.clone(), written.schema).await?;
    let routes = judged(written.add_to(declare(app.routes())).prepare().await?)?;
    let (json, name) = (flags.json, written.name);
    let announce = move |announced: &Announced| announced.print(json, name.as_deref());
    Ok(serve_announced(routes, listener, stop_timeout, Box::new(announce)).await?)
}

/// There is no route, said before a database is made for it.
fn nothing(file: &ServiceFile, written: &Written) -> Failure {
    Failure::Said(match (&written.name, &*file.names()) {
        (Some(name), _) => format!("service `{name}` has no route: give it some as `[[service.routes]]`"),
        (None, []) => "there is nothing to serve: declare a service as `[[service]]` in pxt.toml, name its file by `--config`, or \
                       serve one route, such as `serve insert --table films.posters --path /generate`"
            .to_owned(),
        (None, names) => format!("which service is to be served? There are `{}`: write `serve {}`", names.join("`, `"), names[0]),
    })
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
