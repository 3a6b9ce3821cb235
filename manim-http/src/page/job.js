// Shows one job: its way, its film, and what is behind the film.

import { typeset } from "./math.js";
import { coloured } from "./python.js";
import { videoAddress } from "./api.js";

const STAGES = [
  ["queued", "Waiting for its turn"],
  ["ai_generating", "Writing the animation"],
  ["code_validating", "Checking code and mathematics"],
  ["rendering", "Drawing the frames"],
  ["uploading", "Storing the film"],
  ["ready", "Ready to watch"],
];
const NAMES = {
  queued: "waiting", ai_generating: "writing", code_validating: "checking", rendering: "drawing", uploading: "storing",
  ready: "ready", delivered: "watched", failed: "failed", cancelled: "cancelled", expired: "expired",
};
const KINDS = { ready: "good", delivered: "off", failed: "bad", cancelled: "off", expired: "off" };

export const statusName = (status) => NAMES[status] ?? status;
export const stageTitle = (status) => STAGES.find(([name]) => name === status)?.[1] ?? statusName(status);

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const pill = (status) => make("span", { className: `pill ${KINDS[status] ?? "busy"}` }, statusName(status));

// The parts that stay while the job goes on are told apart from those that are drawn anew.
export function jobView(job, { watchable, onCancel, onAgain, onWatch }) {
  const title = make("h2", {}, typeset(job.problem));
  const parts = [make("div", { className: "job-head" }, title, pill(job.status))];
  if (job.failure) parts.push(failure(job));
  if (job.status === "cancelled") parts.push(note("Cancelled", "You stopped this one."));
  if (job.status === "expired") parts.push(note("Expired", "Nobody fetched the film within a day, so it was removed."));
  if (job.status === "delivered" && !watchable) {
    parts.push(note("The film is gone", "A film is handed over once, and this one was. You can have it made again."));
  }
  if (job.film && watchable) parts.push(...film(job, onWatch));
  else if (!job.settled || job.failure) parts.push(stages(job));
  if (!job.settled) parts.push(bar());
  parts.push(actions(job, watchable, onCancel, onAgain));
  parts.push(...behind(job, watchable));
  return parts;
}

function note(title, text, kind = "") {
  return make("div", { className: `note ${kind}` }, make("h3", {}, title), make("p", {}, text));
}

function failure(job) {
  return note("There is no film", job.failure.message, "bad");
}

function stages(job) {
  const last = [...job.history].reverse().find((entry) => STAGES.some(([name]) => name === entry.status));
  const place = STAGES.findIndex(([name]) => name === last?.status);
  const items = STAGES.map(([name, title], at) => {
    const state = at < place ? "done" : at > place ? "" : job.failure ? "broken" : "now";
    const mark = state === "done" ? "✓" : state === "broken" ? "!" : "";
    const item = make("li", { className: state },
      make("span", { className: "mark", "aria-hidden": "true" }, mark),
      make("span", {}, title, rounds(job, name)),
      make("span", { className: "took" }, at <= place ? took(job, name) : ""));
    if (state === "now") item.setAttribute("aria-current", "step");
    if (state === "done") item.append(make("span", { className: "visually-hidden" }, "done"));
    return item;
  });
  return make("ol", { className: "stages" }, ...items);
}

function rounds(job, name) {
  const count = job.history.filter((entry) => entry.status === name).length;
  return count > 1 && name === "ai_generating" ? ` (${count} drafts)` : "";
}

// All the time spent in a status, also when it was entered more than once.
function took(job, name) {
  let sum = 0;
  job.history.forEach((entry, at) => {
    const next = job.history[at + 1];
    if (entry.status === name && next) sum += Date.parse(next.at) - Date.parse(entry.at);
  });
  return sum >= 50 ? `${(sum / 1000).toFixed(1)} s` : "";
}

function bar() {
  const progress = make("progress", { id: "progress", "aria-label": "Progress of this stage" });
  return make("div", { className: "bar" }, progress, make("p", { id: "progress-text" }));
}

function film(job, onWatch) {
  const { width, height } = job.film;
  const box = make("div", { className: "stage-box", id: "film" });
  const about = `${length(job.film.duration_s)}, ${width} × ${height}, ${size(job.film.bytes)}.`;
  const text = make("p", { className: "hint", id: "film-hint" });
  if (job.status === "ready") {
    const poster = make("img", { className: "poster", src: videoAddress(job.id, "poster"), alt: "A frame of the film", width, height });
    const play = make("button", { className: "primary play", type: "button", id: "watch" }, "▶ Watch the film");
    play.addEventListener("click", () => onWatch(job));
    box.append(poster, play);
    text.append(`${about} It can be opened once; you may then watch and save it for some minutes.`);
  } else {
    box.append(player(job, false));
    text.append(`${about} It stays here until ${clock(job.film.viewable_until)}: save it if you want to keep it.`);
  }
  return [box, text];
}

export function player(job, autoplay) {
  const { width, height } = job.film;
  const video = make("video", { className: "poster", controls: true, playsInline: true, width, height, id: "video" });
  video.preload = autoplay ? "auto" : "metadata";
  video.autoplay = autoplay;
  video.dataset.job = job.id;
  video.src = videoAddress(job.id, "access");
  video.setAttribute("aria-label", `Film: ${job.problem}`);
  return video;
}

function actions(job, watchable, onCancel, onAgain) {
  const row = make("div", { className: "actions" });
  if (!job.settled) {
    const cancel = make("button", { type: "button", id: "cancel" }, "Cancel");
    cancel.addEventListener("click", () => onCancel(job, cancel));
    row.append(cancel);
  }
  if (job.status === "delivered" && watchable) {
    row.append(make("a", { className: "button", href: videoAddress(job.id, "access"), download: `film.${job.format}` }, "Save the film"));
  }
  if (job.settled && job.status !== "ready" && !(job.status === "delivered" && watchable)) {
    const again = make("button", { type: "button", className: "primary", id: "again" }, job.failure ? "Try again" : "Make it again");
    again.addEventListener("click", () => onAgain(job));
    row.append(again);
  }
  return row;
}

// What was open stays open when the job is drawn anew.
function section(id, title, count, ...content) {
  const open = document.getElementById(id)?.open ?? id === "claims";
  const summary = make("summary", {}, title, " ", make("span", { className: "count" }, count));
  return make("details", { id, open }, summary, ...content);
}

function behind(job, watchable) {
  const parts = [];
  if (job.claims.length) parts.push(section("claims", "Is it right?", verdicts(job.claims), claims(job.claims)));
  if (job.film && watchable) {
    const image = make("img", { className: "storyboard", src: videoAddress(job.id, "storyboard"), alt: "One frame of each animation of the film", loading: "lazy" });
    parts.push(section("storyboard", "Storyboard", "one frame of each animation", image));
  }
  if (job.code) parts.push(section("code", "Code", `${job.code.split("\n").length} lines of Python`, coloured(job.code)));
  if (job.findings.length) parts.push(section("findings", "Findings in the code", `${job.findings.length}`, findings(job.findings)));
  if (job.attempts.length) parts.push(section("attempts", "Attempts", `${job.attempts.length}`, attempts(job.attempts)));
  return parts;
}

function verdicts(list) {
  const count = (verdict) => list.filter((claim) => claim.verdict === verdict).length;
  return ["verified", "refuted", "unverified"].filter(count).map((verdict) => `${count(verdict)} ${verdict}`).join(", ");
}

const VERDICTS = { verified: "good", refuted: "bad", unverified: "off" };

function claims(list) {
  const items = list.map((claim) => make("li", {},
    make("span", { className: `pill ${VERDICTS[claim.verdict]}` }, claim.verdict),
    make("span", {}, typeset(claim.claim)),
    claim.why ? make("p", { className: "why" }, claim.why) : null));
  return make("ul", { className: "claims" }, ...items);
}

function findings(list) {
  const kinds = { error: "bad", warning: "busy", note: "off" };
  const items = list.map((finding) => make("li", {},
    make("span", { className: `pill ${kinds[finding.severity]}` }, finding.fixed ? "mended" : finding.severity),
    make("span", {}, finding.line ? `Line ${finding.line}: ${finding.message}` : finding.message)));
  return make("ul", { className: "claims" }, ...items);
}

function attempts(list) {
  const head = make("tr", {}, ...["Provider", "Model", "Time", "Tokens", "Outcome"].map((title) => make("th", { scope: "col" }, title)));
  const rows = list.map((attempt) => make("tr", {}, ...[
    attempt.provider,
    attempt.model,
    `${(attempt.latency_ms / 1000).toFixed(1)} s`,
    attempt.output_tokens ? `${attempt.input_tokens} in, ${attempt.output_tokens} out` : "—",
    attempt.error ? attempt.error.replaceAll("_", " ") : "answered",
  ].map((text) => make("td", {}, text))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { className: "scroll", tabIndex: 0 }, table);
}

const length = (seconds) => (seconds < 60 ? `${Math.round(seconds)} seconds` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`);
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
