"""The running program: settings, queues, steps and the command line."""
