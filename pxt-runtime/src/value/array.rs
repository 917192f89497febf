//! Lists of fixed length: embeddings, histograms, masks.

use std::ops::Deref;

use crate::schema::Element;

/// A list of `N` elements, as a column's value. `T` is `f32`, `f64`, `i64` or `bool`.
///
/// ```
/// let unit = pxt_runtime::value::Array::<f32, 3>::from([1.0, 0.0, 0.0]);
/// assert_eq!(unit.len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T, const N: usize>(Box<[T; N]>);

/// The elements of an array value, whatever their type.
#[derive(Debug, Clone, PartialEq)]
pub enum Elements {
    /// `f32`
    F32(Box<[f32]>),
    /// `f64`
    F64(Box<[f64]>),
    /// `i64`
    I64(Box<[i64]>),
    /// `bool`
    Bool(Box<[bool]>),
}

/// The types that arrays are made of.
#[diagnostic::on_unimplemented(
    message = "an array column cannot hold `{Self}`",
    label = "not an element type",
    note = "write `f32`, `f64`, `i64` or `bool`"
)]
pub trait ArrayElement: Copy + Send + Sync + 'static {
    /// The element in the schema's terms.
    const ELEMENT: Element;

    #[doc(hidden)]
    fn wrap(elements: Box<[Self]>) -> Elements;

    #[doc(hidden)]
    fn unwrap(elements: Elements) -> Option<Box<[Self]>>;
}

impl ArrayElement for f32 {
    const ELEMENT: Element = Element::F32;

    fn wrap(elements: Box<[Self]>) -> Elements {
        Elements::F32(elements)
    }

    fn unwrap(elements: Elements) -> Option<Box<[Self]>> {
        if let Elements::F32(elements) = elements { Some(elements) } else { None }
    }
}

impl ArrayElement for f64 {
    const ELEMENT: Element = Element::F64;

    fn wrap(elements: Box<[Self]>) -> Elements {
        Elements::F64(elements)
    }

    fn unwrap(elements: Elements) -> Option<Box<[Self]>> {
        if let Elements::F64(elements) = elements { Some(elements) } else { None }
    }
}

impl ArrayElement for i64 {
    const ELEMENT: Element = Element::I64;

    fn wrap(elements: Box<[Self]>) -> Elements {
        Elements::I64(elements)
    }

    fn unwrap(elements: Elements) -> Option<Box<[Self]>> {
        if let Elements::I64(elements) = elements { Some(elements) } else { None }
    }
}

impl ArrayElement for bool {
    const ELEMENT: Element = Element::Bool;

    fn wrap(elements: Box<[Self]>) -> Elements {
        Elements::Bool(elements)
    }

    fn unwrap(elements: Elements) -> Option<Box<[Self]>> {
        if let Elements::Bool(elements) = elements { Some(elements) } else { None }
    }
}

impl<T: ArrayElement, const N: usize> Array<T, N> {
    pub(super) fn into_elements(self) -> Elements {
        T::wrap(self.0 as Box<[T]>)
    }

    pub(super) fn from_elements(elements: Elements) -> Option<Self> {
        Some(Self(T::unwrap(elements)?.try_into().ok()?))
    }
}

impl Elements {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(list) => list.len(),
            Self::F64(list) => list.len(),
            Self::I64(list) => list.len(),
            Self::Bool(list) => list.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements one after the other, little-endian; a bool is one byte.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(list) => list.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::F64(list) => list.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::I64(list) => list.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::Bool(list) => list.iter().map(|&x| u8::from(x)).collect(),
        }
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. None when the length does not fit.
    pub(crate) fn from_bytes(element: Element, len: usize, bytes: &[u8]) -> Option<Self> {
        fn split<const W: usize, T>(bytes: &[u8], len: usize, read: impl Fn([u8; W]) -> T) -> Option<Box<[T]>> {
            let (chunks, rest) = bytes.as_chunks::<W>();
            (rest.is_empty() && chunks.len() == len).then(|| chunks.iter().map(|&chunk| read(chunk)).collect())
        }
        Some(match element {
            Element::F32 => Self::F32(split(bytes, len, f32::from_le_bytes)?),
            Element::F64 => Self::F64(split(bytes, len, f64::from_le_bytes)?),
            Element::I64 => Self::I64(split(bytes, len, i64::from_le_bytes)?),
            Element::Bool => Self::Bool(split(bytes, len, |[byte]: [u8; 1]| byte != 0)?),
        })
    }
}

impl<T, const N: usize> From<[T; N]> for Array<T, N> {
    fn from(list: [T; N]) -> Self {
        Self(Box::new(list))
    }
}

impl<T, const N: usize> TryFrom<Vec<T>> for Array<T, N> {
    type Error = Vec<T>;

    /// The list itself comes back when its length is not `N`.
    fn try_from(list: Vec<T>) -> Result<Self, Vec<T>> {
        Ok(Self(list.into_boxed_slice().try_into().map_err(<[T]>::into_vec)?))
    }
}

impl<T, const N: usize> Deref for Array<T, N> {
    type Target = [T; N];

    fn deref(&self) -> &[T; N] {
        &self.0
    }
}

impl<T: serde::Serialize, const N: usize> serde::Serialize for Array<T, N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<T: schemars::JsonSchema, const N: usize> schemars::JsonSchema for Array<T, N> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Array_{}_{N}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "array",
            "items": generator.subschema_for::<T>(),
            "minItems": N,
            "maxItems": N,
        })
    }
}
