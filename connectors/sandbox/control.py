"""The control API of a sandbox that others test against: `/sandbox/...`, JSON in and out.

It is no part of TikTok's API and asks for no signature: whoever reaches the port may do anything
to this world, in which nothing is real. What cannot be done is told with its cause and changes
nothing. `GET /sandbox` lists every act with its form.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields

import httpx

from . import control_acts as acts
from .api import Handle
from .faults import FaultRates
from .forms import Misfit, Said
from .refusals import SandboxRefusal, Unknown
from .stage import Stage
from .switches import SandboxSwitches


PREFIX = "/sandbox"

BODY_BYTES_MAX = 64 * 1024
"""The longest request: all switches at once are a twentieth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One call: its method and path, what it does, and the form that its body is."""

    method: str
    path: str
    act: Callable[[Stage, Said], acts.Told]
    form: type | None = None

    def described(self) -> acts.Told:
        """Return what a person needs to know to make the call."""
        told: dict[str, object] = {
            "method": self.method,
            "path": PREFIX + self.path,
            "does": (self.act.__doc__ or "").strip(),
        }
        if self.form is not None:
            told["body"] = {
                field.name: "needed" if field.default is MISSING else field.default
                for field in fields(self.form)
            }
        return told


CONTROLS = (
    Control(method="GET", path="/shops", act=acts.tell_shops),
    Control(method="GET", path="/stock", act=acts.tell_stock),
    Control(method="PUT", path="/stock", act=acts.edit_stock, form=acts.StockEdit),
    Control(method="GET", path="/orders", act=acts.tell_orders),
    Control(method="POST", path="/orders", act=acts.buy, form=acts.Purchase),
    Control(method="POST", path="/orders/step", act=acts.advance_order, form=acts.Advance),
    Control(method="POST", path="/orders/cancel", act=acts.cancel, form=acts.Cancellation),
    Control(method="PUT", path="/products", act=acts.set_product_status, form=acts.StatusChange),
    Control(method="GET", path="/writes", act=acts.tell_writes),
    Control(method="GET", path="/webhooks", act=acts.tell_webhooks),
    Control(method="GET", path="/switches", act=acts.tell_switches),
    Control(method="PUT", path="/switches", act=acts.set_switches, form=SandboxSwitches),
    Control(method="POST", path="/faults", act=acts.force_fault, form=acts.NextFault),
    Control(method="PUT", path="/faults", act=acts.set_fault_rates, form=FaultRates),
    Control(method="DELETE", path="/faults", act=acts.stop_faults),
    Control(method="POST", path="/mishaps", act=acts.strike, form=acts.Struck),
    Control(method="GET", path="/clock", act=acts.tell_clock),
    Control(method="POST", path="/clock", act=acts.wait, form=acts.Wait),
)
"""Every call of the control API."""


def with_control(stage: Stage, api: Handle) -> Handle:
    """Return the function that answers control calls itself, and all others by `api`."""

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return api(request)
        return _answer(stage, request.method, path.removeprefix(PREFIX).rstrip("/"), request)

    return handle


def _answer(stage: Stage, method: str, path: str, request: httpx.Request) -> httpx.Response:
    if (method, path) == ("GET", ""):
        return _told(200, {"controls": [each.described() for each in CONTROLS]})
    there = [each for each in CONTROLS if each.path == path]
    if not there:
        return _refused(404, f"there is no {PREFIX}{path}", f"GET {PREFIX} lists what there is")
    control = next((each for each in there if each.method == method), None)
    if control is None:
        methods = " or ".join(each.method for each in there)
        return _refused(405, f"{method} is not for {PREFIX}{path}", f"use {methods}")
    return _acted(stage, control, request)


def _acted(stage: Stage, control: Control, request: httpx.Request) -> httpx.Response:
    try:
        return _told(200, control.act(stage, _said(request)))
    except Misfit as fault:
        cause = f"{fault.name}: {fault.problem}" if fault.name else fault.problem
        return _refused(400, cause, fault.remedy)
    except ValueError as fault:
        return _refused(400, str(fault), f"GET {PREFIX} lists the forms")
    except (Unknown, KeyError) as fault:
        return _refused(404, str(fault), f"GET {PREFIX}/shops lists what there is")
    except SandboxRefusal as fault:
        return _refused(409, str(fault), f"GET {PREFIX}/stock and {PREFIX}/orders tell the state")


def _said(request: httpx.Request) -> Said:
    body = request.read()
    if len(body) > BODY_BYTES_MAX:
        raise Misfit("", f"the body is longer than {BODY_BYTES_MAX} bytes", "ask for less")
    try:
        said = json.loads(body or b"{}")
    except ValueError as fault:
        raise Misfit("", f"the body is not JSON: {fault}", "send one JSON object") from fault
    if not isinstance(said, Mapping):
        raise Misfit("", "the body is no JSON object", "send one JSON object")
    return said


def _refused(status: int, cause: str, remedy: str) -> httpx.Response:
    return _told(status, {"error": {"cause": cause, "remedy": remedy}})


def _told(status: int, value: acts.Told) -> httpx.Response:
    content = json.dumps(value, ensure_ascii=False).encode()
    return httpx.Response(status, headers={"content-type": "application/json"}, content=content)
