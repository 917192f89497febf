// What queries are written of, and the types that they have.
pub mod schema {
    use pxt::jiff::{Timestamp, civil::Date};
    use pxt::{Image, Json, Table, Uuid};

    #[derive(Table)]
    pub struct Poster {
        #[column(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
        pub title: String,
        pub note: Option<String>,
        pub stars: i64,
        pub score: Option<f64>,
        pub shown: Date,
        pub added: Timestamp,
        pub image: Image,
        pub still: Option<Image>,
        pub tags: Json<Vec<String>>,
        pub director: Option<Uuid>,
    }

    #[derive(Table)]
    pub struct Person {
        #[column(primary_key)]
        pub id: Uuid,
        pub name: String,
        pub country: Option<i64>,
    }

    #[derive(Table)]
    pub struct Country {
        #[column(primary_key, auto)]
        pub id: i64,
        pub name: String,
    }

    /// Columns named like the operations, and by a raw identifier.
    #[derive(Table)]
    pub struct Odd {
        #[column(primary_key)]
        pub get: i64,
        pub insert: String,
        pub select: bool,
        pub r#type: String,
        private: i64,
    }

    pub fn private(least: i64) -> pxt::Select<Odd> {
        <Odd as Table>::select().filter(Odd::private.ge(least))
    }

    pxt::schema![Poster, Person, Country, Odd];
}

use pxt::jiff::{Timestamp, civil::date};
use pxt::{App, Condition, Image, Record, Select, Table, Uuid, count};
use schema::{Country, Odd, Person, Poster};

/// A poster that was found.
#[derive(Record)]
pub struct Hit {
    /// As printed.
    pub title: String,
    image: Image,
    r#type: Option<Uuid>,
}

#[derive(Record)]
struct One {
    stars: i64,
}

fn conditions(text: String, wanted: &[i64], since: Timestamp, id: &Uuid) -> Select<Poster> {
    let title = Poster::title;
    Poster::select()
        .filter(title.eq("Alien").or(title.ne(&text)).or(title.eq(text.clone())))
        .filter(title.contains(&text) | title.starts_with("A") | !title.ends_with(text))
        .filter(Poster::note.eq("x") & Poster::note.contains("x") & Poster::note.is_not_null())
        .filter(Poster::stars.lt(3).and(Poster::stars.is_in(wanted)).and(Poster::stars.is_in([1, 2])))
        .filter(Poster::stars.le(5_000_000_000) | Poster::score.gt(0.5) | Poster::score.is_null())
        .filter(Poster::shown.ge(date(1979, 5, 25)) | Poster::added.gt(since).not())
        .filter(Poster::id.eq(id).or(Poster::id.eq(*id)).or(Poster::id.is_in(&[*id])))
        .filter(Poster::still.is_null())
        .filter(Condition::all([title.eq("a"), title.eq("b")]))
        .filter(Condition::any(wanted.iter().map(|stars| Poster::stars.eq(stars))))
}

fn optional(text: Option<String>, stars: Option<i64>) -> Select<Poster> {
    let mut query = Poster::select()
        .filter_if(text, |text| Poster::title.contains(text))
        .filter_if(stars, |stars| Poster::stars.eq(stars));
    if stars.is_none() {
        query = query.order_by(Poster::stars.desc());
    }
    query.order_by(Poster::title.asc()).limit(stars.unwrap_or(10)).offset(2).limit(3_u64).limit(4_usize)
}

fn hits() -> Select<Poster, Hit> {
    Poster::select().columns((Poster::title, Poster::image, Poster::director)).into::<Hit>().limit(5)
}

fn ones() -> Select<Poster, One> {
    Poster::select().columns((Poster::stars,)).into::<One>()
}

fn people() -> Select<Person> {
    Person::select().columns((Person::id, Person::name, Person::country)).into::<Person>()
}

fn scalar() -> Select<Poster, Option<f64>> {
    Poster::select().only(Poster::score)
}

fn joined() -> Select<(Poster, Person), (String, String)> {
    Poster::select()
        .join(Poster::director.same_as(Person::id))
        .filter(Person::name.eq("Scott"))
        .filter(Poster::title.eq("Alien").mixed() | !Person::name.eq("Scott").mixed())
        .order_by(Person::name.asc())
        .order_by(Poster::title.desc())
        .columns((Poster::title, Person::name))
}

fn left_joined()
-> Select<(Poster, Option<Person>, Option<Country>), (String, Option<String>, Option<i64>, Option<String>)> {
    Poster::select()
        .left_join(Poster::director.same_as(Person::id))
        .left_join(Person::country.optional().same_as(Country::id))
        .filter(Person::name.optional().is_null() | Person::name.optional().contains("x"))
        .filter(Country::name.optional().is_null().mixed() | Poster::note.is_null().mixed())
        .columns((
            Poster::title,
            Person::name.optional(),
            Person::country.optional(),
            Country::name.optional().named("country_name"),
        ))
}

fn whole_rows_of_a_join() -> Select<(Poster, Person), Poster> {
    Poster::select().join(Poster::director.same_as(Person::id))
}

fn aggregates()
-> Select<Poster, (i64, i64, i64, Option<i64>, Option<f64>, Option<f64>, Option<String>, Option<Timestamp>)> {
    Poster::select()
        .group_by(Poster::stars)
        .group_by((Poster::shown, Poster::director))
        .order_by(count().desc())
        .order_by(Poster::score.max().asc())
        .columns((
            Poster::stars.named("rank"),
            count(),
            Poster::image.count().named("images"),
            Poster::stars.sum(),
            Poster::score.sum().named("total"),
            Poster::stars.avg(),
            Poster::note.min(),
            Poster::added.max(),
        ))
}

fn named_like_operations() -> Select<Odd, (i64, String, bool, String)> {
    <Odd as Table>::select().filter(Odd::get.eq(1)).columns((Odd::get, Odd::insert, Odd::select, Odd::r#type))
}

async fn run(app: &App) -> pxt::Result<()> {
    let posters: Vec<Poster> = conditions(String::new(), &[1], Timestamp::now(), &Uuid::nil()).fetch(app).await?;
    let hit: Option<Hit> = hits().fetch_optional(app).await?;
    let score: Option<f64> = scalar().fetch_one(app).await?;
    let (title, _): (String, String) = joined().fetch_one(app).await?;
    let number: u64 = optional(None, None).count(app).await?;
    let people: Vec<Person> = app.sql("SELECT * FROM person WHERE name = $1").bind("Scott").bind(1).fetch().await?;
    let ids = app.sql(format!("SELECT {} FROM person", "id")).bind(Some(Uuid::nil())).fetch_scalars::<Uuid>().await?;
    let stream = left_joined().stream(app);
    <Odd as Table>::get(app, 1).await?;
    drop((posters, hit, score, title, number, people, ids, stream));
    Ok(())
}

fn is_send<T: Send>(_: &T) {}

fn main() {
    let checked = |app: &'static App| is_send(&run(app));
    let _: fn(&'static App) = checked;
    assert_eq!(format!("{:?}", Poster::title), "poster.title");
    drop((hits(), ones(), people(), whole_rows_of_a_join(), aggregates(), named_like_operations(), schema::private(1)));
    drop((scalar(), joined(), left_joined(), optional(None, None)));
}
