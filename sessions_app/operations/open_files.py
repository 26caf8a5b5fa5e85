import resource


def raise_limit(least: int) -> None:
    """Raise the process's soft limit of open files to `least`, or to the hard limit.

    Many systems start processes with 1,024, and each socket of a viewer is a file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = least if hard == resource.RLIM_INFINITY else min(least, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
