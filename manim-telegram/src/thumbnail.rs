//! A film's poster in the form that the service takes as a thumbnail: JPEG, at most 320 pixels
//! wide and high, at most 200 kB (<https://core.telegram.org/bots/api#sendvideo>).

use image::ImageFormat;

const MAX_SIDE: u32 = 320;
const MAX_BYTES: usize = 200 * 1000;

/// `None` if the poster cannot be read: a film without a thumbnail is a film all the same.
pub(crate) fn thumbnail(poster: &[u8]) -> Option<Vec<u8>> {
    let picture = image::load_from_memory_with_format(poster, ImageFormat::Png).ok()?;
    let small = picture.thumbnail(MAX_SIDE, MAX_SIDE).into_rgb8();
    let mut bytes = std::io::Cursor::new(Vec::new());
    small.write_to(&mut bytes, ImageFormat::Jpeg).ok()?;
    let bytes = bytes.into_inner();
    (bytes.len() <= MAX_BYTES).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use image::GenericImageView;

    use super::*;

    #[test]
    fn a_poster_becomes_a_small_jpeg() {
        let film = manim_core::testing::stub_film(manim_core::Format::Mp4);
        let small = image::load_from_memory(&thumbnail(&film.poster).unwrap()).unwrap();
        let (width, height) = small.dimensions();
        assert!(width.max(height) <= MAX_SIDE, "{width}x{height}");
    }

    #[test]
    fn a_large_one_keeps_its_shape() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(1920, 1080)
            .write_to(&mut png, ImageFormat::Png)
            .unwrap();
        let small = image::load_from_memory(&thumbnail(png.get_ref()).unwrap()).unwrap();
        assert_eq!(small.dimensions(), (320, 180));
    }

    #[test]
    fn what_is_no_picture_has_no_thumbnail() {
        assert!(thumbnail(b"not a picture").is_none());
    }
}
