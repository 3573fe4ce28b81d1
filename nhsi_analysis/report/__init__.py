"""What a notebook calls to speak to a reader."""
