"""Recorded orders replayed under a policy, on a virtual clock (design 5, issue 4 point 8)."""
