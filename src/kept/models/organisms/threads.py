"""Keeps numpy's linear algebra on one thread: for small matrices, threads that wait for each other cost 20 times more.

The wheels of numpy carry OpenBLAS, whose thread count can be set at run time; any other library is left as it is.
"""

import ctypes
from functools import cache
from pathlib import Path

import numpy as np

_SETTERS = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads", "openblas_set_num_threads")


@cache
def use_one_thread() -> bool:
    """Set OpenBLAS in this process to one thread; tells whether one was found."""
    package = Path(np.__file__).parent
    folders = (package.parent / "numpy.libs", package / ".dylibs")
    for library in (path for folder in folders for path in folder.glob("*openblas*")):
        loaded = ctypes.CDLL(str(library))
        for name in _SETTERS:
            setter = getattr(loaded, name, None)
            if setter is not None:
                setter(ctypes.c_int(1))
                return True
    return False
