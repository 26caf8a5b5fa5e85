from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

ICONS = {192: "sessions_app/icon/app_192.png", 512: "sessions_app/icon/app_512.png"}
PAPER = "#15171a"  # as in the page's dark theme


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the page to browsers that can install it as an app."""
    icons = [
        {
            "src": static(path),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, path in ICONS.items()
        for purpose in ("any", "maskable")
    ]
    described = {
        "name": "Ringside",
        "short_name": "Ringside",
        "description": "Watch, steer and review agents at work",
        "id": "/",
        "start_url": reverse("session_list"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": icons,
        "shortcuts": [
            {"name": "Inbox", "url": reverse("inbox")},
            {"name": "Wall", "url": reverse("wall")},
        ],
    }
    return JsonResponse(described, content_type="application/manifest+json")


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that shows `offline_page` where the server cannot be reached."""
    return render(
        request, "sessions_app/service_worker.js", content_type="text/javascript"
    )


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """The one page that browsers keep; it is the same for everybody."""
    return render(request, "sessions_app/offline.html")
