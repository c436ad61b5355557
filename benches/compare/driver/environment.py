"""Everything a row needs before it can run: virtual environments, compiled programs, their versions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import BUILD, COMPARE, ROOT, Unavailable

STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
PACKAGE = ROOT / "bindings" / "python"
LIBRARY = ROOT / "target" / "release" / "libvansire.a"


def run(*command: str | Path) -> str:
    """Runs to the end and gives its output; a failure becomes `Unavailable` with the last lines of the log."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        tail = "\n".join(error.output.strip().splitlines()[-8:])
        told = f"`{' '.join(map(str, command))}` failed\n{tail}"
        raise Unavailable(told.replace(f"{ROOT}/", "")) from error
    return done.stdout


def venv(name: str) -> Path:
    """The interpreter of the environment `name`, made when absent, with exactly its pinned requirements.

    `vansire` has the package of this repository too, and the applications that run on its servers.
    """
    folder = BUILD / "venv" / name
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    wanted = _wanted(name)
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"  preparing the environment of {name} ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "venv", folder)
    package = [PACKAGE] if name == "vansire" else []
    requirements = COMPARE / "requirements" / f"{name}.txt"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *package, "-r", requirements)
    stamp.write_text(wanted)
    return python


def _wanted(name: str) -> str:
    """What an up-to-date environment was made from."""
    if name != "vansire":
        return (COMPARE / "requirements" / f"{name}.txt").read_text()
    if not (PACKAGE / "pyproject.toml").is_file():
        raise Unavailable("bindings/python is not there")
    newest = max(
        (
            path.stat().st_mtime_ns
            for folder in (ROOT / "src", ROOT / "include", PACKAGE)
            for path in folder.rglob("*")
            if path.suffix in {".rs", ".c", ".h", ".py", ".pyi", ".pyx", ".pxd", ".pxi", ".toml"}
            and "build" not in path.relative_to(ROOT).parts
        ),
        default=0,
    )
    return str(newest)


def compile_c(source: Path, output: Path, *more: str | Path) -> Path:
    """Compiles when the program is older than its source or the library."""
    inputs = [source, *(Path(part) for part in more if str(part).endswith(".a"))]
    for path in inputs:
        if not path.is_file():
            raise Unavailable(f"{path.relative_to(ROOT)} is missing: run `make build examples`")
    if not output.is_file() or output.stat().st_mtime < max(path.stat().st_mtime for path in inputs):
        output.parent.mkdir(parents=True, exist_ok=True)
        run(os.environ.get("CC", "cc"), "-O2", *STRICT, source, "-o", output, *more)
    return output


def package_versions(python: Path) -> dict[str, str]:
    """Every distribution in an environment, and the interpreter."""
    program = (
        "import importlib.metadata as m, platform;"
        "print('python', platform.python_version());"
        "[print(d.metadata['Name'], d.version) for d in m.distributions() if d.metadata['Name'] != 'pip']"
    )
    pairs = (line.split(" ", 1) for line in run(python, "-c", program).splitlines())
    return dict(sorted((name, version) for name, version in pairs))


def first_line(*command: str | Path) -> str:
    return run(*command).splitlines()[0].strip()
