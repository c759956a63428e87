// Visits a page that uses @rudderstack/analytics-js in headless Chromium and prints what came of it as one line of JSON.
// Usage: node browser.mjs '{"chromium": …, "profile": …, "visit": {"gateway": …, "writeKey": …, "useBeacon": …, "calls": [["track", "Seen"], …]}}'
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const WAIT = 20_000;
const FILES = {
  "/": ["text/html", new URL("shop.html", import.meta.url)],
  "/sdk.mjs": ["text/javascript", new URL(import.meta.resolve("@rudderstack/analytics-js/bundled"))],
  "/integrations/Braze.min.js": ["text/javascript", new URL("braze_stand_in.js", import.meta.url)],
};
// No address but this machine's is looked up, so that nothing leaves it, Chromium's own housekeeping included.
const ARGUMENTS = [
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

async function serve() {
  const server = createServer(async (request, response) => {
    const [type, file] = FILES[new URL(request.url, "http://shop").pathname] ?? [];
    response.writeHead(file ? 200 : 404, { "Content-Type": type ?? "text/plain" });
    response.end(file ? await readFile(fileURLToPath(file)) : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function visit(page, origin, asked) {
  const answers = [];
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (url.origin === asked.gateway) answers.push([response.request().method(), url.pathname, response.status()]);
  });
  await page.goto(origin);
  await page.waitForFunction("globalThis.startAnalytics !== undefined", undefined, { timeout: WAIT });
  await page.evaluate((it) => globalThis.startAnalytics(it), asked);
  for (const [method, ...args] of asked.calls) {
    const before = answers.length;
    await page.evaluate(([name, given]) => globalThis.analytics[name](...given), [method, args]);
    // The SDK sends each event by itself and does not wait for the one before; a person would.
    if (!asked.useBeacon && method !== "reset") await until(() => answers.length > before);
  }
  const anonymousId = await page.evaluate("analytics.getAnonymousId()");
  const device = await page.evaluate("({config: globalThis.brazeConfig ?? null, calls: globalThis.brazeCalls ?? []})");
  await page.goto("about:blank"); // what a beacon queue still holds goes out when the page is left
  return { anonymousId, answers, problems, device };
}

async function until(done) {
  for (const deadline = Date.now() + WAIT; !done() && Date.now() < deadline; ) await sleep(10);
}

const { chromium: executablePath, profile, visit: asked } = JSON.parse(process.argv[2]);
const server = await serve();
const browser = await chromium.launchPersistentContext(profile, { executablePath, args: ARGUMENTS, timeout: WAIT });
try {
  const origin = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify(await visit(await browser.newPage(), origin, asked)));
} finally {
  await browser.close();
  server.close();
}
