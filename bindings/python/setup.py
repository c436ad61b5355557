"""Build of the extension module: cargo makes the static library, Cython the C code, the compiler one .so of both.

The crate is the repository two levels up; a source distribution carries a copy in `crate/`. `VANSIRE_PROFILE=dev`
builds the library without optimisation.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
CRATE = HERE / "crate" if (HERE / "crate").is_dir() else HERE.parents[1]
# What the library is built from; cargo also wants to see the benchmarks that Cargo.toml names.
CRATE_FILES = ("Cargo.*", "build.rs", "src", "include", "benches/*.rs", "LICENSE-*", "README.md")
PROFILE = os.environ.get("VANSIRE_PROFILE", "release")


def version() -> str:
    """The one version of the project: that of the crate."""
    found = re.search(r'^version = "(.+)"', (CRATE / "Cargo.toml").read_text(), re.MULTILINE)
    assert found is not None, "Cargo.toml has no version"
    return found.group(1)


def static_library() -> Path:
    """Where cargo puts the library."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    return target / ("debug" if PROFILE == "dev" else PROFILE) / "libvansire.a"


class BuildExt(build_ext):
    """Runs cargo first."""

    def run(self) -> None:
        cargo = shutil.which("cargo")
        if cargo is None:
            sys.exit("Building vansire needs Rust: install it from https://rustup.rs and try again.")
        subprocess.run([cargo, "build", "--lib", "--locked", "--profile", PROFILE], cwd=CRATE, check=True)
        super().run()


class Sdist(sdist):
    """Adds the crate, so that the archive builds without the repository."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        for source in (path for pattern in CRATE_FILES for path in CRATE.glob(pattern)):
            to = Path(base_dir, "crate", source.relative_to(CRATE))
            to.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, to, dirs_exist_ok=True)
            else:
                shutil.copy2(source, to)


def extension() -> Extension:
    linux = sys.platform.startswith("linux")
    strip = ["-Wl,--gc-sections", "-Wl,--exclude-libs,ALL", "-Wl,-s"] if linux else ["-Wl,-dead_strip"]
    if PROFILE == "dev":
        strip = strip[:-1]
    return Extension(
        "cymongoose._mongoose",
        ["native/_mongoose.pyx"],
        include_dirs=[str(CRATE / "include"), "native"],
        extra_objects=[str(static_library())],
        depends=[str(static_library()), *map(str, Path("native").glob("*.[ph]*"))],
        libraries=["pthread", "dl", "m", "util", "rt"] if linux else [],
        extra_compile_args=["-O2", "-fexceptions", "-fvisibility=hidden", "-Wno-unused-function"],
        extra_link_args=strip,
    )


os.chdir(HERE)
setup(
    version=version(),
    ext_modules=cythonize([extension()], include_path=["native"], build_dir="build/cython"),
    cmdclass={"build_ext": BuildExt, "sdist": Sdist},
)
