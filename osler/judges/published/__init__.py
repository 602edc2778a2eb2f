"""Published scoring rules by name, written anew from what they do, faults included: to stand beside the strict reading."""
