import pytest
import torch

from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa


def patches(*shape):
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (*shape, 4, 64, 64), dtype=torch.uint8, generator=generator)


def test_opinions_have_their_shapes_and_weights_sum_to_one(qa_network):
    said = qa_network(patches(2, 3, 6), 4)
    assert said.frames.shape == (2, 3)
    assert said.patches.shape == said.weights.shape == (2, 3, 6)
    assert (said.weights > 0).all()
    assert said.weights.sum(2).flatten().tolist() == pytest.approx([1.0] * 6, abs=1e-5)


def test_key_frames_are_judged_one_by_one(qa_network):
    given = patches(2, 2, 6)
    together = qa_network(given, 4).frames
    alone = torch.stack([qa_network(given[n : n + 1, k : k + 1], 4).frames[0, 0] for n in range(2) for k in range(2)])
    assert together.flatten().tolist() == pytest.approx(alone.tolist(), abs=1e-5)


def test_order_of_patches_within_a_scale_does_not_matter_but_the_scale_does(qa_network):
    given = patches(1, 1, 6)
    turned = given[:, :, [3, 2, 1, 0, 5, 4]]
    score = qa_network(given, 4).frames.item()
    assert qa_network(turned, 4).frames.item() == pytest.approx(score, abs=1e-5)
    assert abs(qa_network(given, 3).frames.item() - score) > 1e-4


def test_bytes_and_floats_of_the_same_values_are_the_same(qa_network):
    given = patches(1, 1, 6)
    assert qa_network(given, 4).frames.equal(qa_network(given.float(), 4).frames)


def test_it_is_small():
    assert sum(parameter.numel() for parameter in RwVsrQa().parameters()) < 5e6
