"""The manual reconcile: a fresh look, a plan, the writes, and what came of each listing."""
