//! The signature of a function as plain data: what `#[udf]` writes and the derive's checks compare with columns.

use super::ColumnType;

/// What a Rust type holds, in the terms of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The column type, or none for a type that no column is received as (`f32`, say).
    pub ty: Option<ColumnType>,
    /// Whether it is an `Option`.
    pub nullable: bool,
    /// Whether it takes the file of any media column; `ty` is none then.
    pub any_media: bool,
}

/// One parameter of a function.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// The parameter's name.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
}

/// A function's parameters and value.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// The function's name.
    pub name: &'static str,
    /// The parameters, in order.
    pub params: &'static [Param],
    /// The value on success.
    pub output: Shape,
}

impl Shape {
    /// The shape of a type that always holds a value.
    pub const fn of(ty: ColumnType) -> Self {
        Self { ty: Some(ty), nullable: false, any_media: false }
    }

    /// The shape of a type that no column is received as.
    pub const NONE: Self = Self { ty: None, nullable: false, any_media: false };

    /// The shape of a parameter for the file of any media column.
    pub const ANY_MEDIA: Self = Self { any_media: true, ..Self::NONE };

    /// The same with `Option` around it.
    pub const fn optional(self) -> Self {
        Self { nullable: true, ..self }
    }
}
