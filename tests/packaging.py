#!/usr/bin/env python3
"""What leaves the house: exported symbols, `make install`, and programs linked by pkg-config and by CMake."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.findall(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[0]
PROGRAM = """\
#include <mongoose.h>
int main(void) {
  struct mg_mgr mgr;
  char text[32];
  mg_mgr_init(&mgr);
  mg_mgr_free(&mgr);
  return mg_snprintf(text, sizeof(text), "%d", 42) == 2 && strcmp(text, "42") == 0 ? 0 : 1;
}
"""
# Declared for programs that define them.
PROGRAMS_OWN = {"mg_dash_init", "mg_dash_poll", "mg_mqtt_init", "mg_mqtt_poll"}
CMAKE = """\
cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(Vansire {version} REQUIRED)
add_executable(shared program.c)
target_link_libraries(shared PRIVATE Vansire::vansire)
add_executable(static program.c)
target_link_libraries(static PRIVATE Vansire::vansire_static)
"""


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def exported() -> set[str]:
    table = run("nm", "-D", "--defined-only", ROOT / "target" / "release" / "libvansire.so")
    return {line.split()[2] for line in table.splitlines()}


def declared() -> set[str]:
    """Functions that the headers promise."""
    names: set[str] = set()
    for header in ("vansire.h", "mongoose.h"):
        text = re.sub(r"/\*.*?\*/", "", (ROOT / "include" / header).read_text(), flags=re.DOTALL)
        text = re.sub(r"^\s*#(?:[^\n\\]|\\.|\\\n)*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"\bstatic\s+inline\b[^;{]*\{.*?^\}", "", text, flags=re.DOTALL | re.MULTILINE)
        names |= set(re.findall(r"^[\w][\w\s*]*?\b(mg_\w+)\s*\([^;{]*\)[^;{]*;", text, re.MULTILINE))
    return names - PROGRAMS_OWN


class Symbols(unittest.TestCase):
    def test_everything_declared_is_exported(self) -> None:
        self.assertGreater(len(declared()), 50)
        self.assertEqual(sorted(declared() - exported()), [])

    def test_nothing_but_the_api_is_exported(self) -> None:
        self.assertEqual([name for name in sorted(exported()) if not name.startswith("mg_")], [])

    def test_the_name_of_the_shared_library(self) -> None:
        dynamic = run("readelf", "-d", ROOT / "target" / "release" / "libvansire.so")
        self.assertIn("[libvansire.so.0]", dynamic)


class Installed(unittest.TestCase):
    """Installs below a folder of its own, as users do it (PREFIX) and as packagers do (DESTDIR)."""

    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="vansire-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("make", "install", f"PREFIX={cls.folder / 'usr'}")
        (cls.folder / "program.c").write_text(PROGRAM)

    def run_program(self, name: str) -> None:
        run(self.folder / name, LD_LIBRARY_PATH=str(self.folder / "usr" / "lib"))

    def test_destdir_goes_in_front_and_stays_out_of_the_files(self) -> None:
        stage = self.folder / "stage"
        run("make", "install", "PREFIX=/opt/vansire", "LIBDIR=/opt/vansire/lib64", f"DESTDIR={stage}")
        root = stage / "opt" / "vansire"
        names = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
        self.assertEqual(
            names,
            {
                "include/mongoose.h",
                "include/vansire.h",
                "lib64/libvansire.a",
                f"lib64/libvansire.so.{VERSION}",
                "lib64/libvansire.so.0",
                "lib64/libvansire.so",
                "lib64/pkgconfig/vansire.pc",
                "lib64/cmake/Vansire/VansireConfig.cmake",
                "lib64/cmake/Vansire/VansireConfigVersion.cmake",
            },
        )
        for path in (*root.rglob("*.pc"), *root.rglob("*.cmake")):
            text = path.read_text()
            self.assertNotIn(str(stage), text)
            self.assertNotRegex(text, r"@\w+@", f"{path.name}: a place was not filled in")
        self.assertIn("libdir=${prefix}/lib64", (root / "lib64/pkgconfig/vansire.pc").read_text())

    def test_headers_and_static_library_alone(self) -> None:
        usr = self.folder / "usr"
        include, archive = f"-I{usr / 'include'}", usr / "lib" / "libvansire.a"
        run("cc", include, "program.c", archive, "-o", "bare", "-lpthread", "-lm", "-ldl", cwd=self.folder)
        self.run_program("bare")

    @unittest.skipIf(shutil.which("pkg-config") is None, "pkg-config is not installed")
    def test_pkg_config(self) -> None:
        path = str(self.folder / "usr" / "lib" / "pkgconfig")
        self.assertEqual(run("pkg-config", "--modversion", "vansire", PKG_CONFIG_PATH=path).strip(), VERSION)
        flags = run("pkg-config", "--cflags", "--libs", "vansire", PKG_CONFIG_PATH=path).split()
        run("cc", "program.c", *flags, "-o", "by-pkg-config", cwd=self.folder)
        self.run_program("by-pkg-config")

    @unittest.skipIf(shutil.which("cmake") is None, "cmake is not installed")
    def test_cmake(self) -> None:
        minor = ".".join(VERSION.split(".")[:2])
        (self.folder / "CMakeLists.txt").write_text(CMAKE.format(version=minor))
        run("cmake", "-S", ".", "-B", "cmake", f"-DCMAKE_PREFIX_PATH={self.folder / 'usr'}", cwd=self.folder)
        run("cmake", "--build", "cmake", cwd=self.folder)
        self.run_program("cmake/shared")
        self.run_program("cmake/static")


def main() -> int:
    result = unittest.main(module=__name__, exit=False, verbosity=2).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
