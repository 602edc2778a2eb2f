"""Roles write items: from passages, from reports, in an open form, in prose."""
