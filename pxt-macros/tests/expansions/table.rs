const _: () = {
    use ::pxt::__private as __pxt;
    static CODE: __pxt::TableCode = __pxt::TableCode {
        columns: &[
            __pxt::ColumnCode {
                default: ::core::option::Option::Some(
                    __pxt::Make::Call(|| {
                        let default: fn() -> Uuid = Uuid::now_v7;
                        <Uuid as __pxt::ColumnValue>::into_value(default())
                    }),
                ),
                computed: ::core::option::Option::None,
                json_schema: <Uuid as __pxt::ColumnValue>::json_schema,
                refuse_json: <Uuid as __pxt::ColumnValue>::refuse_json,
            },
            __pxt::ColumnCode {
                default: ::core::option::Option::Some(
                    __pxt::Make::Call(|| __pxt::ColumnValue::into_value(
                        ::std::borrow::ToOwned::to_owned("untitled"),
                    )),
                ),
                computed: ::core::option::Option::None,
                json_schema: <String as __pxt::ColumnValue>::json_schema,
                refuse_json: <String as __pxt::ColumnValue>::refuse_json,
            },
            __pxt::ColumnCode {
                default: ::core::option::Option::None,
                computed: ::core::option::Option::None,
                json_schema: <Image as __pxt::ColumnValue>::json_schema,
                refuse_json: <Image as __pxt::ColumnValue>::refuse_json,
            },
            __pxt::ColumnCode {
                default: ::core::option::Option::None,
                computed: ::core::option::Option::Some(__pxt::ComputedCode {
                    function: <crate::thumbnail as __pxt::Function>::def,
                    args: &[
                        __pxt::Arg::Column("image"),
                        __pxt::Arg::Literal(
                            __pxt::Make::Call(|| __pxt::ColumnValue::into_value({
                                let value: i64 = 320;
                                value
                            })),
                        ),
                    ],
                }),
                json_schema: <Image as __pxt::ColumnValue>::json_schema,
                refuse_json: <Image as __pxt::ColumnValue>::refuse_json,
            },
            __pxt::ColumnCode {
                default: ::core::option::Option::None,
                computed: ::core::option::Option::Some(__pxt::ComputedCode {
                    function: <slug as __pxt::Function>::def,
                    args: &[__pxt::Arg::Column("title")],
                }),
                json_schema: <Option<String> as __pxt::ColumnValue>::json_schema,
                refuse_json: <Option<String> as __pxt::ColumnValue>::refuse_json,
            },
        ],
    };
    static DEF: __pxt::TableDef = __pxt::TableDef {
        name: "films.posters",
        hash: 14067599785855756768u64,
        doc: "A film poster.",
        columns: &[
            __pxt::ColumnDef {
                name: "id",
                hash: 628021283683842752u64,
                doc: "",
                ty: __pxt::column_type(<Uuid as __pxt::ColumnValue>::SHAPE),
                nullable: <Uuid as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: true,
                auto: false,
                default: true,
                max_bytes: ::core::option::Option::None,
                computed: ::core::option::Option::None,
            },
            __pxt::ColumnDef {
                name: "title",
                hash: 15722393318163439657u64,
                doc: "As printed.",
                ty: __pxt::column_type(<String as __pxt::ColumnValue>::SHAPE),
                nullable: <String as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: false,
                auto: false,
                default: true,
                max_bytes: ::core::option::Option::Some(200usize),
                computed: ::core::option::Option::None,
            },
            __pxt::ColumnDef {
                name: "image",
                hash: 3077667772913174682u64,
                doc: "",
                ty: __pxt::column_type(<Image as __pxt::ColumnValue>::SHAPE),
                nullable: <Image as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: false,
                auto: false,
                default: false,
                max_bytes: ::core::option::Option::None,
                computed: ::core::option::Option::None,
            },
            __pxt::ColumnDef {
                name: "thumbnail",
                hash: 17666606853540267335u64,
                doc: "",
                ty: __pxt::column_type(<Image as __pxt::ColumnValue>::SHAPE),
                nullable: <Image as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: false,
                auto: false,
                default: false,
                max_bytes: ::core::option::Option::None,
                computed: ::core::option::Option::Some(__pxt::Computed {
                    call: "crate::thumbnail(image, 320)",
                    reads: &[2usize],
                    on_error: __pxt::OnError::Abort,
                }),
            },
            __pxt::ColumnDef {
                name: "slug",
                hash: 7696373693962291038u64,
                doc: "",
                ty: __pxt::column_type(<Option<String> as __pxt::ColumnValue>::SHAPE),
                nullable: <Option<String> as __pxt::ColumnValue>::SHAPE.nullable,
                primary_key: false,
                auto: false,
                default: false,
                max_bytes: ::core::option::Option::None,
                computed: ::core::option::Option::Some(__pxt::Computed {
                    call: "slug(title)",
                    reads: &[1usize],
                    on_error: __pxt::OnError::Ignore,
                }),
            },
        ],
        incomplete: false,
        at: __pxt::At {
            file: ::core::file!(),
            line: ::core::line!(),
        },
        module: ::core::module_path!(),
        code: __pxt::Code(&CODE),
    };
    const _: fn(&Poster) = |row| {
        let Poster {
            id: _column_0,
            title: _column_1,
            image: _column_2,
            thumbnail: _column_3,
            slug: _column_4,
        } = row;
    };
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::FromRow for Poster {
        fn from_row(
            row: &mut __pxt::Arguments,
        ) -> ::core::result::Result<Self, __pxt::Mismatch> {
            ::core::result::Result::Ok(Self {
                id: <Uuid as __pxt::ColumnValue>::from_value(row.take()?)?,
                title: <String as __pxt::ColumnValue>::from_value(row.take()?)?,
                image: <Image as __pxt::ColumnValue>::from_value(row.take()?)?,
                thumbnail: <Image as __pxt::ColumnValue>::from_value(row.take()?)?,
                slug: <Option<String> as __pxt::ColumnValue>::from_value(row.take()?)?,
            })
        }
        fn shape() -> __pxt::RowShape {
            __pxt::RowShape::Object(<Self as __pxt::Record>::fields())
        }
    }
    #[automatically_derived]
    impl __pxt::Record for Poster {
        fn fields() -> ::std::vec::Vec<__pxt::RowField> {
            __pxt::table_fields(&DEF)
        }
    }
    #[automatically_derived]
    impl __pxt::MadeOf<(Uuid, String, Image, Image, Option<String>)> for Poster {}
    #[automatically_derived]
    impl __pxt::Defined for Poster {
        const TABLE: &'static __pxt::TableDef = &DEF;
    }
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::Table for Poster {
        type Key = Uuid;
        type New = NewPoster;
        type Changes = PosterChanges;
        fn new_values(
            new: NewPoster,
        ) -> ::std::vec::Vec<::core::option::Option<__pxt::Value>> {
            ::std::vec![
                new.id.map(< Uuid as __pxt::ColumnValue > ::into_value), new.title.map(<
                String as __pxt::ColumnValue > ::into_value),
                ::core::option::Option::Some(< Image as __pxt::ColumnValue >
                ::into_value(new.image)), ::core::option::Option::None,
                ::core::option::Option::None
            ]
        }
        fn change_values(
            changes: PosterChanges,
        ) -> ::std::vec::Vec<(usize, __pxt::Value)> {
            let mut list = ::std::vec::Vec::new();
            if let ::core::option::Option::Some(value) = changes.title {
                list.push((1usize, <String as __pxt::ColumnValue>::into_value(value)));
            }
            if let ::core::option::Option::Some(value) = changes.image {
                list.push((2usize, <Image as __pxt::ColumnValue>::into_value(value)));
            }
            list
        }
        fn key_values(key: Self::Key) -> ::std::vec::Vec<__pxt::Value> {
            ::std::vec![< Uuid as __pxt::ColumnValue > ::into_value(key)]
        }
    }
    #[allow(non_upper_case_globals, dead_code)]
    impl Poster {
        ///The column `id`.
        pub const id: __pxt::Column<Self, Uuid> = __pxt::Column::new(0usize);
        ///As printed.
        pub const title: __pxt::Column<Self, String> = __pxt::Column::new(1usize);
        ///The column `image`.
        pub const image: __pxt::Column<Self, Image> = __pxt::Column::new(2usize);
        ///The column `thumbnail`.
        pub const thumbnail: __pxt::Column<Self, Image> = __pxt::Column::new(3usize);
        ///The column `slug`.
        pub const slug: __pxt::Column<Self, Option<String>> = __pxt::Column::new(4usize);
    }
    const _: () = __pxt::check::expect_key_type(
        "films.posters",
        "id",
        <Uuid as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_default(
        "films.posters",
        "id",
        <Uuid as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_bounded(
        "films.posters",
        "title",
        <String as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_default(
        "films.posters",
        "title",
        <String as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_default_literal(
        "films.posters",
        "title",
        <String as __pxt::ColumnValue>::SHAPE,
        __pxt::Shape::of(__pxt::ColumnType::String),
        "\"untitled\"",
    );
    const _: () = __pxt::check::expect_arity(
        &<crate::thumbnail as __pxt::Function>::SIGNATURE,
        2usize,
    );
    const _: () = __pxt::check::expect_output(
        &<crate::thumbnail as __pxt::Function>::SIGNATURE,
        "films.posters",
        "thumbnail",
        <Image as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_argument(
        &<crate::thumbnail as __pxt::Function>::SIGNATURE,
        0usize,
        <Image as __pxt::ColumnValue>::SHAPE,
        "column `image`",
    );
    const _: () = __pxt::check::expect_argument(
        &<crate::thumbnail as __pxt::Function>::SIGNATURE,
        1usize,
        __pxt::Shape::of(__pxt::ColumnType::Int),
        "`320`",
    );
    const _: () = __pxt::check::expect_arity(
        &<slug as __pxt::Function>::SIGNATURE,
        1usize,
    );
    const _: () = __pxt::check::expect_output(
        &<slug as __pxt::Function>::SIGNATURE,
        "films.posters",
        "slug",
        <Option<String> as __pxt::ColumnValue>::SHAPE,
    );
    const _: () = __pxt::check::expect_argument(
        &<slug as __pxt::Function>::SIGNATURE,
        0usize,
        <String as __pxt::ColumnValue>::SHAPE,
        "column `title`",
    );
    const _: () = __pxt::check::expect_nullable(
        "films.posters",
        "slug",
        <Option<String> as __pxt::ColumnValue>::SHAPE,
    );
};
///The columns of a new row of `films.posters`, as a caller supplies them. A column with a default may be `None`.
pub struct NewPoster {
    ///The column `id`.
    pub id: ::core::option::Option<Uuid>,
    ///As printed.
    pub title: ::core::option::Option<String>,
    ///The column `image`.
    pub image: Image,
}
///Changes to a row of `films.posters`. `None` leaves a column as it is.
pub struct PosterChanges {
    ///As printed.
    pub title: ::core::option::Option<String>,
    ///The column `image`.
    pub image: ::core::option::Option<Image>,
}
#[automatically_derived]
impl ::core::default::Default for PosterChanges {
    fn default() -> Self {
        Self {
            title: ::core::option::Option::None,
            image: ::core::option::Option::None,
        }
    }
}
