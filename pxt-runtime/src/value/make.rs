//! What stands in where nobody gives a value: a function that makes one, or one that is always the same.

use super::Value;

/// How a value is made that is not given: a default, or a literal argument of a function.
#[derive(Debug, Clone, Copy)]
pub enum Make {
    /// By a function, called each time: what the macros write.
    Call(fn() -> Value),
    /// A copy of this one: what is declared when the program starts.
    Value(&'static Value),
}

impl Make {
    /// The value.
    pub fn make(self) -> Value {
        match self {
            Self::Call(call) => call(),
            Self::Value(value) => value.clone(),
        }
    }
}
