"""`python -m worker`: the command line."""

from .cli.program import main


if __name__ == "__main__":
    main()
