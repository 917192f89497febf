//! Does not compile without the feature `images`, which the compiler names.

fn main() {
    let _: Option<pxt::Image> = None;
}
