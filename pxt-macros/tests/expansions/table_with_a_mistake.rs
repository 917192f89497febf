const _: () = {
    use ::pxt::__private as __pxt;
    static CODE: __pxt::TableCode = __pxt::TableCode { columns: &[] };
    static DEF: __pxt::TableDef = __pxt::TableDef {
        name: "film",
        hash: 12308365788819650491u64,
        doc: "",
        columns: &[
            __pxt::ColumnDef {
                name: "title",
                hash: 15722393318163439657u64,
                doc: "",
                ty: __pxt::column_type(<String as __pxt::ColumnValue>::SHAPE),
                nullable: <String as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: false,
                auto: false,
                default: false,
                max_bytes: ::core::option::Option::None,
                computed: ::core::option::Option::None,
            },
        ],
        incomplete: true,
        at: __pxt::At {
            file: ::core::file!(),
            line: ::core::line!(),
        },
        module: ::core::module_path!(),
        code: __pxt::Code(&CODE),
    };
    const _: fn(&Film) = |row| {
        let Film { title: _column_0, year: _column_1 } = row;
    };
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::FromRow for Film {
        fn from_row(
            row: &mut __pxt::Arguments,
        ) -> ::core::result::Result<Self, __pxt::Mismatch> {
            ::core::unreachable!()
        }
        fn shape() -> __pxt::RowShape {
            __pxt::RowShape::Object(<Self as __pxt::Record>::fields())
        }
    }
    #[automatically_derived]
    impl __pxt::Record for Film {
        fn fields() -> ::std::vec::Vec<__pxt::RowField> {
            __pxt::table_fields(&DEF)
        }
    }
    #[automatically_derived]
    impl __pxt::MadeOf<(String, i32)> for Film {}
    #[automatically_derived]
    impl __pxt::Defined for Film {
        const TABLE: &'static __pxt::TableDef = &DEF;
    }
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::Table for Film {
        type Key = __pxt::NoKey;
        type New = NewFilm;
        type Changes = FilmChanges;
        fn new_values(
            new: NewFilm,
        ) -> ::std::vec::Vec<::core::option::Option<__pxt::Value>> {
            ::core::unreachable!()
        }
        fn change_values(
            changes: FilmChanges,
        ) -> ::std::vec::Vec<(usize, __pxt::Value)> {
            ::core::unreachable!()
        }
        fn key_values(key: Self::Key) -> ::std::vec::Vec<__pxt::Value> {
            ::core::unreachable!()
        }
    }
    #[allow(non_upper_case_globals, dead_code)]
    impl Film {
        ///The column `title`.
        const title: __pxt::Column<Self, String> = __pxt::Column::new(0usize);
        ///The column `year`.
        const year: __pxt::Column<Self, i64> = __pxt::Column::new(1usize);
    }
};
///The columns of a new row of `film`, as a caller supplies them. A column with a default may be `None`.
struct NewFilm {
    ///The column `title`.
    title: String,
    ///The column `year`.
    year: i32,
}
///Changes to a row of `film`. `None` leaves a column as it is.
struct FilmChanges {
    ///The column `title`.
    title: ::core::option::Option<String>,
    ///The column `year`.
    year: ::core::option::Option<i32>,
}
#[automatically_derived]
impl ::core::default::Default for FilmChanges {
    fn default() -> Self {
        Self {
            title: ::core::option::Option::None,
            year: ::core::option::Option::None,
        }
    }
}
::core::compile_error! {
    "a column cannot be `i32`: write `i64`"
}
