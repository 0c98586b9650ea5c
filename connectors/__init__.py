"""The outside world: TikTok Shop, partners' feeds, the store, and a sandbox to test against."""
