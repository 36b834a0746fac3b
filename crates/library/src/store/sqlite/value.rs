//! How our types look in columns.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{FromSqlError, Type, ValueRef};
use rusqlite::{Connection, Row};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Reads columns in order.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    at: usize,
}

type Result<T> = rusqlite::Result<T>;

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, at: 0 }
    }

    fn next(&mut self) -> Result<ValueRef<'r>> {
        let value = self.row.get_ref(self.at)?;
        self.at += 1;
        Ok(value)
    }

    fn wrong(
        &self,
        value: ValueRef<'_>,
        message: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(self.at - 1, value.data_type(), message.into())
    }

    pub(super) fn text(&mut self) -> Result<&'r str> {
        let value = self.next()?;
        value.as_str().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn maybe_text(&mut self) -> Result<Option<&'r str>> {
        let value = self.next()?;
        value.as_str_or_null().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn string(&mut self) -> Result<String> {
        self.text().map(str::to_owned)
    }

    pub(super) fn maybe_string(&mut self) -> Result<Option<String>> {
        Ok(self.maybe_text()?.map(str::to_owned))
    }

    pub(super) fn integer(&mut self) -> Result<i64> {
        let value = self.next()?;
        value.as_i64().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn maybe_integer(&mut self) -> Result<Option<i64>> {
        let value = self.next()?;
        value.as_i64_or_null().map_err(|error| self.wrong(value, error))
    }

    /// A smaller integer.
    pub(super) fn maybe_small<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        self.maybe_integer()?.map(|n| self.narrow(n)).transpose()
    }

    pub(super) fn small<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let n = self.integer()?;
        self.narrow(n)
    }

    fn narrow<T: TryFrom<i64>>(&self, n: i64) -> Result<T> {
        T::try_from(n).map_err(|_| self.wrong(ValueRef::Integer(n), format!("{n} is out of range")))
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        Ok(self.integer()? != 0)
    }

    pub(super) fn real(&mut self) -> Result<f64> {
        let value = self.next()?;
        value.as_f64().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn maybe_real(&mut self) -> Result<Option<f64>> {
        let value = self.next()?;
        value.as_f64_or_null().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.integer().map(Timestamp)
    }

    pub(super) fn maybe_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.maybe_integer()?.map(Timestamp))
    }

    pub(super) fn bytes(&mut self) -> Result<&'r [u8]> {
        self.maybe_bytes()?.ok_or_else(|| self.wrong(ValueRef::Null, FromSqlError::InvalidType))
    }

    pub(super) fn maybe_bytes(&mut self) -> Result<Option<&'r [u8]>> {
        let value = self.next()?;
        value.as_blob_or_null().map_err(|error| self.wrong(value, error))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.maybe_array()?.ok_or_else(|| self.wrong(ValueRef::Null, FromSqlError::InvalidType))
    }

    fn maybe_array<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let Some(bytes) = self.maybe_bytes()? else { return Ok(None) };
        match bytes.try_into() {
            Ok(array) => Ok(Some(array)),
            Err(_) => Err(rusqlite::Error::FromSqlConversionFailure(
                self.at - 1,
                Type::Blob,
                format!("{} bytes where {N} were expected", bytes.len()).into(),
            )),
        }
    }

    pub(super) fn id<T: From<uuid::Uuid>>(&mut self) -> Result<T> {
        Ok(T::from(uuid::Uuid::from_bytes(self.array()?)))
    }

    pub(super) fn maybe_id<T: From<uuid::Uuid>>(&mut self) -> Result<Option<T>> {
        Ok(self.maybe_array()?.map(|bytes| T::from(uuid::Uuid::from_bytes(bytes))))
    }

    pub(super) fn sha1(&mut self) -> Result<Sha1> {
        self.array().map(Sha1)
    }

    pub(super) fn maybe_sha1(&mut self) -> Result<Option<Sha1>> {
        Ok(self.maybe_array()?.map(Sha1))
    }

    pub(super) fn hash(&mut self) -> Result<[u8; 32]> {
        self.array()
    }

    /// A text that is one of a closed set of names.
    pub(super) fn name<T>(&mut self) -> Result<T>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text = self.text()?;
        text.parse().map_err(|error: T::Err| self.wrong(ValueRef::Text(text.as_bytes()), error))
    }

    pub(super) fn maybe_name<T>(&mut self) -> Result<Option<T>>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let Some(text) = self.maybe_text()? else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| self.wrong(ValueRef::Text(text.as_bytes()), error))
    }
}

/// Lower case without accents, for searches that ignore both.
pub(super) fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// SQL functions of our own: `fold(text)`, see [`fold`].
pub(super) fn register_functions(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("fold", 1, flags, |context| Ok(context.get_raw(0).as_str_or_null()?.map(fold)))
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folding_ignores_case_and_accents() {
        assert_eq!(fold("Crème BRÛLÉE"), "creme brulee");
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
    }
}
