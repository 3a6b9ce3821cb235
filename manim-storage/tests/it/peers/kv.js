// Cloudflare's REST API for KV, on a real KV binding: the paths, the envelope and the errors of
// https://developers.cloudflare.com/api/resources/kv/. Some accounts' names make it do
// what the real service does at times: answer late, or refuse.
const reply = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
const fail = (status, code, message, headers) =>
  reply(status, { success: false, errors: [{ code, message }], messages: [], result: null }, headers);
const done = (result = null, info = undefined) =>
  reply(200, { success: true, errors: [], messages: [], result, result_info: info });

const PATH = /^\/client\/v4\/accounts\/([^/]+)\/storage\/kv\/namespaces\/([^/]+)\/(values|metadata|keys)(?:\/(.+))?$/;
const NAMESPACE = "0123456789abcdef0123456789abcdef";

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const found = PATH.exec(url.pathname);
    if (!found) return fail(404, 7003, "Could not route to " + url.pathname);
    const [, account, namespace, what, rest] = found;
    if (request.headers.get("authorization") !== "Bearer testtoken") return fail(401, 10000, "Authentication error");
    if (account === "limited") return fail(429, 10429, "rate limited", { "retry-after": "7" });
    if (account === "broken") return fail(503, 10001, "service unavailable");
    if (account === "garbled") return new Response("<html>gateway</html>", { status: 200 });
    if (namespace !== NAMESPACE) return fail(404, 10013, "namespace not found");
    // Every account has names of its own, but "stale" and "fresh" look at the same ones.
    const own = (account === "stale" || account === "fresh" ? "shared" : account) + "/";
    const kv = env.SESSIONS;
    if (what === "keys") {
      const limit = Number(url.searchParams.get("limit") ?? 1000);
      if (limit < 10 || limit > 1000) return fail(400, 10026, "invalid limit");
      const page = await kv.list({
        prefix: own + (url.searchParams.get("prefix") ?? ""),
        cursor: url.searchParams.get("cursor") || undefined,
        limit,
      });
      const keys = page.keys.map(({ name, expiration, metadata }) => ({ name: name.slice(own.length), expiration, metadata }));
      return done(keys, { count: keys.length, cursor: page.list_complete ? "" : page.cursor });
    }
    const key = own + decodeURIComponent(rest ?? "");
    if (request.method === "GET") {
      // Read as it was one write ago, as from a place that the last write has not reached.
      const late = account === "stale" ? await kv.get("before/" + key) : null;
      const value = late ?? (await kv.get(key));
      return value === null ? fail(404, 10009, "get: 'key not found'") : new Response(value);
    }
    if (request.method === "DELETE") return await kv.delete(key), done();
    if (request.method !== "PUT") return fail(405, 10405, "method not allowed");
    const expirationTtl = Number(url.searchParams.get("expiration_ttl") ?? 0) || undefined;
    if (expirationTtl !== undefined && expirationTtl < 60) return fail(400, 10033, "Invalid expiration_ttl");
    const form = (request.headers.get("content-type") ?? "").startsWith("multipart/form-data");
    const fields = form ? await request.formData() : new Map([["value", await request.text()]]);
    const metadata = fields.get("metadata");
    const before = await kv.get(key);
    if (account === "stale" && before !== null) await kv.put("before/" + key, before);
    await kv.put(key, fields.get("value"), { expirationTtl, metadata: metadata ? JSON.parse(metadata) : undefined });
    return done();
  },
};
