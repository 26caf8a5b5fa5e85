from contextvars import ContextVar

# True in the context of an HTTP request, including the threads that serve it.
POOLED: ContextVar[bool] = ContextVar("pooled", default=False)
