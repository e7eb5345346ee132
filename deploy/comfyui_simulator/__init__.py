"""A program that speaks ComfyUI's HTTP and WebSocket protocol, and fails like it on demand."""
