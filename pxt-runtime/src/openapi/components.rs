//! The named schemas of a document: one for each type that routes read or answer.
//!
//! A type may be written otherwise than it is read (`#[serde(default)]`, say). Each is asked for both forms, so that two
//! types of one name are told from two forms of one type; where a document needs both, the form that is read is `TInput`.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{Schema as JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};

use super::schema::WITHOUT_NUL;

/// Where the schemas of a document stand.
const SCHEMAS: &str = "#/components/schemas/";

/// JSON of any structure.
pub(super) const ANY_JSON: &str = "#/components/schemas/JsonValue";

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// It is read.
    Request,
    /// It is written.
    Answer,
}

/// The types that were met.
#[derive(Default)]
pub(super) struct Components {
    types: BTreeMap<String, Type>,
    /// Types of one name.
    clashes: BTreeMap<String, String>,
}

/// A type in both of its forms, and the route that brought it.
#[derive(Default)]
struct Type {
    request: Option<Json>,
    answer: Option<Json>,
    route: String,
}

impl Way {
    /// What refers to a type in this form, until names are settled.
    fn prefix(self) -> &'static str {
        match self {
            Self::Request => "#/components/request/",
            Self::Answer => "#/components/answer/",
        }
    }
}

impl Type {
    fn form(&self, way: Way) -> Option<&Json> {
        match way {
            Way::Request => self.request.as_ref(),
            Way::Answer => self.answer.as_ref(),
        }
    }
}

impl Components {
    /// The schema that a type writes of itself, its parts kept as components.
    pub(super) fn schema(
        &mut self,
        way: Way,
        route: &str,
        write: impl Fn(&mut SchemaGenerator) -> Option<JsonSchema>,
    ) -> Option<Json> {
        let request = self.form(Way::Request, route, &write);
        let answer = self.form(Way::Answer, route, &write);
        let mut schema = if way == Way::Request { request } else { answer }?;
        each_reference(&mut schema, &mut |target| {
            if let Some(name) = target.strip_prefix(SCHEMAS) {
                *target = format!("{}{name}", way.prefix());
            }
        });
        Some(if way == Way::Request { strict(schema) } else { schema })
    }

    fn form(
        &mut self,
        way: Way,
        route: &str,
        write: &impl Fn(&mut SchemaGenerator) -> Option<JsonSchema>,
    ) -> Option<Json> {
        let contract = if way == Way::Request { Contract::Deserialize } else { Contract::Serialize };
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
        });
        let mut generator = settings.into_generator();
        let mut schema = write(&mut generator)?.to_value();
        for (name, mut definition) in generator.take_definitions(true) {
            plain_references(&mut definition);
            self.keep(way, route, plain(&name), definition);
        }
        plain_references(&mut schema);
        Some(schema)
    }

    fn keep(&mut self, way: Way, route: &str, name: String, definition: Json) {
        let ty = self.types.entry(name.clone()).or_insert_with(|| Type { route: route.to_owned(), ..Type::default() });
        let form = if way == Way::Request { &mut ty.request } else { &mut ty.answer };
        if form.as_ref().is_some_and(|known| *known != definition) {
            let places = match ty.route == route {
                true => format!("both of {route}"),
                false => format!("one of {}, one of {route}", ty.route),
            };
            let text = format!(
                "two types are named `{name}`, {places}: name one of them otherwise by `#[schemars(rename = \"…\")]`"
            );
            self.clashes.entry(name).or_insert(text);
        } else {
            *form = Some(definition);
        }
    }

    /// The schema of the type that a reference names, in the form that is read.
    pub(super) fn target(&self, reference: &str) -> Option<&Json> {
        let name = reference.strip_prefix(Way::Request.prefix()).or_else(|| reference.strip_prefix(SCHEMAS))?;
        self.types.get(name)?.request.as_ref()
    }

    /// Settles the names in a document, and returns its schemas: `own` ones, and those that it refers to.
    ///
    /// # Errors
    /// A sentence for each name that two types have.
    pub(super) fn finish(
        mut self,
        document: &mut Json,
        own: Map<String, Json>,
    ) -> Result<Map<String, Json>, Vec<String>> {
        let used = self.used(document);
        let several = self.several(&used);
        let name_in = |way: Way, name: &str| match way == Way::Request && several.contains(name) {
            true => format!("{name}Input"),
            false => name.to_owned(),
        };
        each_reference(document, &mut |target| {
            for way in [Way::Request, Way::Answer] {
                if let Some(name) = target.strip_prefix(way.prefix()) {
                    *target = format!("{SCHEMAS}{}", name_in(way, name));
                }
            }
        });
        let mut schemas = own;
        for (way, name) in &used {
            let Some(ty) = self.types.get(name) else { continue };
            let Some(mut schema) = ty.form(*way).cloned() else { continue };
            let both = used.contains(&(Way::Request, name.clone()));
            each_reference(&mut schema, &mut |target| {
                if let Some(name) = target.strip_prefix(SCHEMAS) {
                    *target = format!("{SCHEMAS}{}", name_in(*way, name));
                }
            });
            if *way == Way::Request || (both && !several.contains(name)) {
                schema = strict(schema);
            }
            let final_name = name_in(*way, name);
            if schemas.get(&final_name).is_some_and(|known| *known != schema) {
                let text = format!(
                    "`{final_name}` of {} is a name that the document needs: name the type otherwise by `#[schemars(rename = \"…\")]`",
                    ty.route
                );
                self.clashes.entry(final_name.clone()).or_insert(text);
            }
            schemas.insert(final_name, schema);
        }
        if self.clashes.is_empty() { Ok(schemas) } else { Err(self.clashes.into_values().collect()) }
    }

    /// The types that a document refers to, and those that they refer to.
    fn used(&self, document: &mut Json) -> BTreeSet<(Way, String)> {
        let mut open = Vec::new();
        each_reference(document, &mut |target| {
            for way in [Way::Request, Way::Answer] {
                open.extend(target.strip_prefix(way.prefix()).map(|name| (way, name.to_owned())));
            }
        });
        let mut used = BTreeSet::new();
        while let Some((way, name)) = open.pop() {
            let form = self.types.get(&name).and_then(|ty| ty.form(way));
            if used.insert((way, name))
                && let Some(form) = form
            {
                open.extend(references(form).into_iter().map(|name| (way, name)));
            }
        }
        used
    }

    /// The names of types that are read in another form than they are written, and both are needed.
    fn several(&self, used: &BTreeSet<(Way, String)>) -> BTreeSet<String> {
        let both = |name: &String| [Way::Request, Way::Answer].iter().all(|way| used.contains(&(*way, name.clone())));
        let shared: Vec<_> = self.types.iter().filter(|(name, _)| both(name)).collect();
        let mut several: BTreeSet<String> =
            shared.iter().filter(|(_, ty)| ty.request != ty.answer).map(|(name, _)| (*name).clone()).collect();
        loop {
            let leads = |ty: &Type| ty.request.iter().flat_map(references).any(|name| several.contains(&name));
            let leading = shared.iter().filter(|(name, ty)| !several.contains(*name) && leads(ty));
            let more: Vec<_> = leading.map(|(name, _)| (*name).clone()).collect();
            if more.is_empty() {
                return several;
            }
            several.extend(more);
        }
    }
}

/// A name as OpenAPI allows it.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

/// Names types in references as [`plain`] does. schemars writes them as a URI's fragment and a pointer's token.
fn plain_references(schema: &mut Json) {
    each_reference(schema, &mut |target| {
        if let Some(written) = target.strip_prefix(SCHEMAS) {
            let name = percent_decode_str(written).decode_utf8_lossy().replace("~1", "/").replace("~0", "~");
            *target = format!("{SCHEMAS}{}", plain(&name));
        }
    });
}

/// The names of the types that a schema refers to.
fn references(schema: &Json) -> Vec<String> {
    let mut names = Vec::new();
    each_reference(&mut schema.clone(), &mut |target| {
        names.extend(target.strip_prefix(SCHEMAS).map(str::to_owned));
    });
    names
}

/// Calls for each `$ref`.
fn each_reference(value: &mut Json, call: &mut impl FnMut(&mut String)) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| each_reference(item, call)),
        Json::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Json::String(target) if name == "$ref" => call(target),
                    value => each_reference(value, call),
                }
            }
        }
        _ => {}
    }
}

/// Says what the server refuses in JSON of any structure: NUL characters, and integers that Rust's types do not hold.
fn strict(schema: Json) -> Json {
    let Ok(mut schema) = JsonSchema::try_from(schema) else { return json!({"$ref": ANY_JSON}) };
    RecursiveTransform(narrow).transform(&mut schema);
    schema.to_value()
}

fn narrow(schema: &mut JsonSchema) {
    if schema.as_bool() == Some(true) {
        *schema = schemars::json_schema!({"$ref": ANY_JSON});
    }
    let Some(object) = schema.as_object_mut() else { return };
    let types = object.get("type").map(|ty| ty.as_array().cloned().unwrap_or_else(|| vec![ty.clone()]));
    let is = |ty: &str| types.iter().flatten().any(|known| known == ty);
    if is("string") && !["pattern", "format", "enum", "const"].iter().any(|key| object.contains_key(*key)) {
        object.insert("pattern".to_owned(), WITHOUT_NUL.into());
    }
    if is("object") && object.get("additionalProperties") != Some(&Json::Bool(false)) {
        object.entry("propertyNames").or_insert_with(|| json!({"pattern": WITHOUT_NUL}));
    }
    if is("integer") {
        let (least, most) = match object.get("format").and_then(Json::as_str) {
            Some("int32") => (json!(i32::MIN), json!(i32::MAX)),
            Some("int64" | "int") => (json!(i64::MIN), json!(i64::MAX)),
            Some("uint32") => (json!(0), json!(u32::MAX)),
            Some("uint64" | "uint") => (json!(0), json!(u64::MAX)),
            _ => return,
        };
        object.entry("minimum").or_insert(least);
        object.entry("maximum").or_insert(most);
    }
}

/// JSON of any structure, as requests may carry it. `unevaluatedProperties` says here what `additionalProperties` would, which
/// generators of clients take for a sign that it is an object.
pub(super) fn any_json() -> Json {
    json!({
        "description": "Any JSON value. No text in it, and no name of a member, has a NUL character.",
        "pattern": WITHOUT_NUL,
        "minimum": f64::MIN,
        "maximum": f64::MAX,
        "items": {"$ref": ANY_JSON},
        "propertyNames": {"pattern": WITHOUT_NUL},
        "unevaluatedProperties": {"$ref": ANY_JSON},
    })
}
