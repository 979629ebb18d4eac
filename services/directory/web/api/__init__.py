"""The directory over JSON, version 1: the same commands and the same refusals as the pages."""
