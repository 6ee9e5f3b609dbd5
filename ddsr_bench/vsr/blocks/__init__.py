"""What networks share: residual blocks, flow, warping, deformable convolution, window attention."""
