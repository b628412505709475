"""Packages from npm that some tests need, in the versions of a lock file."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

from tools import needed


def node_modules(folder: Path) -> Path:
    """Return what npm installs for the package in ``folder``, once per lock file, outside the tree."""
    npm = needed("npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crowdmake-tests"
    lock = (folder / "package-lock.json").read_bytes()
    place = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        new = Path(mkdtemp(dir=cache))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, new)
        command = [npm, "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=new, check=True, stdout=subprocess.DEVNULL)
        try:
            new.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(new)
    return place / "node_modules"
