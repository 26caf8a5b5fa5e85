"""What the tools of the conformance suite take."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Nothing(BaseModel):
    """No arguments; what is sent all the same is not looked at."""


class Prompt(BaseModel):
    prompt: str


class Message(BaseModel):
    message: str


class Region(BaseModel):
    """One argument that clients repeat in a header, for proxies on the way."""

    region: str = Field("", json_schema_extra={"x-mcp-header": "Region"})


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    address: dict[str, Any] = {}
