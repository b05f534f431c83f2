"""Kernels: the one room where code is executed.

Importing it is cheap; what talks to kernels is loaded while the first one boots.
"""

from __future__ import annotations

from mdrun.kernel.interpreter import find_interpreter
from mdrun.kernel.launch import Kernel, KernelLaunch
from mdrun.kernel.start import start_kernel

__all__ = ["Kernel", "KernelLaunch", "find_interpreter", "start_kernel"]
