//! [`BlobStore`]: a film is one value of one row. It is held in memory while it is put or read: films
//! have a few megabytes, and SQLite takes values of up to a gigabyte.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use manim_core::{
    Blob, BlobCapabilities, BlobInfo, BlobKey, BlobMeta, BlobStore, Content, SignedMethod, StoreError,
    StoreErrorKind, Timestamp, checked_meta, checked_range,
};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Fault, Sqlite, nanoseconds};

#[async_trait]
impl BlobStore for Sqlite {
    /// Signs nothing: films are read through the program.
    fn capabilities(&self) -> BlobCapabilities {
        BlobCapabilities::default()
    }

    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError> {
        checked_meta(key, &meta)?;
        let whole = whole(key, &content).await?;
        let name = key.clone();
        self.transact("put", key.to_string(), move |sql, now| {
            let written = sql.execute(
                "INSERT INTO blobs (key, created_ns, content) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![name.as_str(), nanoseconds(now), &whole[..]],
            )?;
            match written {
                0 => Err(StoreErrorKind::AlreadyExists.into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError> {
        let name = key.clone();
        self.transact("get", key.to_string(), move |sql, _| {
            let info = head(sql, &name)?.ok_or(StoreErrorKind::NotFound)?;
            let range = checked_range(&name, range, info.bytes).map_err(|error| error.kind())?;
            // A part of nothing is NULL.
            let bytes: Option<Vec<u8>> = sql.query_row(
                "SELECT substr(content, ?2, ?3) FROM blobs WHERE key = ?1",
                // SQLite counts from one.
                params![
                    name.as_str(),
                    range.start.cast_signed() + 1,
                    (range.end - range.start).cast_signed()
                ],
                |row| row.get(0),
            )?;
            Ok(Blob {
                info,
                stream: stream::iter([Ok(Bytes::from(bytes.unwrap_or_default()))]).boxed(),
            })
        })
        .await
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError> {
        let name = key.clone();
        self.transact("head", key.to_string(), move |sql, _| head(sql, &name))
            .await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError> {
        let name = key.clone();
        self.transact("delete", key.to_string(), move |sql, _| {
            sql.execute("DELETE FROM blobs WHERE key = ?1", [name.as_str()])?;
            Ok(())
        })
        .await
    }

    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError> {
        let below = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
        self.transact("list", below.clone(), move |sql, _| {
            let mut statement = sql.prepare_cached(
                "SELECT key, length(content), created_ns FROM blobs WHERE substr(key, 1, length(?1)) = ?1",
            )?;
            let rows = statement.query_map([below], columns)?;
            rows.map(|row| info(row?)).collect()
        })
        .await
    }

    async fn sign(&self, key: &BlobKey, _: SignedMethod, _: Duration) -> Result<String, StoreError> {
        Err(StoreError::new(StoreErrorKind::Unsupported, "sign", key.as_str()))
    }
}

/// The whole content is here before anything is written, so a put that is dropped leaves nothing.
async fn whole(key: &BlobKey, content: &Content) -> Result<Bytes, StoreError> {
    let invalid = |what: String| StoreError::new(StoreErrorKind::Invalid, "put", format!("{key}{what}"));
    let bytes = content.bytes().await;
    let bytes = bytes.map_err(|cause| invalid(String::new()).with_source(cause))?;
    match (bytes.len() as u64, content.len()) {
        (read, said) if read != said => Err(invalid(format!(" ({read} bytes of {said})"))),
        _ => Ok(bytes),
    }
}

fn head(sql: &Transaction<'_>, key: &BlobKey) -> Result<Option<BlobInfo>, Fault> {
    let found = sql
        .query_row(
            "SELECT key, length(content), created_ns FROM blobs WHERE key = ?1",
            [key.as_str()],
            columns,
        )
        .optional()?;
    found.map(info).transpose()
}

type Columns = (String, i64, i64);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn info((key, bytes, created_ns): Columns) -> Result<BlobInfo, Fault> {
    let key = BlobKey::parse(key).map_err(|_| StoreErrorKind::Corrupt)?;
    Ok(BlobInfo {
        meta: BlobMeta::of(&key),
        key,
        bytes: bytes.cast_unsigned(),
        created_at: Timestamp::from_timestamp_nanos(created_ns),
    })
}
