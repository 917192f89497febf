//! JSON trees as requests write them: an object that has a key twice means two things, and is refused.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Refusal;

/// Reads a tree.
pub(super) fn read(text: &str) -> Result<Value, Refusal> {
    match serde_json::from_str::<Tree>(text) {
        Ok(Tree(value)) => Ok(value),
        Err(error) => Err(Refusal::format(format!("is not usable JSON: {error}"))),
    }
}

struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Self)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Tree(value))) = fields.next_entry::<String, Tree>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom("an object has a key twice"));
            }
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn trees_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,3.5,1e300,18446744073709551615,true,null,"é\n",{"a":{}}],"b":[]}"#;
        assert_eq!(read(text).ok(), serde_json::from_str(text).ok());
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let refusal = read(r#"[{"a":{"b":1,"c":2,"b":3}}]"#).expect_err("b stands twice");
        assert!(refusal.detail.contains("an object has a key twice"), "{refusal}");
        assert!(read(r#"[{"a":1},{"a":1}]"#).is_ok(), "in two objects");
        assert!(read(&"[".repeat(200)).is_err());
    }
}
