"""What the notebook says and shows of today's league, a function a section."""
