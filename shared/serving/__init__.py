"""HTTP and WebSockets as every port of ours speaks them: uvicorn, with an end to everything."""
