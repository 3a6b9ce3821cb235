//! The page of a link to a film. Works without a script.

use manim_core::StoredFilm;

use super::escaped;
use crate::problem::{Problem, ProblemCode};

/// What the page shows.
pub(crate) enum Landing {
    /// The poster, and a button that opens the film.
    Button(StoredFilm),
    /// The film, to who has opened it.
    Film(StoredFilm),
    /// Why there is none.
    Nothing(Problem),
}

impl Landing {
    /// `path` is the page's own, escaped; with `origin` previews find the poster.
    pub(crate) fn html(&self, path: &str, origin: Option<&str>) -> String {
        let (title, main) = match self {
            Self::Button(film) => ("Your film is ready".to_owned(), button(film, path)),
            Self::Film(film) => ("Your film".to_owned(), player(film, path)),
            Self::Nothing(problem) => nothing(problem),
        };
        let preview = match (self, origin) {
            (Self::Button(_), Some(origin)) => preview(path, origin),
            _ => String::new(),
        };
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>{title}</title>{preview}<link rel=\"icon\" href=\"../assets/icon.svg\" type=\"image/svg+xml\">\
             <link rel=\"stylesheet\" href=\"../assets/style.css\"></head>\
             <body class=\"landing\"><main class=\"card film-card\"><h1>{title}</h1>{main}</main></body></html>"
        )
    }
}

fn button(film: &StoredFilm, path: &str) -> String {
    format!(
        "<img class=\"poster\" src=\"{path}/poster\" alt=\"A frame of the film\" width=\"{}\" height=\"{}\">\
         <p>{}. It can be opened once, and watched and saved for some minutes after that.</p>\
         <form method=\"post\" action=\"{path}\"><button class=\"primary\">Watch the film</button></form>",
        film.info.width,
        film.info.height,
        length(film)
    )
}

fn player(film: &StoredFilm, path: &str) -> String {
    format!(
        "<video class=\"poster\" controls playsinline preload=\"metadata\" src=\"{path}/video\" poster=\"{path}/poster\" \
         width=\"{}\" height=\"{}\"></video>\
         <p>{}. It stays here for some minutes: save it if you want to keep it.</p>\
         <p><a class=\"button\" href=\"{path}/video\" download=\"film.{}\">Save the film</a></p>",
        film.info.width,
        film.info.height,
        length(film),
        film.info.format
    )
}

fn nothing(problem: &Problem) -> (String, String) {
    let title = match problem.code() {
        ProblemCode::FilmGone => "This film is gone",
        ProblemCode::FilmNotReady => "This film is not ready yet",
        ProblemCode::NotFound => "There is no film here",
        _ => "The film cannot be shown now",
    };
    let main = format!("<p>{}</p>", escaped(problem.detail()));
    (title.to_owned(), main)
}

fn preview(path: &str, origin: &str) -> String {
    let origin = escaped(origin);
    format!(
        "<meta property=\"og:title\" content=\"A maths film\"><meta property=\"og:type\" content=\"video.other\">\
         <meta property=\"og:image\" content=\"{origin}{path}/poster\">"
    )
}

fn length(film: &StoredFilm) -> String {
    let seconds = film.info.duration_s().round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} seconds"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
