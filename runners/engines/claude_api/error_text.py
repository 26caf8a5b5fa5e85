from pathlib import Path


def error_text(error: Exception, root: Path) -> str:
    """Return what the model reads about an error in a tool that works in `root`.

    The operating system's errors are said in its own words, with the path they are
    about; other errors are a tool's fault, and named by their class.
    """
    if not isinstance(error, OSError) or not error.strerror:
        return f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError) and not root.is_dir():
        return f"The working directory {root} is gone: no tool works until it is back"
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
