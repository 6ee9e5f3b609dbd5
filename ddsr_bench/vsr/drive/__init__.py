"""How networks are driven: frames to tensors and back, tiles, windows, devices; torch is imported here at the top."""
