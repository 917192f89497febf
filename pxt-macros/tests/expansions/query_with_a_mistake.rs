fn near(score: f32, text: String) -> Vec<Film> {
    films(score, text)
}
const _: () = {
    #[allow(unused_imports)]
    use framework::__private as __pxt;
    const _: __pxt::Shape = <String as __pxt::QueryParameter>::SHAPE;
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<Vec<Film>>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <Vec<Film> as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "Vec<Film>",
    );
    const _: fn() -> __pxt::RowShape = <<Vec<
        Film,
    > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::QueryOutput>::row;
};
::core::compile_error! {
    "a query's parameter cannot be `f32`: write `f64`"
}
