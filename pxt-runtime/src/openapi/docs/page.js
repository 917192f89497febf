// Starts Swagger UI. The policy of this page allows no script in place, so this is a file of its own.
"use strict";

window.ui = SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  // Long documents stay readable: the schemas at the page's end are folded.
  defaultModelsExpandDepth: 0,
  // Nothing is asked of another server, neither to judge the document nor by `?url=…`.
  validatorUrl: null,
  queryConfigEnabled: false,
  plugins: [AnswerMedia],
  onComplete() {
    document.title = window.ui.specSelectors.info().get("title") || document.title;
  },
});
