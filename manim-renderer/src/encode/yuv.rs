//! From the colours that Cairo draws to those that films have.

use std::io;

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgba_to_yuv420,
};

use crate::pages::Pages;

/// One picture in YUV 4:2:0, BT.709, limited range: planes one after the other.
#[derive(Debug)]
pub(super) struct Picture {
    width: u32,
    height: u32,
    pub(super) bytes: Pages,
}

impl Picture {
    pub(super) fn new(width: u32, height: u32) -> io::Result<Self> {
        let luma = width as usize * height as usize;
        let chroma = width.div_ceil(2) as usize * height.div_ceil(2) as usize;
        Ok(Self {
            width,
            height,
            bytes: Pages::new(luma + 2 * chroma)?,
        })
    }

    pub(super) fn draw(&mut self, rgba: &[u8]) -> Result<(), yuv::YuvError> {
        let (luma, chroma) = self
            .bytes
            .split_at_mut(self.width as usize * self.height as usize);
        let (blue, red) = chroma.split_at_mut(chroma.len() / 2);
        let mut planes = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(luma),
            y_stride: self.width,
            u_plane: BufferStoreMut::Borrowed(blue),
            u_stride: self.width.div_ceil(2),
            v_plane: BufferStoreMut::Borrowed(red),
            v_stride: self.width.div_ceil(2),
            width: self.width,
            height: self.height,
        };
        rgba_to_yuv420(
            &mut planes,
            rgba,
            self.width * 4,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_and_black_use_the_limited_range() {
        let mut picture = Picture::new(2, 2).unwrap();
        picture.draw(&[255; 16]).unwrap();
        assert_eq!(*picture.bytes, [235, 235, 235, 235, 128, 128]);
        picture.draw(&[0; 16]).unwrap();
        assert_eq!(*picture.bytes, [16, 16, 16, 16, 128, 128]);
    }
}
