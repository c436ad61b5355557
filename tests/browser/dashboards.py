#!/usr/bin/env python3
"""The pages of the dashboards in a headless Chromium, used as people use them. usage: dashboards.py [DIRECTORY]

DIRECTORY holds the built examples (default: build/examples/c).
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools import Browser, Page, chromium, find_chromium

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "examples" / "c").resolve()


@contextlib.contextmanager
def running(name: str, *args: str) -> Iterator[str]:
    """Starts an example; its first line."""
    process = subprocess.Popen([PROGRAMS / name, *args], text=True, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def expect(page: Page, script: str, wanted: object) -> None:
    found = page.run(script)
    if found != wanted:
        raise RuntimeError(f"{script}: {found!r}, not {wanted!r}")


def change(page: Page, selector: str, value: object) -> None:
    """What a person does to a field; checkboxes are clicked."""
    field = f"document.querySelector({json.dumps(selector)})"
    if isinstance(value, bool):
        page.run(f"{field}.checked === {json.dumps(value)} || {field}.click()")
    else:
        page.run(f"{field}.value = {json.dumps(str(value))}; {field}.dispatchEvent(new Event('change'))")


def as_admin(url: str, body: object = None) -> object:
    """A request that is not the page's."""
    data = None if body is None else json.dumps(body).encode()
    basic = "Basic " + base64.b64encode(b"admin:admin").decode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Authorization": basic}), timeout=10) as reply:
        return json.load(reply)


def log_in(page: Page, user: str, password: str) -> None:
    page.run(f"(f => {{ f.user.value = {json.dumps(user)}; f.pass.value = {json.dumps(password)};"
             f"f.requestSubmit(); }})(document.getElementById('login'))")  # fmt: skip


def device(browser: Browser) -> None:
    """Sessions, a change, a change from elsewhere over the WebSocket, a user who may only look."""
    shown = "!document.querySelector('main').hidden"
    with running("dashboard", "0") as url:
        admin = browser.page(url)
        expect(admin, "document.title", "Device")
        expect(admin, shown, False)
        expect(admin, "fetch('/api/get').then(reply => reply.status)", 403)
        log_in(admin, "admin", "wrong")
        admin.until("$('refused').textContent === 'Not Authorised\\n'")
        expect(admin, shown, False)
        log_in(admin, "admin", "admin")
        admin.until(shown)
        admin.until("$('uptime').textContent !== ''")
        expect(admin, "$('user').textContent", "admin")
        guest = browser.page(f"{url}/#guest:guest")
        guest.until(f"{shown} && $('uptime').textContent !== ''")
        expect(guest, "$('user').textContent", "guest")
        change(admin, "#on", True)
        admin.until("$('note').textContent === 'Saved'")
        guest.until("$('on').checked")
        as_admin(f"{url}/api/set", {"led": {"brightness": 77}})
        for page in (admin, guest):
            page.until("$('brightness').value === '77'")
        change(guest, "#brightness", 5)
        guest.until("$('note').textContent === 'Not allowed' && $('brightness').value === '77'")
        if as_admin(f"{url}/api/get/led") != {"on": True, "brightness": 77}:
            raise RuntimeError("the device took something else")


def fleet(browser: Browser) -> None:
    """A device that comes, is switched, gets firmware, and goes."""
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(running("mqtt-server", "0"))
        url = stack.enter_context(running("mqtt-dashboard", "-p", "0", "-u", broker))
        page = browser.page(url)
        cell = "document.querySelector('tr[data-id=lamp]')?.cells"
        with running("mqtt-dashboard", "-i", "lamp", "-u", broker) as line:
            if line != "lamp is online":
                raise RuntimeError(line)
            page.until(f"{cell}?.[1].textContent === 'online'")
            expect(page, f"{cell}[2].textContent", "1.0.0")
            change(page, "tr[data-id=lamp] input[type=number]", 42)
            page.until(f"{cell}[4].firstChild.value === '42'")
            change(page, "tr[data-id=lamp] input[type=checkbox]", True)
            again = browser.page(url)
            again.until(f"{cell}?.[3].firstChild.checked && {cell}[4].firstChild.value === '42'")
            again.run("call('POST', 'lamp', 'update', new Blob(['firmware'.repeat(1000)])).then(() => 0)")
            page.until(f"{cell}[5].lastChild.textContent === 'done'")
        # It was ended without a goodbye: the broker speaks its last will.
        page.until(f"{cell}[1].textContent === 'offline'")
        page.run("document.querySelector('tr[data-id=lamp] button').click()")
        page.until("document.querySelectorAll('tbody tr').length === 0")


def modbus(browser: Browser) -> None:
    """Registers are written and read, a mistake is shown."""
    with tempfile.TemporaryDirectory() as work, contextlib.ExitStack() as stack:
        device = stack.enter_context(running("modbus-server", "0"))
        url = stack.enter_context(running("modbus-dashboard", "-p", "0", "-s", f"{work}/settings.json"))
        page = browser.page(url)
        page.until("settings.url.value !== ''")
        page.run(f"settings.url.value = {json.dumps(device)}; settings.requestSubmit(); 0")
        answer = "document.getElementById('answer').textContent"
        page.until(f"{answer} === 'Saved'")
        for fields, wanted in (
            ({"func": 16, "addr": 3, "values": "1, 2,3"}, "Written"),
            ({"func": 3, "addr": 4, "count": 2}, "2, 3"),
            ({"func": 3, "addr": 999, "count": 2}, "Error: illegal address"),
        ):
            sets = "".join(f"exec.{name}.value = {json.dumps(str(value))};" for name, value in fields.items())
            page.run(f"{sets} exec.requestSubmit(); 0")
            page.until(f"{answer} === {json.dumps(wanted)}")


CHECKS: tuple[Callable[[Browser], None], ...] = (device, fleet, modbus)


def main() -> int:
    program = find_chromium()
    if program is None:
        print("Chromium is not installed: nothing was checked", file=sys.stderr)
        return 1
    failed = 0
    with chromium(program) as browser:
        for check in CHECKS:
            try:
                check(browser)
                print(f"passed: {check.__name__}: {check.__doc__}")
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"failed: {check.__name__}: {error}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
