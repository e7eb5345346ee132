"""One workflow, as loaded: a template graph and its manifest."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import Invalid
from shared.jobs import JobType
from shared.workflows.graph import Graph
from shared.workflows.manifest import DEFAULT_WORKFLOW, Manifest
from shared.workflows.parameters import Fault
from shared.workflows.resolve import Defaults, InvalidParams, Options, Resolved, resolve
from shared.workflows.schema import params_schema
from shared.workflows.values import nearest, shown


class UnsupportedJobType(Invalid):
    """No installed workflow makes this."""

    code = "unsupported_job_type"


@dataclass(frozen=True, slots=True)
class Workflow:
    manifest: Manifest
    template_json: str  # text, so that nobody can change it by accident

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def title(self) -> str:
        return self.manifest.title

    @property
    def description(self) -> str:
        return self.manifest.description

    @property
    def job_type(self) -> JobType:
        return JobType(self.manifest.job_type)

    @property
    def timeout_s(self) -> int:
        return self.manifest.timeout_s

    @property
    def output_node(self) -> str:
        return self.manifest.output

    def template(self) -> Graph:
        graph: Graph = json.loads(self.template_json)
        return graph

    def json_schema(self) -> dict[str, Any]:
        return params_schema(self.manifest)

    def validate(
        self,
        params: object,
        *,
        prompt: object,
        negative_prompt: object,
        draw_seed: Callable[[], int],
        options: Options | None = None,
    ) -> Resolved:
        """What a request means, with defaults filled in and the seed drawn.

        `draw_seed` gives 0…9007199254740991; `options` is what live workers offer, from which a
        choice without a default takes the first by name. Raises InvalidParams, nothing else."""
        return resolve(
            self.manifest,
            params,
            prompt=prompt,
            negative_prompt=negative_prompt,
            defaults=Defaults(draw_seed, options),
        )

    def accept(self, params: object, *, prompt: object, negative_prompt: object) -> Resolved:
        """The same check for what `validate` made once: nothing is drawn, nothing chosen."""
        return resolve(
            self.manifest,
            params,
            prompt=prompt,
            negative_prompt=negative_prompt,
            defaults=Defaults(),
        )


class Workflows(Mapping[str, Workflow]):
    """All that are installed, by name, in the order of their names."""

    def __init__(self, workflows: Mapping[str, Workflow]) -> None:
        self._workflows = dict(sorted(workflows.items()))

    def __getitem__(self, name: str) -> Workflow:
        return self._workflows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._workflows)

    def __len__(self) -> int:
        return len(self._workflows)

    def choose(self, job_type: str, params: object) -> Workflow:
        """The one that `params` names under `workflow`, else text_to_image.

        Raises UnsupportedJobType, or InvalidParams where there is none of that name."""
        names = [name for name, workflow in self.items() if workflow.job_type == job_type]
        if not names:
            raise UnsupportedJobType(f"no installed workflow makes {shown(job_type)}")
        asked = params if isinstance(params, Mapping) else {}
        name: object = asked.get("workflow", DEFAULT_WORKFLOW)
        if isinstance(name, str) and name in names:
            return self[name]
        near = nearest(name, names) if isinstance(name, str) else ""
        msg = f"must be one of {', '.join(names[:20])}, not {shown(name)}{near}"
        raise InvalidParams([Fault(("params", "workflow"), msg)])
