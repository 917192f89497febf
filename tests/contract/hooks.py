"""What schemathesis cannot know from the document: bytes that are a picture, and the key of a row that is there.

Loaded through SCHEMATHESIS_HOOKS. No operation and no check is left out here; requests only reach deeper.
"""

import json
import os
import uuid
from pathlib import Path
from types import SimpleNamespace

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.file_samples import FILE_SAMPLES
from schemathesis.specs.openapi import checks
from schemathesis.transport.serialization import Binary

# A stored row, and photographs of more than a pixel.
ROW = os.environ["POSTER_ID"]
PHOTOGRAPHS = Path(os.environ["PHOTOGRAPHS"])

PICTURES = {
    "image/gif": [FILE_SAMPLES["gif"]],
    "image/jpeg": [FILE_SAMPLES["jpg"], (PHOTOGRAPHS / "rocket.jpg").read_bytes()],
    "image/png": [FILE_SAMPLES["png"], (PHOTOGRAPHS / "chelsea.png").read_bytes()],
    "image/webp": [FILE_SAMPLES["webp"]],
}
for media_type, files in PICTURES.items():
    schemathesis.openapi.media_type(media_type, st.sampled_from([Binary(file) for file in files]))


@schemathesis.hook
def map_body(context, body):
    """Half of the generated keys become the stored row's; a wrong key stays as wrong as it is."""
    if isinstance(body, dict) and isinstance(key := body.get("id"), str):
        try:
            half = uuid.UUID(key).int % 2 == 0
        except ValueError:
            return body
        if half:
            return {**body, "id": ROW}
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    """In a form JSON is a text with JSON in it, which schemathesis takes for any text. The text of a text is right in JSON too."""
    body = case.body
    if os.environ["MODE"] == "positive" and isinstance(body, dict) and isinstance(text := body.get("details"), str):
        case.body = {**body, "details": json.dumps(text)}


@schemathesis.hook
def map_query(context, query):
    """A valid cursor is one that an answer gave: valid requests begin with the first page."""
    if query and os.environ["MODE"] == "positive":
        return {name: value for name, value in query.items() if name != "cursor"}
    return query


# In a form `title=5` is the text "5", which is right. schemathesis 4.32 knows that, and judges a form by what was sent, but its
# validator gives up on files, and every form that has one counts as wrong. So it judges the form with a text in the file's place.
judge = checks._form_body_is_valid_as_sent


def judge_without_files(response, case, media_type):
    body = case.body
    if isinstance(body, dict):
        body = {name: "file" if isinstance(value, bytes | Binary) else value for name, value in body.items()}
    return judge(response, SimpleNamespace(operation=case.operation, body=body), media_type)


checks._form_body_is_valid_as_sent = judge_without_files
