"""The backtest: its engine, its policies, its files, and its answers."""
