"""The open dataset: 105 sources that anyone can make anew, eleven methods that need no download, 1155 videos."""
