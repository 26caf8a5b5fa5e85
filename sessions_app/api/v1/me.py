from ninja import Router

from sessions_app.agents.choice import engine_choices
from sessions_app.api.v1.auth import CallerRequest, require
from sessions_app.api.v1.responses import answers
from sessions_app.api.v1.schemas import EngineList, EngineOut, Me
from sessions_app.people.api_tokens import Scope
from sessions_app.people.rights import principal_of

router = Router(tags=["me"])


@router.get("/me", response=answers(Me))
def get_me(request: CallerRequest) -> Me:
    """Return the caller's name, role and scopes."""
    caller = request.auth
    role = principal_of(caller.user).role
    return Me(
        user=caller.user.get_username(),
        role=role.group if role is not None else "",
        scopes=sorted(caller.scopes),
    )


@router.get("/engines", response=answers(EngineList))
def list_engines(request: CallerRequest) -> EngineList:
    """List the engines that a new session can run on, the default first."""
    user = require(request, Scope.READ)
    return EngineList(
        engines=[
            EngineOut(
                name=choice.value,
                label=choice.label,
                simulated=choice.kind.is_simulated,
            )
            for choice in engine_choices(user)
        ]
    )
