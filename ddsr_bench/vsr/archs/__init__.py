"""Networks in plain PyTorch under their official parameter names, one file each; torch is imported here at the top."""
