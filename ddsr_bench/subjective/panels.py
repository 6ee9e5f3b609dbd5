"""Panels: groups of subjects and videos that no vote joins. Between them, biases cannot be compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.subjective.ratings import Ratings


def panels(ratings: Ratings) -> tuple[NDArray[np.intp], int]:
    """Return the panel of each video, then of each subject, intp (J + I,), and the number of panels.

    They are the connected components of the graph that joins a subject with the videos it rated.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    J, size = len(ratings.videos), len(ratings.videos) + len(ratings.subjects)
    edges = (np.ones(len(ratings.rating), np.int8), (ratings.video, J + ratings.subject))
    number, label = connected_components(coo_array(edges, shape=(size, size)), directed=False)
    return label.astype(np.intp), int(number)
