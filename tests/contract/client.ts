// What a front-end developer writes over the generated types: an upload, an update, a query, a failure. It is compiled
// with all strictness, and run: `node client.js http://127.0.0.1:8000 photo.jpg` prints the id of the row it stored.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import createClient from "openapi-fetch";
import type { paths } from "./openapi.js";

type Update = paths["/posters/update"]["post"]["requestBody"]["content"]["application/json"];

const [url, photo] = process.argv.slice(2);
assert(url && photo, "give the service's address and a photograph");
const client = createClient<paths>({ baseUrl: url });
const photograph = new Blob([new Uint8Array(await readFile(photo))], { type: "image/jpeg" });

// The generator knows files as strings; what is sent is the form that `bodySerializer` makes.
const added = await client.POST("/posters", {
  body: { title: "Rocket", image: photograph as unknown as string },
  bodySerializer(body) {
    const form = new FormData();
    form.append("title", body.title);
    form.append("image", photograph, "rocket.jpg");
    return form;
  },
});
assert(added.data, JSON.stringify(added.error));
const { id, title, thumbnail } = added.data;
assert.equal(title.toUpperCase(), "ROCKET");
const picture = await fetch(new URL(thumbnail, url));
assert.equal(picture.headers.get("content-type"), "image/jpeg");
await picture.arrayBuffer();

const changed = await client.POST("/posters/update", { body: { id, title: "Falcon", note: null } });
assert(changed.data, JSON.stringify(changed.error));
assert.equal(changed.data.title, "Falcon");

const found = await client.GET("/posters/search", { params: { query: { text: "Falcon" } } });
assert(found.data, JSON.stringify(found.error));
assert.equal(found.data.rows.length, 1);

// A failure has its type too.
const nobody = "00000000-0000-0000-0000-000000000000";
const missing = await client.POST("/posters/update", { body: { id: nobody, title: "Nobody" } });
assert(missing.error);
assert.equal(missing.error.status, 404);
assert.equal(missing.error.detail.length > 0, true);

// What the compiler has to refuse, each for its own reason. Never called.
export function refused() {
  return [
    // @ts-expect-error there is no such route
    client.GET("/poster"),
    // @ts-expect-error a row is named by its key
    client.POST("/posters/update", { body: { title: "Falcon" } }),
    // @ts-expect-error a title is text
    client.POST("/posters/update", { body: { id, title: 5 } }),
    // @ts-expect-error a title may be left out, but it is never null
    client.POST("/posters/update", { body: { id, title: null } }),
    // @ts-expect-error computed columns are no inputs
    { id, slug: "falcon" } satisfies Update,
    // @ts-expect-error the query needs its text
    client.GET("/posters/search", { params: { query: {} } }),
    // @ts-expect-error the answer has no such field
    added.data?.subtitle,
  ];
}

console.log(id);
