//! What a job costs beyond its scene: from the request to the first frame, warm.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use manim_core::{Quality, RenderSettings, Renderer};

use crate::choice::Choice;
use crate::measure::median;
use crate::process;
use crate::scenes::scene;

const LEAST: &str = "from manim import *\n\nclass MainScene(Scene):\n    def construct(self):\n        self.add(Square())\n        self.wait()\n";

pub(crate) async fn run(choice: &Choice) -> String {
    let first = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&first);
    let options = crate::options().with_frame_tap(move |_, _| {
        seen.lock().unwrap().get_or_insert_with(Instant::now);
    });
    let renderer = crate::start(options).await;
    let mut text =
        String::from("| quality | request → first frame ms | request → film ms |\n|---|---|---|\n");
    for quality in Quality::ALL {
        let (mut to_frame, mut to_film) = (Vec::new(), Vec::new());
        for _ in 0..choice.runs * 4 {
            *first.lock().unwrap() = None;
            let began = Instant::now();
            let settings = RenderSettings::default().with_quality(quality);
            renderer.render(&scene(LEAST), settings, &()).await.unwrap();
            to_film.push(began.elapsed().as_secs_f64() * 1000.0);
            let frame = first.lock().unwrap().take().expect("a frame came");
            to_frame.push((frame - began).as_secs_f64() * 1000.0);
        }
        text += &format!(
            "| {quality} | {:.0} | {:.0} |\n",
            median(&to_frame),
            median(&to_film)
        );
    }
    let worker = renderer.worker_pid().await.unwrap();
    text + &format!(
        "\nMemory afterwards: supervisor {} MB resident; warm worker {} MB.\n",
        process::resident(std::process::id()) / 1_000_000,
        process::family_memory(worker) / 1_000_000,
    )
}
