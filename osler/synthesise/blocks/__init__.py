"""What can be done to drafts: one file per block. Systems are short lists of them, in recipes/synthesis/."""
