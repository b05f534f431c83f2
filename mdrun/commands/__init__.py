"""One use case each: plain values in, exit code out."""
