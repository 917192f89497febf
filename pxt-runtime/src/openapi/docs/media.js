// A plugin of Swagger UI: shows the pictures, videos and sounds that a JSON answer names, under the answer.
//
// The values decide, not the schema: a function may answer a file's address as plain text. An address of ours is
// `…/media/{table}/{sha256}.{extension}` on this page's own origin; nothing else is ever loaded.
"use strict";

function AnswerMedia(system) {
  const element = system.React.createElement;
  const ADDRESS = /\/media\/[^/]+\/[0-9a-f]{64}\.([a-z0-9]+)$/;
  // The extensions of media columns that browsers can show or play.
  const KINDS = { png: "img", jpg: "img", gif: "img", webp: "img", bmp: "img", avif: "img" };
  for (const extension of ["mp4", "webm", "ogv", "m4v", "mov"]) KINDS[extension] = "video";
  for (const extension of ["mp3", "ogg", "m4a", "opus", "flac", "wav", "aac"]) KINDS[extension] = "audio";
  // A page of rows, not a million of them.
  const MOST = 60;

  // The value as a file of this service, or nothing.
  function fileOf(value) {
    let url;
    try {
      url = new URL(value, document.baseURI);
    } catch {
      return undefined;
    }
    const match = url.origin === location.origin ? ADDRESS.exec(url.pathname) : null;
    const kind = match && Object.hasOwn(KINDS, match[1]) ? KINDS[match[1]] : undefined;
    return kind && { kind, url: url.href };
  }

  // The files in a value, each with where it stands: `rows[2].thumbnail`. Without recursion: an answer may be deep.
  function filesIn(answer) {
    const files = [];
    const rest = [["", answer]];
    while (rest.length > 0 && files.length < MOST) {
      const [place, value] = rest.pop();
      if (typeof value === "string") {
        const file = fileOf(value);
        if (file) files.push({ place, ...file });
      } else if (value !== null && typeof value === "object") {
        const list = Array.isArray(value);
        const inner = Object.keys(value).map((key) => [place + (list ? `[${key}]` : place ? `.${key}` : key), value[key]]);
        for (let at = inner.length - 1; at >= 0; at -= 1) rest.push(inner[at]);
      }
    }
    return files;
  }

  function shown({ kind, url, place }) {
    if (kind === "img") return element("img", { src: url, alt: place, loading: "lazy" });
    return element(kind, { src: url, controls: true, preload: "metadata" });
  }

  function Files({ content }) {
    let answer;
    try {
      answer = JSON.parse(content);
    } catch {
      return null;
    }
    const files = filesIn(answer);
    if (files.length === 0) return null;
    const figures = files.map((file, index) => {
      const link = element("a", { href: file.url, target: "_blank", rel: "noopener" }, file.place || "file");
      return element("figure", { key: index }, shown(file), element("figcaption", null, link));
    });
    return element("div", null, element("h5", null, "Media"), element("div", { className: "answer-media" }, figures));
  }

  return {
    wrapComponents: {
      responseBody: (Original) => (props) => {
        const json = typeof props.content === "string" && /json/i.test(props.contentType);
        const files = json && element(Files, { content: props.content });
        return element("div", null, element(Original, props), files);
      },
    },
  };
}
