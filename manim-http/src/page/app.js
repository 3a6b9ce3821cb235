// Ties the page together: what is asked, what is shown, and what happened before.

import * as api from "./api.js";
import { jobView, make, pill, player, stageTitle, statusName } from "./job.js";
import { typeset } from "./math.js";

const at = (id) => document.getElementById(id);
const [form, problem, main] = [at("ask"), at("problem"), at("job")];

let shown = null;
let leave = () => {};
let key = crypto.randomUUID();
const known = new Map();
let older = null;

const announce = (text) => { at("announce").textContent = text; };

problem.addEventListener("input", () => {
  const text = problem.value.trim();
  const set = make("p", { id: "preview-text" }, typeset(text));
  const worth = set.querySelector("math") !== null;
  at("preview-text").replaceWith(set);
  at("preview").hidden = !worth;
  problem.removeAttribute("aria-invalid");
  at("ask-error").textContent = "";
});

for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("click", () => {
    problem.value = chip.textContent;
    problem.dispatchEvent(new Event("input"));
    problem.focus();
  });
}

problem.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(problem.value, at("quality").value);
});

// The key stays until an answer came, so that a press repeated after a lost answer is one job.
async function ask(text, quality) {
  at("send").disabled = true;
  at("ask-error").textContent = "";
  try {
    const job = await api.submit(text, quality, key);
    key = crypto.randomUUID();
    problem.value = "";
    at("preview").hidden = true;
    remember(job, true);
    await show(job.id);
    main.focus({ preventScroll: true });
    main.scrollIntoView({ block: "nearest" });
  } catch (failure) {
    at("ask-error").textContent = failure.message;
    if (failure.status === 422) {
      key = crypto.randomUUID();
      problem.setAttribute("aria-invalid", "true");
      problem.focus();
    }
  } finally {
    at("send").disabled = false;
  }
}

async function show(id) {
  leave();
  shown = id;
  if (location.hash !== `#${id}`) history.replaceState(null, "", `#${id}`);
  const job = await draw(id);
  if (job && !job.settled && shown === id) listen(id);
}

function listen(id) {
  leave = api.follow(id, {
    status: async (told) => {
      announce(told.settled ? `The job is ${statusName(told.status)}.` : stageTitle(told.status));
      await draw(id);
    },
    progress: ({ frames_done: done, frames_total: total }) => {
      bar(done, total, total ? `Frame ${done} of ${total}` : `Frame ${done}`);
    },
    writing: ({ characters }) => bar(null, null, `${characters} characters written`),
  });
}

function bar(value, max, text) {
  const progress = at("progress");
  if (!progress) return;
  if (max) {
    progress.max = max;
    progress.value = value;
  } else {
    progress.removeAttribute("value");
  }
  at("progress-text").textContent = text;
}

// What is told in quick succession is asked for side by side: only the newest answer is painted.
let newest = 0;

async function draw(id) {
  const turn = ++newest;
  const stale = () => shown !== id || turn !== newest;
  let job;
  try {
    job = await api.job(id);
  } catch (failure) {
    if (!stale()) main.replaceChildren(make("div", { className: "empty" }, make("p", { role: "alert" }, failure.message)));
    return null;
  }
  remember(job, false);
  const watchable = job.film ? await api.watchable(id) : false;
  if (stale()) return job;
  // A film that plays is left alone, also by an answer from before it was opened.
  const plays = at("video")?.dataset.job === id;
  if (plays && (job.status === "ready" || (job.status === "delivered" && watchable))) return job;
  const focused = document.activeElement?.id;
  main.replaceChildren(...jobView(job, { watchable, onCancel, onAgain, onWatch }));
  if (focused && focused !== "job") at(focused)?.focus();
  return job;
}

function onWatch(job) {
  const video = player(job, true);
  at("film").replaceChildren(video);
  at("film-hint").textContent = "Opening the film…";
  video.focus();
  video.addEventListener("loadedmetadata", async () => {
    const opened = await api.job(job.id).catch(() => null);
    if (!opened || shown !== job.id) return;
    remember(opened, false);
    main.querySelector(".pill").replaceWith(pill(opened.status));
    at("film-hint").textContent = "The film is yours for some minutes: save it if you want to keep it.";
    const save = make("a", { className: "button", href: video.src, download: `film.${opened.format}`, id: "save" }, "Save the film");
    main.querySelector(".actions").replaceChildren(save);
  }, { once: true });
  video.addEventListener("error", () => { at("film-hint").textContent = "The film cannot be played. It may have been opened elsewhere; look at the job again."; }, { once: true });
}

async function onCancel(job, button) {
  button.disabled = true;
  await api.cancel(job.id).catch((failure) => announce(failure.message));
  await draw(job.id);
}

function onAgain(job) {
  ask(job.problem, job.quality);
}

function remember(job, first) {
  const before = known.get(job.id);
  const entry = make("button", { type: "button" }, make("span", { className: "clip" }, job.problem), pill(job.status));
  entry.addEventListener("click", () => show(job.id));
  const item = make("li", {}, entry);
  item.dataset.id = job.id;
  if (before) before.replaceWith(item);
  else if (first) at("history").prepend(item);
  else at("history").append(item);
  known.set(job.id, item);
  at("history-empty").hidden = true;
  for (const [id, line] of known) line.firstChild.setAttribute("aria-current", String(id === shown));
}

async function loadHistory() {
  const page = await api.list(older).catch(() => ({ jobs: [] }));
  page.jobs.forEach((job) => remember(job, false));
  older = page.next_before ?? null;
  at("older").hidden = !older;
}

at("older").addEventListener("click", loadHistory);
await loadHistory();
const wanted = location.hash.slice(1);
if (/^[0-9a-f-]{36}$/.test(wanted)) await show(wanted);
document.body.dataset.ready = "true";
