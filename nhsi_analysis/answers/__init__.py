"""What several studies ask: one function a question."""
