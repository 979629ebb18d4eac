"""The command, as a program: also where Ctrl-C comes while it is still being read in."""

import sys


def run() -> None:
    try:
        from accord.cli import main

        main(prog_name="accord")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
