from contextvars import ContextVar

# True in whatever serves an HTTP request, its threads included.
POOLED: ContextVar[bool] = ContextVar("pooled", default=False)
