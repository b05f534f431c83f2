"""Modules that run inside the kernel's process, whatever interpreter that is.

They know the standard library, IPython and ipykernel, and never mdrun. Inside the kernel this
package is called `_mdrun_guest`, so that a note's `import mdrun` finds what it would find
anywhere else; hence the relative imports.
"""
