// Drives the page in a real Chromium over its DevTools protocol, and fails with a sentence.
// Players draw their buttons from data: addresses; every other request goes to us.
// node browser.mjs BASE_URL CHROMIUM PROFILE_DIR [SCREENSHOT_DIR]

import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

const [base, chromium, profile, shots] = process.argv.slice(2);
if (shots) mkdirSync(shots, { recursive: true });

const browser = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
  "--autoplay-policy=no-user-gesture-required", "--hide-scrollbars", `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"],
{ stdio: ["ignore", "ignore", "pipe"] });
process.on("exit", () => browser.kill("SIGKILL"));

const endpoint = await new Promise((found, failed) => {
  let said = "";
  browser.stderr.on("data", (data) => {
    said += data;
    const match = /DevTools listening on (ws:\S+)/.exec(said);
    if (match) found(match[1]);
  });
  browser.on("exit", () => failed(new Error(`Chromium ended: ${said}`)));
});

const socket = new WebSocket(endpoint);
await new Promise((open) => socket.addEventListener("open", open));
const waiting = new Map();
const listeners = new Set();
let number = 0;
socket.addEventListener("message", ({ data }) => {
  const message = JSON.parse(data);
  if (message.id) {
    const { done, failed } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) failed(new Error(message.error.message));
    else done(message.result);
  } else {
    for (const listener of listeners) listener(message);
  }
});
const command = (method, params = {}, sessionId) => new Promise((done, failed) => {
  number += 1;
  waiting.set(number, { done, failed });
  socket.send(JSON.stringify({ id: number, method, params, sessionId }));
});

const complaints = [];

// A page in a browser context of its own: another person's browser.
async function open(path, { width, height, dark, mobile }, before = "") {
  const { browserContextId } = await command("Target.createBrowserContext");
  const { targetId } = await command("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await command("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => command(method, params, sessionId);
  listeners.add((message) => {
    if (message.sessionId !== sessionId) return;
    const { method, params } = message;
    if (method === "Log.entryAdded" && params.entry.level === "error" && !/40[49]|410|422|429/.test(params.entry.text)) complaints.push(params.entry.text);
    if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Network.requestWillBeSent" && !params.request.url.startsWith(base) && !params.request.url.startsWith("data:")) complaints.push(`a request left: ${params.request.url}`);
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  await send("Page.addScriptToEvaluateOnNewDocument", { source: before });
  await send("Page.navigate", { url: base + path });

  const run = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  const until = async (expression, patience = 30) => {
    const end = Date.now() + patience * 1000;
    while (!(await run(`Boolean(${expression})`).catch(() => false))) {
      if (Date.now() > end) throw new Error(`never became true: ${expression}\n${await run("document.body.innerText")}`);
      await new Promise((go) => setTimeout(go, 30));
    }
  };
  const press = async (key, code = key, text) => {
    await send("Input.dispatchKeyEvent", { type: "keyDown", key, code, text, windowsVirtualKeyCode: { Tab: 9, Enter: 13 }[key] });
    await send("Input.dispatchKeyEvent", { type: "keyUp", key, code });
  };
  const shot = async (name) => {
    if (!shots) return;
    const tall = await run("document.documentElement.scrollHeight");
    const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height: Math.max(height, tall), scale: 1 } });
    writeFileSync(`${shots}/${name}.png`, Buffer.from(data, "base64"));
  };
  const cookies = async () => (await send("Network.getCookies", { urls: [base] })).cookies;
  return { send, run, until, press, shot, cookies };
}

function check(truth, claim) {
  if (!truth) throw new Error(`not so: ${claim}`);
}

const DESKTOP = { width: 1280, height: 860, mobile: false };
const PHONE = { width: 390, height: 844, mobile: true };
const ASK = (problem) => `(() => { const t = document.getElementById("problem"); t.value = ${JSON.stringify(problem)};
  t.dispatchEvent(new Event("input")); })()`;

async function fits(page, where) {
  const wide = await page.run("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  check(wide <= 0, `${where} does not scroll sideways (${wide} px too wide)`);
}

// One person's way from the problem to the film, by keyboard.
async function film(look, name) {
  const page = await open("/", look);
  await page.until(`document.body.dataset.ready`);
  await page.shot(`${name}-start`);
  await page.run(`document.getElementById("problem").focus()`);
  await page.send("Input.insertText", { text: "Differentiate x^2 sin(x), then find where $\\frac{1}{x+1}$ is smallest" });
  await page.until(`document.querySelectorAll("#preview math").length === 2`);
  check(await page.run(`document.querySelector("#preview mfrac > :last-child")?.textContent === "x+1"`), "the fraction is set");
  check(await page.run(`import("/assets/math.js").then(({ typeset }) => {
    const p = document.createElement("p");
    p.append(typeset("the limit of sin(x)/x, where x = 0, of a house and 3 apples"));
    return p.querySelectorAll("math").length === 2 && p.querySelector("mfrac").firstChild.textContent.replace("\\u2061", "") === "sin(x)";
  })`), "a function holds its argument, and words stay words");
  check(await page.run(`import("/assets/math.js").then(({ typeset }) => {
    const p = document.createElement("p");
    p.append(typeset("Integrate x e^x dx for me"));
    return p.querySelector("math").textContent === "xexdx" && p.textContent.startsWith("Integrate ") && p.textContent.endsWith(" for me");
  })`), "a factor before a power belongs to the formula");
  await page.shot(`${name}-preview`);
  await page.press("Tab");
  await page.press("Tab");
  check(await page.run(`document.activeElement.id`) === "send", "the button is two tabs behind the problem");
  await page.press("Enter", "Enter", "\r");
  await page.until(`document.querySelector(".stages li.now")`);
  await page.until(`document.querySelector("#progress-text")?.textContent.startsWith("Frame")`);
  check(await page.run(`document.getElementById("announce").textContent !== ""`), "stages are announced");
  await fits(page, `${name} running`);
  await page.shot(`${name}-running`);
  await page.until(`document.getElementById("watch")`);
  await page.shot(`${name}-ready`);
  await page.run(`document.getElementById("watch").click()`);
  await page.until(`document.getElementById("video")?.currentTime > 0.2 && document.getElementById("video").videoWidth > 0`);
  await page.until(`document.getElementById("save")`);
  await page.run(`for (const id of ["claims", "storyboard", "code", "attempts"]) document.getElementById(id).open = true`);
  await fits(page, `${name} done`);
  await page.shot(`${name}-done`);
  return page;
}

const desktop = await film({ ...DESKTOP, dark: false }, "desktop-light");

// The same session in another browser has no right to the film any more; this one has.
const id = await desktop.run(`location.hash.slice(1)`);
const cookies = await desktop.cookies();
check(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Lax"), "no script reads a cookie, no other site sends one");
const session = cookies.find((cookie) => cookie.name.endsWith("manim_session"));
const second = await fetch(`${base}/api/v1/video/${id}/access`, { headers: { cookie: `${session.name}=${session.value}` } });
check(second.status === 410, `a second access is 410 (it was ${second.status})`);
check((await second.json()).code === "film-gone", "and says so");
check(await desktop.run(`fetch(document.getElementById("video").src, { headers: { range: "bytes=0-9" } }).then((r) => r.status)`) === 206, "its viewer may seek");
await desktop.run(`location.reload()`);
await desktop.until(`document.getElementById("video")?.readyState >= 1 && document.querySelector(".history [aria-current=true]")`);
await desktop.send("Network.deleteCookies", { name: cookies.find((cookie) => cookie.name.endsWith("manim_viewer")).name, url: base });
await desktop.run(`location.reload()`);
await desktop.until(`document.body.innerText.includes("The film is gone")`);
await desktop.shot("desktop-light-gone");

const phone = await film({ ...PHONE, dark: true }, "phone-dark");
await phone.run(ASK("Please fail at x^2 = 4 now"));
await phone.run(`document.getElementById("ask").requestSubmit()`);
await phone.until(`document.querySelector(".note.bad")`);
check(await phone.run(`document.getElementById("again") !== null`), "a failure offers another try");
await fits(phone, "phone failed");
await phone.shot("phone-dark-failed");
await phone.run(ASK("too short"));
await phone.run(`document.getElementById("ask").noValidate = true; document.getElementById("ask").requestSubmit()`);
await phone.until(`document.getElementById("ask-error").textContent.includes("too short")`);

for (const [look, name] of [[{ ...DESKTOP, dark: true }, "desktop-dark"], [{ ...PHONE, dark: false }, "phone-light"]]) {
  const page = await open("/", look);
  await page.until(`document.body.dataset.ready`);
  await page.run(ASK("Solve x^2 - 5x + 6 = 0"));
  await page.run(`document.getElementById("ask").requestSubmit()`);
  await page.until(`document.querySelector("#progress-text")?.textContent.startsWith("Frame")`);
  await page.shot(`${name}-running`);
  await page.run(`document.getElementById("cancel").click()`);
  await page.until(`document.body.innerText.includes("You stopped this one")`);
  await page.run(ASK("Please fail at x^2 = 4 now"));
  await page.run(`document.getElementById("ask").requestSubmit()`);
  await page.until(`document.querySelector(".note.bad")`);
  await page.run(`document.getElementById("findings").open = true`);
  await page.shot(`${name}-failed`);
  await page.run(ASK("Integrate x e^x dx for me"));
  await page.run(`document.getElementById("ask").requestSubmit()`);
  await page.until(`document.getElementById("watch")`);
  await page.run(`document.getElementById("watch").click()`);
  await page.until(`document.getElementById("save")`);
  await page.run(`document.getElementById("code").open = true`);
  await page.shot(`${name}-done`);
}

// An answer from before the film was opened comes after it: the film plays on.
const late = await open("/", { ...DESKTOP, dark: false }, `
  globalThis.EventSource = class extends EventSource { constructor(...all) { super(...all); globalThis.told = this; } };
  const real = fetch;
  globalThis.held = [];
  globalThis.fetch = async (address, options) => {
    const answer = await real(address, options);
    if (options?.method === "HEAD" && globalThis.hold) await new Promise((go) => held.push(go));
    return answer;
  };`);
await late.until(`document.body.dataset.ready`);
const made = async (problem) => {
  await late.run(ASK(problem));
  await late.run(`document.getElementById("ask").requestSubmit()`);
  await late.until(`document.getElementById("watch")`);
  return late.run(`location.hash.slice(1)`);
};
const first = await made("Solve x^2 - 9 = 0 for x");
await late.run(`globalThis.hold = true; told.dispatchEvent(new MessageEvent("status", { data: '{"status":"ready","settled":true}' }))`);
await late.until(`held.length`);
await late.run(`document.getElementById("watch").click()`);
await late.until(`document.getElementById("save")`);
await late.run(`globalThis.hold = false; held.forEach((go) => go())`);
check(await late.run(`document.getElementById("video")?.dataset.job`) === first, "a late answer leaves the film");
const other = await made("Solve x^2 - 16 = 0 for x");
await late.run(`document.querySelector('.history [data-id="${first}"] button').click()`);
await late.until(`document.getElementById("video")?.dataset.job === "${first}"`);
await late.run(`document.querySelector('.history [data-id="${other}"] button').click()`);
await late.until(`document.getElementById("watch")`);
await late.run(`document.getElementById("watch").click()`);
await late.until(`document.getElementById("save")`);
await late.run(`document.querySelector('.history [data-id="${first}"] button').click()`);
await late.until(`document.getElementById("video")?.dataset.job === "${first}"`);

// What a screen reader is told: every control has a name.
const { nodes } = await desktop.send("Accessibility.getFullAXTree");
const nameless = nodes.filter((node) => ["button", "textbox", "combobox", "link", "progressbar"].includes(node.role?.value) && !node.ignored && !node.name?.value);
check(nameless.length === 0, `every control has a name (${JSON.stringify(nameless.map((node) => node.role.value))})`);

check(complaints.length === 0, `the browser complains of nothing: ${complaints.join("\n")}`);
console.log("the page works");
process.exit(0);
