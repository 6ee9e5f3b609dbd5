"""RW-VSR-QA: no-reference quality of super-resolved video, from fragments of a few frames each second."""
