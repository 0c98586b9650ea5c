"""Shops and what opens them: tokens, states, connecting, checking, accepted baselines."""
