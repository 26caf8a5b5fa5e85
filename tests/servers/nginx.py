import shutil
import subprocess
from pathlib import Path

import httpx2

from tests.servers.free_port import free_port
from tests.servers.process import ROOT, until
from tests.servers.stack import missing

SITE = ROOT / "docs" / "deploy" / "nginx.conf"
MAIN = """
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


class Nginx:
    """A real nginx with the documented site, on ports of its own, for localhost."""

    def __init__(self, directory: Path, upstreams: list[int]) -> None:
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            missing("nginx (Debian: nginx-light)")
        self.certificate = _certify(directory)
        self.http_port, self.port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}"
        self.log = directory / "access.log"
        site = SITE.read_text()
        for old, new in (
            ("127.0.0.1:8001", f"127.0.0.1:{upstreams[0]}"),
            ("127.0.0.1:8002", f"127.0.0.1:{upstreams[1]}"),
            ("listen 80;", f"listen 127.0.0.1:{self.http_port};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("ringside.example.com", "localhost"),
            ("/etc/ssl/ringside/fullchain.pem", str(self.certificate)),
            ("/etc/ssl/ringside/privkey.pem", str(directory / "key.pem")),
            ("/var/log/nginx/ringside.log", str(self.log)),
        ):
            assert old in site, old
            site = site.replace(old, new)
        (directory / "site.conf").write_text(site)
        main = directory / "main.conf"
        main.write_text(MAIN.format(directory=directory))
        self._errors = directory / "error.log"
        command: list[str | Path] = [
            program,
            "-e",
            self._errors,
            "-p",
            directory,
            "-c",
            main,
        ]
        self._popen = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(self._listens)

    def end(self) -> None:
        self._popen.terminate()
        self._popen.wait(20)

    def _listens(self) -> bool:
        assert self._popen.poll() is None, self._errors.read_text()
        try:
            httpx2.get(f"http://localhost:{self.http_port}/", trust_env=False)
        except httpx2.TransportError:
            return False
        return True


def _certify(directory: Path) -> Path:
    """Make a certificate for localhost that signs itself."""
    if shutil.which("openssl") is None:
        missing("openssl")
    certificate = directory / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", directory / "key.pem", "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate
