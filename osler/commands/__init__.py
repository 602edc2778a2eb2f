"""What `osler solve`, `grade`, `compare`, … do outside a run, one file each. Nothing here prints."""
