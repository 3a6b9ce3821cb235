// Speaks to the service. Every failure is an Error whose message is a sentence for a person.

const prefix = document.body.dataset.prefix;
const jobs = `${prefix}/api/v1/jobs`;

export const videoAddress = (id, what) => `${prefix}/api/v1/video/${encodeURIComponent(id)}/${what}`;

async function asked(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The service cannot be reached. Look at your connection, and try again.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const failure = new Error(problem.detail ?? `The service answered with ${response.status}. Try again later.`);
  failure.status = response.status;
  throw failure;
}

const json = async (address, options) => (await asked(address, options)).json();

export const submit = (problem, quality, key) => json(jobs, {
  method: "POST",
  headers: { "content-type": "application/json", "idempotency-key": key },
  body: JSON.stringify({ problem, quality }),
});

export const job = (id) => json(`${jobs}/${encodeURIComponent(id)}`);
export const cancel = (id) => json(`${jobs}/${encodeURIComponent(id)}`, { method: "DELETE" });
export const list = (before) => json(`${jobs}?limit=20${before ? `&before=${encodeURIComponent(before)}` : ""}`);

// Whether this browser may still watch the film. Asking uses nothing up.
export async function watchable(id) {
  try {
    await asked(videoAddress(id, "access"), { method: "HEAD" });
    return true;
  } catch {
    return false;
  }
}

// Calls back until the job is settled; the browser itself reconnects and says what it has seen.
export function follow(id, { status, progress, writing }) {
  const source = new EventSource(`${jobs}/${encodeURIComponent(id)}/events`);
  const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("status", (told) => {
    if (told.settled) source.close();
    status(told);
  });
  on("progress", progress);
  on("writing", writing);
  return () => source.close();
}
