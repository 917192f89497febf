//! Writing, for every database alike: callers put rows into a queue, and tasks that own a connection take what waits,
//! commit it as one group and answer.
//!
//! What a database does with a group is its own ([`Pen`]). Callers only send and wait, so that one who goes away leaves
//! no half of a write behind.

mod group;
mod queue;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub(super) use group::{Answers, Bond, Kind, Step, Touch, Write, Written, plan, plan_sets, reply, sets, split};
pub(super) use queue::Writer;

use super::StoreError;

/// Work that has a connection for itself. It is told so when there is no connection.
pub(super) type Exclusive<C> = Box<dyn for<'c> FnOnce(Result<&'c mut C, StoreError>) -> BoxFuture<'c, ()> + Send>;

/// A connection that writes. One task has it.
pub(super) trait Pen: Send + 'static {
    /// A value as the database takes it.
    type Bind: Send + Sync + 'static;
    /// What [`Exclusive`] work is given.
    type Connection: Send;

    /// The memory that a value takes, roughly, in bytes.
    fn size(bind: &Self::Bind) -> usize;

    /// Writes a group and answers everybody in it, each within about `wait` from when it was asked for.
    fn commit(&mut self, writes: Vec<Write<Self::Bind>>, wait: Duration) -> impl Future<Output = ()> + Send;

    /// Does work between two groups, and takes back what it left open.
    fn exclusive(&mut self, work: Exclusive<Self::Connection>) -> impl Future<Output = ()> + Send;

    /// Closes the connection. Nothing is under way.
    fn close(self) -> impl Future<Output = ()> + Send;
}
