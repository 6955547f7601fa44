"""Times: reading Chinese and ISO notations, time ranges."""
