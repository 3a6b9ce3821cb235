//! The two still pictures of a film: a poster and a storyboard. Chooses and draws them
//! from frames as they go by, in memory that does not grow with the film.

use std::io;

use png::{BitDepth, ColorType, Compression, Encoder};

use crate::ring::BYTES_PER_PIXEL;

/// Tiles of a storyboard: as many as are still told apart on one sheet.
const MOST_TILES: usize = 24;
/// Moments kept before every other one is given up.
const MOST_MOMENTS: usize = 2 * MOST_TILES;
/// Width of a tile in pixels.
const TILE_WIDTH: u32 = 320;
/// Pixels between tiles.
const GAP: u32 = 8;
/// Behind the tiles: dark and neutral, and not the black of most films.
const BEHIND: [u8; 3] = [42, 42, 46];
/// A poster shows at least this share of the fullest moment's drawing: what fades out at
/// the end does not.
const FULL_ENOUGH: f64 = 0.6;
/// Tiles whose every colour is this close look the same: the last frame of a movement,
/// and the rest that follows it.
const ALIKE: u8 = 40;

/// Looks at the last frame of each animation.
#[derive(Debug)]
pub(crate) struct Sketchbook {
    width: u32,
    height: u32,
    tile: (u32, u32),
    moments: Vec<Vec<u8>>,
    seen: u64,
    stride: u64,
    poster: Vec<u8>,
    poster_ink: f64,
    most_ink: f64,
}

/// The finished pictures, as PNG.
#[derive(Debug)]
pub(crate) struct Pictures {
    pub(crate) poster: Vec<u8>,
    pub(crate) storyboard: Vec<u8>,
}

impl Sketchbook {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let tile_width = TILE_WIDTH.min(width);
        let tile_height =
            (u64::from(height) * u64::from(tile_width)).div_ceil(u64::from(width).max(1)) as u32;
        Self {
            width,
            height,
            tile: (tile_width, tile_height.min(height)),
            moments: Vec::new(),
            seen: 0,
            stride: 1,
            poster: Vec::new(),
            poster_ink: 0.0,
            most_ink: 0.0,
        }
    }

    /// The last frame of an animation, if it differs from the last one of the animation
    /// before it.
    pub(crate) fn moment(&mut self, rgba: &[u8]) {
        self.seen += 1;
        if (self.seen - 1).is_multiple_of(self.stride) {
            self.keep(rgba);
        }
    }

    /// Draws both pictures; `last` is the film's last frame.
    pub(crate) fn finish(mut self, last: &[u8]) -> io::Result<Pictures> {
        let tile = shrink(last, (self.width, self.height), self.tile);
        if self.moments.last() != Some(&tile) {
            self.keep(last);
        }
        let poster = opaque(&self.poster);
        Ok(Pictures {
            poster: png(&poster, self.width, self.height, Compression::Balanced)?,
            storyboard: sheet(&self.moments, self.tile)?,
        })
    }

    fn keep(&mut self, rgba: &[u8]) {
        let tile = shrink(rgba, (self.width, self.height), self.tile);
        let ink = ink(&tile);
        self.most_ink = self.most_ink.max(ink);
        if ink >= self.most_ink * FULL_ENOUGH || self.poster.is_empty() {
            self.poster.clear();
            self.poster.extend_from_slice(rgba);
            self.poster_ink = ink;
        }
        if self.moments.last().is_some_and(|last| alike(last, &tile)) {
            self.moments.pop();
        }
        self.moments.push(tile);
        if self.moments.len() > MOST_MOMENTS {
            thin_out(&mut self.moments);
            self.stride *= 2;
        }
    }
}

/// Keeps the first of every two.
fn thin_out(moments: &mut Vec<Vec<u8>>) {
    let mut index = 0;
    moments.retain(|_| {
        index += 1;
        index % 2 == 1
    });
}

/// How much is drawn on a picture: the sum of the differences from its corner.
fn ink(rgb: &[u8]) -> f64 {
    let Some(corner) = rgb.first_chunk::<3>() else {
        return 0.0;
    };
    let difference = |pixel: &[u8]| -> u64 {
        pixel
            .iter()
            .zip(corner)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum()
    };
    rgb.chunks_exact(3).map(difference).sum::<u64>() as f64
}

fn alike(a: &[u8], b: &[u8]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= ALIKE)
}

/// Averages areas of RGBA into a smaller RGB picture.
fn shrink(rgba: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let columns: Vec<_> = spans(from.0, to.0).collect();
    let row_bytes = from.0 as usize * BYTES_PER_PIXEL;
    let mut small = Vec::with_capacity(to.0 as usize * to.1 as usize * 3);
    for (top, bottom) in spans(from.1, to.1) {
        let rows = &rgba[top * row_bytes..bottom * row_bytes];
        for &(left, right) in &columns {
            small.extend(average(
                rows,
                row_bytes,
                left * BYTES_PER_PIXEL..right * BYTES_PER_PIXEL,
            ));
        }
    }
    small
}

fn average(rows: &[u8], row_bytes: usize, columns: std::ops::Range<usize>) -> [u8; 3] {
    let mut sum = [0u32; 3];
    let mut count = 0;
    for row in rows.chunks_exact(row_bytes) {
        for pixel in row[columns.clone()].chunks_exact(BYTES_PER_PIXEL) {
            for (channel, value) in sum.iter_mut().zip(pixel) {
                *channel += u32::from(*value);
            }
            count += 1;
        }
    }
    sum.map(|channel| (channel / count.max(1)) as u8)
}

/// Where each of `pieces` begins and ends in `whole`; none is empty.
fn spans(whole: u32, pieces: u32) -> impl Iterator<Item = (usize, usize)> {
    let at = move |piece: u32| (u64::from(piece) * u64::from(whole) / u64::from(pieces.max(1))) as usize;
    (0..pieces).map(move |piece| (at(piece), at(piece + 1)))
}

/// The tiles on one sheet, evenly picked, in rows.
fn sheet(moments: &[Vec<u8>], tile: (u32, u32)) -> io::Result<Vec<u8>> {
    let tiles = evenly(moments, MOST_TILES);
    let columns = columns(tiles.len());
    let rows = tiles.len().div_ceil(columns) as u32;
    let width = columns as u32 * (tile.0 + GAP) + GAP;
    let height = rows * (tile.1 + GAP) + GAP;
    let mut sheet = BEHIND.repeat(width as usize * height as usize);
    for (index, picture) in tiles.iter().enumerate() {
        let left = GAP + (index % columns) as u32 * (tile.0 + GAP);
        let top = GAP + (index / columns) as u32 * (tile.1 + GAP);
        for (row, pixels) in picture.chunks_exact(tile.0 as usize * 3).enumerate() {
            let start = ((top as usize + row) * width as usize + left as usize) * 3;
            sheet[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    png(&sheet, width, height, Compression::Balanced)
}

/// At most `most` of `all`, the first and the last among them.
fn evenly<T>(all: &[T], most: usize) -> Vec<&T> {
    if all.len() <= most {
        return all.iter().collect();
    }
    let pick = |index: usize| &all[index * (all.len() - 1) / (most - 1)];
    (0..most).map(pick).collect()
}

/// Sheets are wider than high, as films are.
fn columns(tiles: usize) -> usize {
    match tiles {
        0 | 1 => 1,
        2..=4 => 2,
        5..=9 => 3,
        10..=16 => 4,
        _ => 5,
    }
}

fn opaque(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(BYTES_PER_PIXEL)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect()
}

fn png(rgb: &[u8], width: u32, height: u32, compression: Compression) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(compression);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (8, 4);

    /// A black frame with its first `lit` pixels after the corner in grey `level`.
    fn frame(lit: usize, level: u8) -> Vec<u8> {
        let mut rgba = [0, 0, 0, 255].repeat(32);
        for pixel in rgba.chunks_exact_mut(4).skip(1).take(lit) {
            pixel[..3].fill(level);
        }
        rgba
    }

    fn poster_of(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut book = Sketchbook::new(SIZE.0, SIZE.1);
        frames.iter().for_each(|frame| book.moment(frame));
        book.poster
    }

    #[test]
    fn the_poster_is_the_last_full_moment_and_not_the_fade_out() {
        let (title, steps, result) = (frame(4, 255), frame(20, 255), frame(18, 255));
        let fading = frame(18, 30);
        let frames = [title, steps, result.clone(), fading, frame(0, 0)];
        assert_eq!(poster_of(&frames), result);
    }

    #[test]
    fn a_film_that_shows_nothing_has_a_poster_all_the_same() {
        assert_eq!(poster_of(&[frame(0, 0)]), frame(0, 0));
    }

    #[test]
    fn a_movement_and_the_rest_after_it_are_one_tile() {
        let mut book = Sketchbook::new(SIZE.0, SIZE.1);
        [frame(9, 190), frame(9, 200), frame(9, 90)]
            .iter()
            .for_each(|frame| book.moment(frame));
        assert_eq!(book.moments.len(), 2);
    }

    #[test]
    fn ten_thousand_moments_become_one_sheet() {
        let mut book = Sketchbook::new(SIZE.0, SIZE.1);
        for number in 0..10_000u32 {
            book.moment(&frame((number * 7 % 30) as usize, 200));
            assert!(book.moments.len() <= MOST_MOMENTS);
        }
        assert!(book.moments.len() > MOST_TILES / 2);
    }

    #[test]
    fn the_first_and_the_last_moment_are_on_the_sheet() {
        let all: Vec<usize> = (0..41).collect();
        let picked = evenly(&all, MOST_TILES);
        assert_eq!(
            (picked.len(), *picked[0], *picked[MOST_TILES - 1]),
            (MOST_TILES, 0, 40)
        );
    }

    #[test]
    fn shrinking_averages() {
        let rgba = [[0, 0, 0, 255], [100, 200, 50, 255]].concat().repeat(2);
        assert_eq!(shrink(&rgba, (2, 2), (1, 1)), [50, 100, 25]);
    }
}
