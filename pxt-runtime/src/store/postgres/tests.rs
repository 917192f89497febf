//! What only PostgreSQL does: a server that many nodes share, and types of its own. These tests need a server:
//! `PXT_TEST_DATABASE=postgres://… cargo test -p pxt-runtime --lib store::postgres -- --ignored`.

mod doubt;
mod limits;
mod migration;
mod named;
mod plans;
mod recovery;
mod replicas;
mod values;

use crate::store::tests::asking::*;
use crate::store::tests::*;
