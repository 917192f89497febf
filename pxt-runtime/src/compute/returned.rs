//! What a function returns: a value, or a `Result` of one. That is told by the type, whatever it is called.
//!
//! The attributes see words, and an alias may stand for a `Result` as a struct may be called so. The compiler sees types: of two
//! constants of one name it takes the one of the type itself before that of a trait, as the generated code asks it to.

use std::marker::PhantomData;

use crate::error::Error;

/// A type that a function returns, to be asked what it is.
#[derive(Debug)]
pub struct Returned<T: ?Sized>(PhantomData<T>);

/// What holds of every type for which [`Returned`] says nothing else.
pub trait Plain {
    /// Whether it is a `Result`.
    const IS_RESULT: bool = false;
    /// Whether it is a value that may be, or have in it, the error of a `Result`.
    const HOLDS_RESULT: bool = false;
}

impl<T: ?Sized> Plain for Returned<T> {}

impl<T, E> Returned<Result<T, E>> {
    /// It is.
    pub const IS_RESULT: bool = true;
    /// It may.
    pub const HOLDS_RESULT: bool = true;
}

impl<T, E> Returned<Option<Result<T, E>>> {
    /// It may.
    pub const HOLDS_RESULT: bool = true;
}

impl<T, E> Returned<Vec<Result<T, E>>> {
    /// It may.
    pub const HOLDS_RESULT: bool = true;
}

/// The value on success, and the reason of a failure. `FALLIBLE` says whether the type is a `Result`.
pub trait Returns<const FALLIBLE: bool> {
    /// The value on success.
    type Value;
    /// The reason of a failure.
    type Failure;

    /// One of the two.
    fn into_result(self) -> Result<Self::Value, Self::Failure>;
}

impl<T> Returns<false> for T {
    type Value = T;
    type Failure = Error;

    fn into_result(self) -> Result<T, Error> {
        Ok(self)
    }
}

impl<T, E> Returns<true> for Result<T, E> {
    type Value = T;
    type Failure = E;

    fn into_result(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart() {
        type Alias = std::result::Result<i64, String>;
        let results = [Returned::<Alias>::IS_RESULT, Returned::<i64>::IS_RESULT, Returned::<Option<Alias>>::IS_RESULT];
        assert_eq!(results, [true, false, false]);
        let held = [Returned::<Option<Alias>>::HOLDS_RESULT, Returned::<Vec<Alias>>::HOLDS_RESULT];
        let plain = [Returned::<Option<i64>>::HOLDS_RESULT, Returned::<Vec<i64>>::HOLDS_RESULT];
        assert_eq!((held, plain, Returned::<Alias>::HOLDS_RESULT), ([true; 2], [false; 2], true));
    }
}
