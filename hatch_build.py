"""Compiles the core for the wheel and for the editable install; also runs by itself.

Every `.pyx` of the rooms is compiled, and every `.py` that has a `.pxd` beside it. Without a C
compiler nothing is, in one line of warning: Lockstep then runs plain. An error of the compiler
fails the build. It never changes a source; what it makes goes to engine/native/built.
"""

import hashlib
import importlib.machinery
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS = ("engine", "backtest", "connectors", "lockstep", "strategies")
BUILT = "engine/native/built"
RECORD = "built.json"
# A fused multiply-add rounds once where Python rounds twice: results would depend on the processor.
C_FLAGS = ("-fPIC", "-ffp-contract=off", "-fwrapv", "-fno-strict-aliasing", "-w")
# Loops over columns are worth optimising; what is made of a .py mostly calls Python, and compiles
# twice as fast without.
OPTIMISED = {".pyx": "-O3", ".py": "-O1"}
# Annotations are for readers and mypy; only the .pxd says what becomes a C type.
CYTHON_FLAGS = ("-3", "-X", "annotation_typing=False")


class CompiledCore(BuildHookInterface):  # type: ignore[type-arg] # it is not generic at run time
    """Add the compiled modules to a wheel, whose tag then names the platform."""

    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compile before hatchling collects the files."""
        compiled = compile_core(Path(self.root))
        if compiled:
            build_data["artifacts"].append(f"/{BUILT}/**")
            build_data["pure_python"] = False
            build_data["infer_tag"] = True


def compile_core(root: Path) -> list[str]:
    """Compile what has changed since the last time; return the names of all compiled modules.

    Raises SystemExit with what the compiler said.
    """
    modules = dict(compiled_modules(root))
    missing = missing_tools() if modules else None
    if missing:
        print(f"the core stays plain Python: {missing}", file=sys.stderr)
    if missing or not modules:
        shutil.rmtree(root / BUILT, ignore_errors=True)
        return []
    folder = root / BUILT / importlib.machinery.EXTENSION_SUFFIXES[0].split(".")[1]
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name: fingerprint(root, source) for name, source in modules.items()}
    files = {name: f"{name}.{wanted[name]}.so" for name in modules}
    outdated = [name for name in modules if not (folder / files[name]).is_file()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda name: build(root, modules[name], folder / files[name]), outdated))
    write_record(root, folder, modules, files)
    return sorted(modules)


def compiled_modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the source, relative to the root, of each module that is compiled."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.p[yx][xd]")):
            source = path if path.suffix == ".pyx" else path.with_suffix(".py")
            if source == path or source.is_file():
                relative = source.relative_to(root)
                yield ".".join(relative.with_suffix("").parts), relative


def declarations(root: Path) -> list[Path]:
    """Return every .pxd of the rooms, relative to the root, sorted."""
    return sorted(path.relative_to(root) for room in ROOMS for path in (root / room).rglob("*.pxd"))


def missing_tools() -> str | None:
    """Say which tool is not here, and how to get it; None if nothing is missing."""
    if not shutil.which(compiler()[0]):
        return f"there is no C compiler ({compiler()[0]}); install one and run `make core`"
    headers = Path(sysconfig.get_path("include"))
    if not (headers / "Python.h").is_file():
        return f"{headers} has no Python.h; install Python's headers and run `make core`"
    return None


def compiler() -> list[str]:
    """Return the C compiler: that of the environment variable CC, or the one Python was made by."""
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")


def fingerprint(root: Path, source: Path) -> str:
    """Return what a compiled module depends on, as 16 hexadecimal digits."""
    flags = (version("Cython"), C_FLAGS, OPTIMISED[source.suffix], CYTHON_FLAGS)
    digest = hashlib.sha256(repr(flags).encode())
    for path in (source, *declared_for(root, source)):
        digest.update(f"\n{path}\n".encode())
        digest.update((root / path).read_bytes())
    return digest.hexdigest()[:16]


def declared_for(root: Path, source: Path) -> list[Path]:
    """Return the .pxd of a source and those that it takes types from, over any number of steps."""
    found: dict[Path, None] = {}
    waiting = [source.with_suffix(".pxd"), *([source] if source.suffix == ".pyx" else [])]
    while waiting:
        path = waiting.pop()
        if path in found or not (root / path).is_file():
            continue
        found[path] = None
        names = re.findall(r"^from ([\w.]+) cimport", (root / path).read_text(), re.MULTILINE)
        waiting += [Path(*name.split(".")).with_suffix(".pxd") for name in names]
    return sorted(found)


def build(root: Path, source: Path, target: Path) -> None:
    """Make one module: Cython writes C, the compiler makes a library of it."""
    name = target.name.rpartition(".")[0].rpartition(".")[0]
    written = target.with_suffix(".c")
    made = target.with_suffix(".tmp")
    cython = [sys.executable, "-m", "cython", *CYTHON_FLAGS, "-I", str(root)]
    run(root, [*cython, "--module-name", name, "-o", str(written), str(source)])
    linker = shlex.split(sysconfig.get_config_var("LDSHARED") or "cc -shared")[1:]
    headers = f"-I{sysconfig.get_path('include')}"
    run(
        root,
        [
            *compiler(),
            *linker,
            OPTIMISED[source.suffix],
            *C_FLAGS,
            headers,
            str(written),
            "-o",
            str(made),
        ],
    )
    written.unlink()
    made.replace(target)


def run(root: Path, command: list[str]) -> None:
    """Run a command of the build; raise SystemExit with what it said if it fails."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the core does not compile: {shlex.join(command)}\n{done.stderr}")


def write_record(root: Path, folder: Path, modules: dict[str, Path], files: dict[str, str]) -> None:
    """Write what was built from what, last and at once; then remove what nothing names."""
    sources = [*modules.values(), *declarations(root)]
    hashes = {
        path.as_posix(): hashlib.sha256((root / path).read_bytes()).hexdigest() for path in sources
    }
    made = folder / f"{RECORD}.tmp"
    made.write_text(json.dumps({"modules": files, "sources": hashes}, indent=1) + "\n")
    made.replace(folder / RECORD)
    for path in folder.iterdir():
        if path.name not in {RECORD, *files.values()}:
            path.unlink()


if __name__ == "__main__":
    compile_core(Path(__file__).parent)
