//! Whether bytes from another machine are a film of the format they should be, as far as can be
//! told without decoding: the outermost structure is whole and in the order that players need.

use bytes::Bytes;
use futures::TryStreamExt;
use manim_core::{Content, Format};

/// An MP4 of ours has three or four boxes.
const MAX_BOXES: usize = 64;
/// The EBML header of a WebM and its document type come well before this.
const HEAD_BYTES: u64 = 4096;

/// What is wrong with it.
pub(crate) async fn check(film: &Content, format: Format) -> Result<(), &'static str> {
    match format {
        Format::Mp4 => check_mp4(film).await,
        Format::WebM => check_webm(film).await,
    }
}

/// ISO/IEC 14496-12: boxes of a 32-bit size (1: a 64-bit one follows) and a type.
async fn check_mp4(film: &Content) -> Result<(), &'static str> {
    let (mut at, mut index, mut pictures) = (0, false, false);
    for number in 0..MAX_BOXES {
        if at == film.len() {
            return if index && pictures {
                Ok(())
            } else {
                Err("a film without pictures")
            };
        }
        let head = read(film, at, 16.min(film.len() - at)).await?;
        let (kind, size) = box_header(&head).ok_or("a film that ends in the middle")?;
        match &kind {
            b"ftyp" if number == 0 => {}
            _ if number == 0 => return Err("no MP4"),
            b"moov" => index = true,
            b"mdat" if !index => return Err("an MP4 with its index at the end"),
            b"mdat" => pictures = true,
            _ => {}
        }
        at = at
            .checked_add(size)
            .filter(|end| *end <= film.len())
            .ok_or("a film that ends in the middle")?;
    }
    Err("an MP4 of too many parts")
}

fn box_header(head: &[u8]) -> Option<([u8; 4], u64)> {
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let kind = head.get(4..8)?.try_into().ok()?;
    let (size, least) = match size {
        1 => (u64::from_be_bytes(head.get(8..16)?.try_into().ok()?), 16),
        size => (u64::from(size), 8),
    };
    (size >= least).then_some((kind, size))
}

/// RFC 8794 and the WebM guidelines: an EBML header whose document type is `webm`.
async fn check_webm(film: &Content) -> Result<(), &'static str> {
    let head = read(film, 0, HEAD_BYTES.min(film.len())).await?;
    let opens = head.starts_with(b"\x1a\x45\xdf\xa3");
    let document = head.windows(7).any(|part| part == b"\x42\x82\x84webm");
    if opens && document { Ok(()) } else { Err("no WebM") }
}

/// Whether it is a PNG that a viewer can hold.
pub(crate) fn check_png(picture: &[u8]) -> Result<(), &'static str> {
    const MOST_PIXELS: u64 = 64 << 20;
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    let info = decoder
        .read_header_info()
        .map_err(|_| "a picture that is no PNG")?;
    let pixels = u64::from(info.width) * u64::from(info.height);
    if pixels <= MOST_PIXELS {
        Ok(())
    } else {
        Err("a picture of too many pixels")
    }
}

async fn read(film: &Content, at: u64, bytes: u64) -> Result<Vec<u8>, &'static str> {
    let pieces = film.read(at..at + bytes).try_collect::<Vec<Bytes>>().await;
    Ok(pieces.map_err(|_| "a film that cannot be read")?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: &[u8; 4], body: usize) -> Vec<u8> {
        let size = u32::try_from(body + 8).unwrap().to_be_bytes();
        [&size[..], kind, &vec![0; body]].concat()
    }

    async fn verdict(parts: &[Vec<u8>]) -> Result<(), &'static str> {
        check(&Content::from(parts.concat()), Format::Mp4).await
    }

    #[tokio::test]
    async fn a_whole_film_passes() {
        let film = [
            part(b"ftyp", 20),
            part(b"moov", 500),
            part(b"free", 0),
            part(b"mdat", 9000),
        ];
        assert_eq!(verdict(&film).await, Ok(()));
    }

    #[tokio::test]
    async fn what_no_player_can_play_is_told_apart() {
        let (opening, index, pictures) = (part(b"ftyp", 20), part(b"moov", 500), part(b"mdat", 90));
        let cut = pictures[..50].to_vec();
        let endless = [&1u32.to_be_bytes()[..], b"mdat", &u64::MAX.to_be_bytes()].concat();
        let still = [&0u32.to_be_bytes()[..], b"free"].concat();
        for (film, why) in [
            (vec![], "a film without pictures"),
            (vec![index.clone()], "no MP4"),
            (vec![b"<html>no film here</html>".to_vec()], "no MP4"),
            (vec![opening.clone(), index.clone()], "a film without pictures"),
            (
                vec![opening.clone(), pictures.clone(), index.clone()],
                "an MP4 with its index at the end",
            ),
            (
                vec![opening.clone(), index.clone(), cut],
                "a film that ends in the middle",
            ),
            (
                vec![opening.clone(), index.clone(), endless],
                "a film that ends in the middle",
            ),
            (vec![opening.clone(), still], "a film that ends in the middle"),
            (vec![opening; 65], "an MP4 of too many parts"),
        ] {
            assert_eq!(verdict(&film).await.unwrap_err(), why);
        }
    }

    #[tokio::test]
    async fn the_stubs_films_pass() {
        use manim_core::testing::stub_film;

        for format in [Format::Mp4, Format::WebM] {
            let film = stub_film(format);
            assert_eq!(check(&film.video, format).await, Ok(()));
            assert_eq!(check_png(&film.poster), Ok(()));
        }
        assert!(check(&stub_film(Format::Mp4).video, Format::WebM).await.is_err());
    }
}
