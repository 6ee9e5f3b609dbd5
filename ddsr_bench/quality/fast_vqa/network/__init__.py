"""The network of FAST-VQA-B, under the official names of parameters; imported when one is built."""
