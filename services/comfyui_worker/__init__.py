"""The worker beside one ComfyUI."""
