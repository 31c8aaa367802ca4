"""The picture of a recording's waveform."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from polyai_conversations import SavedRecording, WavFormat
from wav_factory import wav

pytest.importorskip("matplotlib", reason="the extra notebook is not installed")

import matplotlib as mpl

from polyai_conversations._audio.waveform import envelope, normalize, plot_waveform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    mpl.pyplot.close("all")


def test_a_saved_recording_is_drawn_over_its_duration(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav(bytes(16_000)))
    recording = SavedRecording(path, 16_044, "", WavFormat(1, 8000, 1, 16, 2, frames=8000))
    axes = recording.plot()
    assert axes.get_xlim()[1] == pytest.approx(1.0, abs=0.01)
    assert axes.get_xlabel() == "seconds"
    assert recording.plot(axes) is axes


def test_each_channel_is_drawn() -> None:
    axes = plot_waveform(np.zeros((100, 2), np.int16), 8000)
    assert len(axes.collections) == 2


@pytest.mark.parametrize(
    ("samples", "levels"),
    [
        (np.array([[0], [128], [255]], np.uint8), [-1.0, 0.0, 127 / 128]),
        (np.array([[-100], [0], [50]], np.int16), [-1.0, 0.0, 0.5]),
        (np.array([[-2.0], [0.25]], np.float32), [-1.0, 0.25]),
        (np.zeros((2, 1), np.int32), [0.0, 0.0]),
    ],
    ids=["bytes", "integers", "floats", "silence"],
)
def test_samples_become_levels_from_minus_1_to_1(samples: Any, levels: list[float]) -> None:
    assert normalize(samples)[:, 0].tolist() == pytest.approx(levels)


def test_an_envelope_keeps_the_extremes_of_each_column() -> None:
    levels = np.array([[0.0], [1.0], [-1.0], [0.5]])
    low, high = envelope(levels, 2)
    assert (low[:, 0].tolist(), high[:, 0].tolist()) == ([0.0, -1.0], [1.0, 0.5])


@pytest.mark.parametrize("frames", [0, 1, 7])
def test_a_short_recording_is_drawn(frames: int) -> None:
    assert plot_waveform(np.zeros((frames, 1), np.int16), 8000).get_xlabel() == "seconds"


def test_without_matplotlib_the_error_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "try:\n    import polyai_conversations._audio.waveform\n"
        "except ImportError as error:\n    print(error)\n"
    )
    output = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert 'pip install "polyai-conversations[notebook]"' in output
