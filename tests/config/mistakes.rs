//! Every mistake that a service file, a variable or a setting can have, with exactly what is said of it.

use crate::cases::Group;

/// The groups, each a file of `cases`.
macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        const GROUPS: &[&str] = &[$(stringify!($name)),*];

        $($(#[$doc])* #[test] fn $name() {
            Group::read(stringify!($name)).check(&[1]);
        })*
    };
}

groups! {
    /// What is no TOML.
    syntax,
    /// Keys that there are not, and keys that are missing, at every level.
    keys,
    /// Values of another type, beyond the range, or not among the choices.
    values,
    /// Rules of routes, which the builder has too, each at its place.
    routes,
    /// Tables, their columns and computations.
    tables,
    /// Settings that are of the right type, and refused; and those of variables.
    settings,
    /// Several files, variables in them, services by name, and mistakes of many kinds.
    sources,
}

#[test]
fn there_are_many() {
    let count: usize = GROUPS.iter().map(|name| Group::read(name).cases.len()).sum();
    assert!(count >= 100, "{count} mistakes");
}
