"""A TikTok Shop to test against: servers, shoppers, the partner's shelf and his feeds.

It plays the outside world and knows nothing of the product: it checks signatures by its own
reading of the API page and imports no other family. Begin at `world.SandboxWorld` and
`api.make_api`; `story.demo_world` puts a whole scene together.
"""
