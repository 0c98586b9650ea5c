"""TikTok Shop's Open API: signing, requests and answers as values, tokens, quota, the client."""
