"""The webhook endpoint as it is served, and a bare framework beside it, each in a process."""

import signal
import socket
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.worker.web.rig import APP_KEY, SECRET, SHOP_ID
from worker.bootstrap import build_services, close
from worker.services import Services
from worker.settings.model import Settings
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import PATH, webhook_routes


BACKLOG = 1_024


def services_in(folder: Path, database_url: str) -> Services:
    """Return services with one shop and a real record."""
    return build_services(
        Settings.model_validate(
            {
                "data_dir": folder,
                "database_url": database_url,
                "tiktok": {"app_key": APP_KEY, "app_secret": SECRET},
                "shops": {"alpha": {"cipher": "c", "shop_id": SHOP_ID}},
            }
        )
    )


def serve_webhooks(folder: Path, database_url: str, port: Connection) -> None:
    """Serve the endpoint with its intake until the process is told to end."""
    services = services_in(folder, database_url)
    try:
        with webhook_intake(services) as intake:
            _serve(Starlette(routes=webhook_routes(services, intake)), port)
    finally:
        close(services)


def serve_floor(port: Connection) -> None:
    """Serve an endpoint that reads the body and keeps nothing."""

    async def accept(request: Request) -> Response:
        await request.body()
        return Response()

    _serve(Starlette(routes=[Route(PATH, accept, methods=["POST"])]), port)


def _serve(app: Starlette, port: Connection) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    # uvicorn ends well when told to, and then passes the signal on: it must not kill us in turn.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    port.send(listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])
