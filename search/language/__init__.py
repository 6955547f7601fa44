"""Messages as templates with arguments, and their translation at the edges."""
