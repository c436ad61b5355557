#!/usr/bin/env python3
"""House rules that no compiler checks: lists that must agree, arrows between rooms, names that texts promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/index.md",
    "docs/benchmarks.md",
    "docs/performance.md",
    "benches/compare/README.md",
]


def fuzz_targets_are_listed() -> list[str]:
    """Every file in fuzz/fuzz_targets has its [[bin]] in fuzz/Cargo.toml and the other way round."""
    files = {path.stem for path in (ROOT / "fuzz" / "fuzz_targets").glob("*.rs")}
    listed = set(re.findall(r"fuzz_targets/(\w+)\.rs", (ROOT / "fuzz" / "Cargo.toml").read_text()))
    return [f"fuzz/Cargo.toml: {name} is a file or an entry, but not both" for name in sorted(files ^ listed)]


def pure_rooms_stay_pure() -> list[str]:
    """wire, text and service know neither the operating system nor raw pointers."""
    forbidden = re.compile(r"\blibc::|\bunsafe\s*(?:\{|fn|impl|extern)|\*(?:const|mut)\s|\bcrate::ffi\b|\bstd::net\b")
    upward = {"wire": r"\bcrate::(?:engine|service|fs|abi)\b", "text": r"\bcrate::(?:engine|service|fs|wire|abi)\b"}
    problems = []
    for room in ("wire", "text", "service"):
        arrow = re.compile(upward.get(room, r"(?!)"))
        for path in sorted((ROOT / "src" / room).rglob("*.rs")):
            if path.stem == "tests" or path.stem.endswith("_tests"):
                continue
            library = path.read_text().partition("#[cfg(test)]\nmod ")[0]
            for number, line in enumerate(library.splitlines(), 1):
                code = line.partition("//")[0]
                if forbidden.search(code) or arrow.search(code):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: not in this room: {line.strip()}")
    return problems


def texts_keep_their_word() -> list[str]:
    """`make TARGET` and linked files that a text names exist."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    problems = []
    for name in TEXTS:
        path = ROOT / name
        text = path.read_text()
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
            if target not in targets:
                problems.append(f"{name}: there is no `make {target}`")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            if not (path.parent / link).exists():
                problems.append(f"{name}: {link} is missing")
    return problems


def one_version() -> list[str]:
    """The changelog's newest entry is the version of Cargo.toml or the unreleased section."""
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if version and newest and newest.group(1) in (version.group(1), "Unreleased"):
        return []
    return ["CHANGELOG.md: the newest entry is neither the version of Cargo.toml nor Unreleased"]


def build_output_is_not_committed() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    wrong = re.compile(r"^(?:target|build|\.venv)/|\.(?:so|a|o|pyc)$")
    return [f"{name} is build output" for name in done.stdout.splitlines() if wrong.search(name)]


def main() -> int:
    checks = (
        fuzz_targets_are_listed,
        pure_rooms_stay_pure,
        texts_keep_their_word,
        one_version,
        build_output_is_not_committed,
    )
    problems = [problem for check in checks for problem in check()]
    print("\n".join(problems) or "house rules: kept")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
