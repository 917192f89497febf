//! The check of what a function answers with.

use super::Finding;
use crate::schema::message::Message;

shell! {
    /// Refuses an answer that may be the error of a `Result`, which would go out as a value. `ty` is the function's type as the
    /// user wrote it.
    expect_no_result => judge_no_result(holds_result: bool, ty: &str)
}

pub(super) const fn judge_no_result(holds_result: bool, ty: &str) -> Finding {
    if !holds_result {
        return None;
    }
    let message = Message::new().text("the value of ").code(ty);
    Some(message.text(
        " has a `Result` in it, whose error would be answered as a value: return one `Result` around the whole value",
    ))
}
