"""The spatio-temporal discriminator of TecoGAN: M. Chu et al., "Learning temporal coherence via self-supervision for
GAN-based video generation", ACM TOG 39(4), 2020.

It sees three frames in a row, the same three moved onto the middle one, and the LR frames enlarged: what is real must
be sharp, must move like the scene, and must fit what it was made from. Ours judges patches (a map of logits) and has
spectral norms (T. Miyato et al., ICLR 2018) in place of batch norms, which small batches upset.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

#: Three frames as they are, moved, and enlarged from LR, three colours each.
INPUTS = 27
_WIDTHS = (64, 64, 128, 256)


class Discriminator(nn.Module):
    """Triplets (N, 27, H, W) -> logits (N, 1, H/16, W/16); higher is more real.

    Args:
        width: channels of the first layer; the paper's is 64.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(INPUTS, width, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True)]
        inputs = width
        for full in _WIDTHS:
            outputs = full * width // _WIDTHS[0]
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2, inplace=True)]
            inputs = outputs
        self.layers = nn.Sequential(*layers, nn.Conv2d(inputs, 1, 3, 1, 1))

    def forward(self, triplets: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = self.layers(triplets)
        return out
