"""Video super-resolution: methods behind one door, their networks, and the runner that drives them."""
