"""FAST-VQA-B: fragments of a clip, and the network that scores them.

H. Wu et al., "FAST-VQA: Efficient end-to-end video quality assessment with fragment sampling", ECCV 2022
(arXiv:2207.02595).
"""
