from django.db import InterfaceError, InternalError, OperationalError

# What a database says of itself, not of what it was asked: it is away, full or locked,
# or (PostgreSQL calls that internal) has ended a transaction that stood still.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
