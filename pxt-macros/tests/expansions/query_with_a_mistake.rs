fn near(score: f32, text: String) -> Vec<Film> {
    films(score, text)
}
const _: () = {
    #[allow(unused_imports)]
    use framework::__private as __pxt;
    const _: __pxt::Shape = <String as __pxt::QueryParameter>::SHAPE;
    const _: fn() -> __pxt::RowShape = <Vec<Film> as __pxt::QueryOutput>::row;
};
::core::compile_error! {
    "a query's parameter cannot be `f32`: write `f64`"
}
