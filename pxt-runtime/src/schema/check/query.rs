//! The checks that `#[query]` and `#[query_route]` write: what a query's parameters are, and how a request supplies them.

use super::Finding;
use super::declared::fitting_literal;
use crate::schema::message::Message;
use crate::schema::{Param, Shape};

shell! {
    /// Refuses a default for a parameter that is a file.
    expect_parameter_default => judge_parameter_default(name: &str, shape: Shape)
}

pub(super) const fn judge_parameter_default(name: &str, shape: Shape) -> Finding {
    match shape.ty {
        Some(ty) if ty.is_media() => Some(
            Message::new()
                .text("parameter ")
                .code(name)
                .text(" is ")
                .text(ty.word())
                .text(", which has no default: make it an `Option`, or remove `#[default(…)]`"),
        ),
        _ => None,
    }
}

shell! {
    /// Refuses a literal as the default of a parameter of another type. `text` is the literal as the user wrote it.
    expect_parameter_literal => judge_parameter_literal(name: &str, shape: Shape, given: Shape, text: &str)
}

pub(super) const fn judge_parameter_literal(name: &str, shape: Shape, given: Shape, text: &str) -> Finding {
    fitting_literal(Message::new().text("parameter ").code(name), shape, given, text)
}

shell! {
    /// Refuses a parameter in `uploadfile_inputs` that is no file.
    expect_parameter_upload => judge_parameter_upload(name: &str, shape: Shape)
}

pub(super) const fn judge_parameter_upload(name: &str, shape: Shape) -> Finding {
    match shape.ty {
        Some(ty) if !ty.is_media() => Some(
            Message::new()
                .text("parameter ")
                .code(name)
                .text(" is ")
                .text(ty.word())
                .text(", and only media are uploaded: list it in `inputs`"),
        ),
        _ => None,
    }
}

shell! {
    /// Refuses inputs that leave out these parameters, when a call needs one of them.
    expect_parameters_cover => judge_parameters_cover(missing: &[Param])
}

pub(super) const fn judge_parameters_cover(missing: &[Param]) -> Finding {
    let (mut count, mut only) = (0, 0);
    let mut list = Message::new();
    let mut i = 0;
    while i < missing.len() {
        if !missing[i].shape.nullable {
            list = list.text(if count == 0 { "" } else { ", " }).code(missing[i].name);
            count += 1;
            only = i;
        }
        i += 1;
    }
    if count == 0 {
        return None;
    }
    if count > 1 {
        let message = Message::new().text("parameters ").text(list.as_str());
        return Some(message.text(" are required: add them to the inputs, or give them defaults"));
    }
    let message = Message::new().text("parameter ").code(missing[only].name);
    Some(match missing[only].shape.ty {
        Some(ty) if ty.is_media() => message.text(" is required: add it to `uploadfile_inputs` or `inputs`"),
        _ => message.text(" is required: add it to `inputs`, or give it a default"),
    })
}
