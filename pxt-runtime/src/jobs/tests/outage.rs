//! A queue that cannot be read for a while.

use tempfile::NamedTempFile;
use tracing_subscriber::prelude::*;

use super::*;

/// On one thread, so that all of it logs to this test's file.
#[tokio::test]
async fn an_outage_is_said_once_and_paused_for() {
    let log = NamedTempFile::new().unwrap();
    let output = tracing_subscriber::fmt::layer().with_writer(Arc::new(log.reopen().unwrap())).with_ansi(false);
    let levels = "warn,pxt_runtime::jobs=debug".parse::<tracing_subscriber::filter::Targets>().unwrap();
    let _logging = tracing_subscriber::registry().with(levels).with(output).set_default();
    let count = |words: &str| std::fs::read_to_string(log.path()).unwrap().matches(words).count();
    let lasts = async |words: &str, times: usize| {
        let begun = Instant::now();
        while count(words) < times {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{words}: {}",
                std::fs::read_to_string(log.path()).unwrap()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };

    let database = TestDatabase::new().await.unwrap();
    // The keeper is on a thread of its own, where nobody logs: what it says first would be taken for what nobody wants.
    let renew = Duration::from_secs(3600);
    let times = Times { look: Duration::from_millis(200), clean: Duration::from_millis(100), renew, ..fast() };
    let node = Node::with(&database, JobsConfig::default(), times).await;
    node.does("/work", |_, _| async { Ok("null".to_owned()) });
    node.end(node.submit("1").await).await;
    database.execute("ALTER TABLE _pxt_jobs RENAME TO away").await.unwrap();
    lasts("tried again once a second", 1).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        // As whoever fails meanwhile would.
        node.jobs.0.slots.falls_behind("/work");
        node.jobs.0.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let rounds = begun.elapsed().as_millis() as usize / 200 + 2;
    assert_eq!(count(" WARN "), 1, "{}", std::fs::read_to_string(log.path()).unwrap());
    assert!(count("could not be read") <= rounds && count("could not be removed") <= rounds, "{rounds} rounds");
    database.execute("ALTER TABLE away RENAME TO _pxt_jobs").await.unwrap();
    lasts("the queue of jobs works again", 1).await;
    node.end(node.submit("2").await).await;
}
