"""Draws the waveform of a recording; needs the extra `notebook`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError as missing:
    raise ImportError(
        'drawing a waveform needs matplotlib: pip install "polyai-conversations[notebook]"'
    ) from missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .samples import Samples

_MAX_COLUMNS: Final = 1_000
_SIZE: Final = (9.0, 1.6)
_CHANNEL_DISTANCE: Final = 2.0
_SILENCE_OF_BYTES: Final = 128


def plot_waveform(samples: Samples, sample_rate: int, axes: Axes | None = None) -> Axes:
    """Draw the lowest and the highest sample of each moment, one channel below the other.

    Args:
        samples: The samples, of shape (frames, channels).
        sample_rate: Number of frames per second.
        axes: Where to draw. Default: a new figure.
    """
    if axes is None:
        _, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    levels = normalize(samples)
    low, high = envelope(levels, _MAX_COLUMNS)
    seconds = np.linspace(0.0, len(samples) / sample_rate, len(low), endpoint=False)
    for channel in range(levels.shape[1]):
        offset = -_CHANNEL_DISTANCE * channel
        axes.fill_between(seconds, low[:, channel] + offset, high[:, channel] + offset, step="mid")
    axes.set_xlabel("seconds")
    axes.set_yticks([])
    axes.margins(x=0)
    return axes


def normalize(samples: Samples) -> Any:
    """Return samples of any type as numbers from -1 to 1.

    Integers are scaled to the loudest sample, bytes to their full range; floats are clipped.
    """
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - _SILENCE_OF_BYTES) / _SILENCE_OF_BYTES
    if np.issubdtype(samples.dtype, np.integer):
        peak = max(float(np.abs(samples.astype(np.float64)).max(initial=0)), 1.0)
        return (samples / peak).astype(np.float32)
    return np.clip(samples, -1.0, 1.0).astype(np.float32)


def envelope(levels: Any, columns: int) -> tuple[Any, Any]:
    """Return the lowest and the highest level in each of at most so many columns."""
    frames, channels = levels.shape
    if not frames:
        return np.zeros((0, channels)), np.zeros((0, channels))
    starts = np.unique(np.linspace(0, frames, min(columns, frames), endpoint=False).astype(int))
    return np.minimum.reduceat(levels, starts), np.maximum.reduceat(levels, starts)
