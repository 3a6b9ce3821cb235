//! What ffmpeg is asked to do.

use manim_core::Format;

use super::Shape;

/// ffmpeg's command line up to the name of the film: raw pictures come on descriptor 0.
pub(super) fn arguments(shape: Shape) -> Vec<String> {
    let size = format!("{}x{}", shape.width, shape.height);
    let rate = shape.frame_rate.to_string();
    // A player finds its way to any point within two seconds of film.
    let group = (shape.frame_rate * 2).to_string();
    let input = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-video_size",
        &size,
        "-framerate",
        &rate,
        "-i",
        "pipe:0",
    ];
    let quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"];
    let colours = [
        "-pix_fmt",
        "yuv420p",
        "-color_range",
        "tv",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
    ];
    let common = ["-an", "-sn", "-dn", "-map_metadata", "-1", "-g", &group];
    let all = quiet.iter().chain(&input).chain(&colours).chain(&common);
    let codec = codec(shape.format);
    all.chain(codec)
        .chain(&["-y"])
        .map(|word| (*word).to_owned())
        .collect()
}

fn codec(format: Format) -> &'static [&'static str] {
    match format {
        // Against Manim's own settings (medium, 23): at 19 two films of 1080p60 fell below them in
        // SSIM, by up to 0.0002. 17 is above them on a graph (0.99991 to 0.99990) with 1.1 times
        // their size; superfast at 19 saves a tenth of the work and takes 1.5 times their size.
        Format::Mp4 => &[
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "17",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
        ],
        Format::WebM => &[
            "-c:v",
            "libvpx-vp9",
            "-deadline",
            "realtime",
            "-cpu-used",
            "6",
            "-row-mt",
            "1",
            "-crf",
            "30",
            "-b:v",
            "0",
            "-f",
            "webm",
        ],
    }
}
