"""Load, wrong-doers and checks for a running server. Standard library only."""
