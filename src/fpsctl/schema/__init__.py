"""Schemas for other languages: messages, operations, scenarios, profiles and results, written as JSON Schema.

Nothing here touches the disk: each builder returns a document, `fpsctl schema export` writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.schema.documents import Document, File, dumped
    from fpsctl.schema.messages import message_files, message_schema
    from fpsctl.schema.openapi import openapi_document
    from fpsctl.schema.profiles import profile_schema
    from fpsctl.schema.results import result_files
    from fpsctl.schema.scenarios import scenario_schema

__all__ = [
    "Document",
    "File",
    "dumped",
    "message_files",
    "message_schema",
    "openapi_document",
    "profile_schema",
    "result_files",
    "scenario_schema",
]

__getattr__ = face(
    __name__,
    {
        "Document": "documents",
        "File": "documents",
        "dumped": "documents",
        "message_files": "messages",
        "message_schema": "messages",
        "openapi_document": "openapi",
        "profile_schema": "profiles",
        "result_files": "results",
        "scenario_schema": "scenarios",
    },
)
