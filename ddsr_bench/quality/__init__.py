"""Quality measures: what a picture or a clip scores without people. One file per measure."""
