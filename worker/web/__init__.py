"""What is served over HTTP: TikTok's webhooks, the API, and on a port of its own the metrics."""
