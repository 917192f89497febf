//! Service files, variables and flags of the program `pxt`: what holds, where it comes from, and what is said of each mistake.
//!
//! Every test runs the program itself. The tables of mistakes are text under `cases`, which [`cases`] runs and rewrites.

mod cases;
mod mistakes;
mod program;
mod schema;
mod settings;
mod usage;
