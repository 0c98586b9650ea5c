"""The sandbox as a process of its own, for other people's programs to be tested on."""
