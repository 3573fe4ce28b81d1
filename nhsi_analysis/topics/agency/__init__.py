"""Agency spending of NHS providers: what the controls did, from published figures only."""
