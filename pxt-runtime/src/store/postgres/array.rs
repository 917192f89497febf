//! Lists of fixed length as PostgreSQL's own arrays, in their binary form: a head of five numbers, then each element
//! behind its length.

use super::bind::{BOOL, FLOAT4, FLOAT8, INT8};
use crate::schema::Element;
use crate::value::Elements;

const BOOLS: u32 = 1000;
const INTS: u32 = 1016;
const REALS: u32 = 1021;
const DOUBLES: u32 = 1022;

/// The type of an array of such elements.
pub(super) fn oid(element: Element) -> u32 {
    match element {
        Element::F32 => REALS,
        Element::F64 => DOUBLES,
        Element::I64 => INTS,
        Element::Bool => BOOLS,
    }
}

pub(super) fn element(elements: &Elements) -> Element {
    match elements {
        Elements::F32(_) => Element::F32,
        Elements::F64(_) => Element::F64,
        Elements::I64(_) => Element::I64,
        Elements::Bool(_) => Element::Bool,
    }
}

/// The type of an element, and how many bytes it takes.
fn of(element: Element) -> (u32, usize) {
    match element {
        Element::F32 => (FLOAT4, 4),
        Element::F64 => (FLOAT8, 8),
        Element::I64 => (INT8, 8),
        Element::Bool => (BOOL, 1),
    }
}

pub(super) fn write(elements: &Elements, to: &mut Vec<u8>) {
    fn each<const W: usize, T: Copy>(list: &[T], to: &mut Vec<u8>, bytes: impl Fn(T) -> [u8; W]) {
        for item in list {
            to.extend_from_slice(&(W as u32).to_be_bytes());
            to.extend_from_slice(&bytes(*item));
        }
    }
    let (oid, width) = of(element(elements));
    let len = elements.len();
    to.reserve(20 + len * (4 + width));
    // Dimensions, whether there are nulls, and the type; of the one dimension its length and where it begins. An array
    // without elements has no dimension.
    let head = [u32::from(len > 0), 0, oid, len as u32, 1];
    let head = if len > 0 { &head[..] } else { &head[..3] };
    head.iter().for_each(|number| to.extend_from_slice(&number.to_be_bytes()));
    match elements {
        Elements::F32(list) => each(list, to, f32::to_be_bytes),
        Elements::F64(list) => each(list, to, f64::to_be_bytes),
        Elements::I64(list) => each(list, to, i64::to_be_bytes),
        Elements::Bool(list) => each(list, to, |item| [u8::from(item)]),
    }
}

/// Reads an array of this length. None when it is another one, or has nulls or several dimensions.
pub(super) fn read(element: Element, len: usize, bytes: &[u8]) -> Option<Elements> {
    fn each<const W: usize, T>(bytes: &[u8], read: impl Fn([u8; W]) -> T) -> Option<Box<[T]>> {
        let item = |item: &[u8]| {
            let (width, value) = item.split_first_chunk()?;
            let value = value.try_into().ok().filter(|_| u32::from_be_bytes(*width) == W as u32)?;
            Some(read(value))
        };
        bytes.chunks(4 + W).map(item).collect()
    }
    let number = |position: usize| bytes.as_chunks::<4>().0.get(position).map(|number| u32::from_be_bytes(*number));
    let (oid, width) = of(element);
    if number(2)? != oid {
        return None;
    }
    let items = match number(0)? {
        0 => &[][..],
        1 if number(1)? == 0 && number(3)? as usize == len => bytes.get(20..)?,
        _ => return None,
    };
    if items.len() != len * (4 + width) {
        return None;
    }
    Some(match element {
        Element::F32 => Elements::F32(each(items, f32::from_be_bytes)?),
        Element::F64 => Elements::F64(each(items, f64::from_be_bytes)?),
        Element::I64 => Elements::I64(each(items, i64::from_be_bytes)?),
        Element::Bool => Elements::Bool(each(items, |[item]: [u8; 1]| item != 0)?),
    })
}
