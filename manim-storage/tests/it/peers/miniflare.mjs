// Cloudflare's own simulator with one bucket and one namespace. Prints its address, and ends
// when standard input does.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [modules, worker] = process.argv.slice(2);
const { Miniflare } = createRequire(join(modules, "index.js"))("miniflare");
const home = mkdtempSync(join(tmpdir(), "manim-miniflare"));

const mf = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  cf: false,
  modules: true,
  compatibilityDate: "2026-07-01",
  unsafeLocalExplorer: true,
  r2Persist: join(home, "r2"),
  kvPersist: join(home, "kv"),
  kvNamespaces: { SESSIONS: "0123456789abcdef0123456789abcdef" },
  r2Buckets: {
    FILMS: { id: "films", s3Credentials: { accessKeyId: "testkey", secretAccessKey: "testsecret" } },
  },
  script: readFileSync(worker, "utf8"),
});
const url = await mf.ready;
console.log(url.origin);

process.stdin.resume();
process.stdin.on("end", async () => {
  await mf.dispose();
  rmSync(home, { recursive: true, force: true });
  process.exit(0);
});
