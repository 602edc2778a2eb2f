"""What a run does, one file per kind of stage. Each reads and writes named records of the run; `pipeline.py` knows their order."""
