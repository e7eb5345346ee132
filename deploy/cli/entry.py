"""`darkroom`, from its first moment on: Ctrl-C while it is being loaded ends it without a word."""

INTERRUPTED = 130


def main() -> None:
    try:
        from deploy.cli.app import main as command
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    command()
