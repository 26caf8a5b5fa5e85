#!/usr/bin/env python
from config.command import run

if __name__ == "__main__":
    run()
