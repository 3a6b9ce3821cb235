//! Brings a film home, from its server or from the bucket where the server has put it, and looks
//! at it before anybody else does.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{self, BoxStream, StreamExt};
use manim_core::{BlobKey, BlobStore, Content, ContentSource, Film, FilmInfo, JobId, RenderSettings};
use reqwest::{Method, Url};

use super::call::{Line, Missed, nonsense, read, unreachable};
use super::container;
use super::fleet::fit_isolation;
use super::options::RemoteOptions;
use crate::content::FileContent;

/// 50 MB over a slow line.
const FILM_LIMIT: Duration = Duration::from_secs(300);
const PICTURE_LIMIT: Duration = Duration::from_secs(60);
/// A storyboard of a long film has some hundred kilobytes.
const MAX_PICTURE_BYTES: usize = 8 << 20;
/// Ten hours at 60 frames a second.
const MAX_FRAMES: u64 = 10 * 3600 * 60;
const MAX_SIDE: u32 = 8192;
const MAX_FRAME_RATE: u32 = 240;

/// One film to be fetched.
pub(crate) struct Parcel<'a> {
    pub(crate) line: &'a Line,
    pub(crate) server: &'a Url,
    pub(crate) id: JobId,
    pub(crate) options: &'a RemoteOptions,
    /// The video is there, if the server could put it there.
    pub(crate) bucket: Option<BucketPlace>,
}

impl Parcel<'_> {
    /// The film, if it is one and as described.
    pub(crate) async fn open(self, info: FilmInfo, settings: RenderSettings) -> Result<Film, Missed> {
        self.plausible(&info, settings)?;
        let (poster, storyboard) = (self.picture("poster").await?, self.picture("storyboard").await?);
        let video = match &self.bucket {
            Some(place) => place.open(&info).await.map_err(|why| self.odd(&why))?,
            None => self.video(&info).await?,
        };
        container::check(&video, info.format)
            .await
            .map_err(|why| self.odd(why))?;
        Ok(Film {
            info,
            video,
            poster,
            storyboard,
        })
    }

    fn plausible(&self, info: &FilmInfo, settings: RenderSettings) -> Result<(), Missed> {
        let side = |pixels: u32| (1..=MAX_SIDE).contains(&pixels);
        let frames =
            (1..=MAX_FRAMES).contains(&info.frames) && (1..=info.frames).contains(&info.distinct_frames);
        let rate = (1..=MAX_FRAME_RATE).contains(&info.frame_rate);
        if !(frames && rate && side(info.width) && side(info.height) && info.format == settings.format) {
            return Err(self.odd("a film that cannot be"));
        }
        if !(1..=self.options.film_bytes).contains(&info.bytes) {
            return Err(self.odd("a film that is too large, or empty"));
        }
        let host = self.server.origin().ascii_serialization();
        fit_isolation(&host, info.isolation, self.options.minimum).map_err(Missed::Lost)
    }

    async fn picture(&self, part: &str) -> Result<Bytes, Missed> {
        let path = format!("/render/{}/{part}", self.id);
        let answer = self
            .line
            .open(self.server, Method::GET, &path, None::<&()>, PICTURE_LIMIT)
            .await?;
        let picture = read(answer, MAX_PICTURE_BYTES, self.server).await?;
        container::check_png(&picture).map_err(|why| self.odd(why))?;
        Ok(picture.into())
    }

    /// Into a file without a name: it goes with its last reader.
    async fn video(&self, info: &FilmInfo) -> Result<Content, Missed> {
        let path = format!("/render/{}/video", self.id);
        let opened = self
            .line
            .open(self.server, Method::GET, &path, None::<&()>, FILM_LIMIT);
        let mut answer = opened.await?;
        let mut file = tempfile::tempfile().map_err(|error| Missed::Final(no_room().with_source(error)))?;
        let mut bytes = 0;
        loop {
            let piece = answer.chunk().await;
            let lost = |error: reqwest::Error| {
                Missed::Unheard(unreachable(self.server).with_source(error.without_url()))
            };
            let Some(piece) = piece.map_err(lost)? else { break };
            bytes += piece.len() as u64;
            if bytes > info.bytes {
                break;
            }
            file = write(file, piece)
                .await
                .map_err(|error| Missed::Final(no_room().with_source(error)))?;
        }
        if bytes != info.bytes {
            return Err(self.odd("a film of another size than it said"));
        }
        let content = FileContent::new(file).map_err(|error| Missed::Final(no_room().with_source(error)))?;
        Ok(Content::new(content))
    }

    fn odd(&self, what: &str) -> Missed {
        Missed::Lost(nonsense(self.server, what))
    }
}

async fn write(mut file: File, piece: Bytes) -> io::Result<File> {
    let writing = tokio::task::spawn_blocking(move || file.write_all(&piece).map(|()| file));
    writing.await.map_err(io::Error::other)?
}

fn no_room() -> manim_core::RenderError {
    manim_core::RenderError::new(manim_core::RenderErrorKind::Resources, "keep", "a fetched film")
}

/// A place in a bucket that one film goes through; emptied when the last holder is gone.
#[derive(Debug, Clone)]
pub(crate) struct BucketPlace(Arc<Place>);

#[derive(Debug)]
struct Place {
    blobs: Arc<dyn BlobStore>,
    key: BlobKey,
}

impl BucketPlace {
    pub(crate) fn new(blobs: Arc<dyn BlobStore>, key: BlobKey) -> Self {
        Self(Arc::new(Place { blobs, key }))
    }

    async fn open(&self, info: &FilmInfo) -> Result<Content, String> {
        let head = self.0.blobs.head(&self.0.key).await;
        let head = head.map_err(|error| manim_core::chain(&error))?;
        match head {
            Some(head) if head.bytes == info.bytes => Ok(Content::new(InBucket {
                place: self.clone(),
                bytes: head.bytes,
            })),
            Some(_) => Err("a film of another size than it said".to_owned()),
            None => Err("a film that is not where it was to be put".to_owned()),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (blobs, key) = (Arc::clone(&self.blobs), self.key.clone());
        runtime.spawn(async move {
            if let Err(error) = blobs.delete(&key).await {
                tracing::debug!(
                    error = manim_core::chain(&error),
                    "an upload was not removed; it is swept"
                );
            }
        });
    }
}

/// A video that is read from the bucket piece by piece.
#[derive(Debug)]
struct InBucket {
    place: BucketPlace,
    bytes: u64,
}

impl ContentSource for InBucket {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        if range.start > range.end || range.end > self.bytes {
            return stream::iter([Err(io::ErrorKind::InvalidInput.into())]).boxed();
        }
        let place = self.place.clone();
        let opening = async move {
            let blob = place.0.blobs.get(&place.0.key, Some(range)).await;
            let pieces = blob.map_err(io::Error::other)?.stream.map_err(io::Error::other);
            // The place is kept until the last piece is read.
            Ok::<_, io::Error>(pieces.inspect(move |_| {
                let _held = &place;
            }))
        };
        stream::once(opening).try_flatten().boxed()
    }
}
