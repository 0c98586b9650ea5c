"""Every reachable state of a small world, run through the real book and planning functions."""
