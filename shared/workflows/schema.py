"""JSON Schema (Draft 2020-12) of what may stand in `params`, for clients and for the page's form.

`x-type` is the manifest's type, `x-unit` the unit, `x-options` the kind of choices that
`GET /api/v1/models` lists.
"""

from typing import Any

from shared.workflows.manifest import DEFAULT_WORKFLOW, Manifest, Parameter


def params_schema(manifest: Manifest) -> dict[str, Any]:
    properties = {name: _schema(parameter) for name, parameter in manifest.parameters.items()}
    required = [name for name, parameter in manifest.parameters.items() if parameter.required]
    named = [] if manifest.name == DEFAULT_WORKFLOW else ["workflow"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": manifest.title,
        "description": manifest.description,
        "type": "object",
        "properties": {"workflow": {"const": manifest.name, "title": "Workflow"}} | properties,
        "required": named + required,
        "additionalProperties": False,
        "x-prompt": manifest.prompt != "unused",
        "x-negative-prompt": manifest.negative_prompt != "unused",
    }


def _schema(parameter: Parameter) -> dict[str, Any]:
    default = {} if parameter.default is None else {"default": parameter.default}
    return parameter.json_schema() | default
