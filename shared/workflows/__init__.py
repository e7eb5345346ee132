"""What a ComfyUI can be asked to make: folders of a graph and a manifest, and no code.

load.py          folders → Workflows (BrokenWorkflow names file and line)
workflow.py      Workflow: validate a request, describe its parameters
render.py        complete parameters → the graph that ComfyUI is given
requirements.py  what a job needs of a ComfyUI, what one offers, what is missing
object_info.py   ComfyUI's own description → Offers
"""
