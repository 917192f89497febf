// The page at /docs, used in Chromium. Nothing may be asked of another host, nothing may be said on the console, and the
// page's policy may not be broken: what the browser noticed is judged after each test.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { chromium } from "playwright-core";

const { SERVICE_URL, PHOTOGRAPH, CHROMIUM, PXT_SCREENSHOT } = process.env;
const host = new URL(SERVICE_URL).host;

let browser;
let page;
// What was noticed that should not be there.
const complaints = [];
// The row that the first test stores.
let stored;

before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    // In a container, as root, Chromium cannot sandbox itself.
    chromiumSandbox: false,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A fence: names are not even looked up.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 1500 } });
  page.setDefaultTimeout(30_000);
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== host) complaints.push(`asked ${url}`);
  });
  page.on("requestfailed", (request) => {
    // A player may drop a file that it has seen enough of.
    if (request.resourceType() !== "media") complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error}`));
  await page.exposeFunction("policyBroken", (text) => complaints.push(`policy: ${text}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      window.policyBroken(`${event.violatedDirective} of ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
    });
  });
});

after(async () => {
  await browser?.close();
});

afterEach(() => {
  assert.deepEqual(complaints.splice(0), []);
});

// The block of an operation, found by method and path, unfolded and ready to be filled in.
async function tryOut(method, path) {
  const block = page.locator(`.opblock-${method}`).filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
  await block.locator(".opblock-summary-control").click();
  await block.getByRole("button", { name: "Try it out" }).click();
  return block;
}

// Executes, and waits until the page shows the answer, which has to be a 200. The answer's JSON.
async function execute(block, path) {
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
  await block.getByRole("button", { name: "Execute" }).click();
  const response = await answered;
  assert.equal(response.status(), 200, await response.text());
  await block.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
  return response.json();
}

// The widths of the pictures under an answer, once all of them are drawn.
async function drawn(block) {
  const pictures = block.locator(".answer-media img");
  await pictures.first().scrollIntoViewIfNeeded();
  const images = await pictures.elementHandles();
  for (const image of images) {
    await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, image);
  }
  return Promise.all(images.map((image) => image.evaluate((element) => element.naturalWidth)));
}

test("the page lists the routes", async () => {
  const answer = await page.goto(`${SERVICE_URL}/docs`);
  assert.equal(answer.status(), 200);
  await page.locator(".opblock").first().waitFor();
  const described = await (await page.request.get(`${SERVICE_URL}/openapi.json`)).json();
  const operations = Object.values(described.paths).flatMap((path) => Object.keys(path).filter((key) => /^(get|put|post|delete|patch)$/.test(key)));
  assert.equal(await page.locator(".opblock").count(), operations.length);
  await page.waitForFunction((title) => document.title === title, described.info.title);
  assert.equal(await page.locator(".errors-wrapper").count(), 0);
});

test("a photograph is uploaded, and its thumbnail is shown", async () => {
  const block = await tryOut("post", "/posters");
  await block.locator('[data-property-name="title"] input').fill("Rocket");
  const chooser = page.waitForEvent("filechooser");
  await block.locator('[data-property-name="image"] input[type="file"]').click();
  await (await chooser).setFiles(PHOTOGRAPH);
  stored = await execute(block, "/posters");
  assert.equal(stored.title, "Rocket");
  assert.deepEqual(await drawn(block), [160]);
  if (PXT_SCREENSHOT) {
    await block.evaluate((element) => element.scrollIntoView());
    await page.screenshot({ path: PXT_SCREENSHOT });
  }
});

test("a JSON route is called, and nothing is loaded from elsewhere", async () => {
  const block = await tryOut("post", "/posters/update");
  // Looks like a file of a service, but not of this one.
  const title = `https://elsewhere.example/media/films.posters/${"0".repeat(64)}.png`;
  await block.locator("textarea.body-param__text").fill(JSON.stringify({ id: stored.id, title }));
  const changed = await execute(block, "/posters/update");
  assert.deepEqual([changed.id, changed.title], [stored.id, title]);
  assert.equal(await block.locator(".answer-media").count(), 0);
});

test("a query is asked, and the pictures of its rows are shown", async () => {
  const block = await tryOut("get", "/posters/search");
  await block.locator('[data-param-name="text"] input').fill("elsewhere");
  const { rows } = await execute(block, "/posters/search");
  assert.equal(rows.length, 1);
  const widths = await drawn(block);
  assert.ok(widths.includes(160), `${widths}`);
});
