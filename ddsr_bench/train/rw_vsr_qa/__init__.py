"""The training of RW-VSR-QA: rated videos and ladders of videos in, a quality model out."""
