"""What happened to HITs and assignments, told to where requesters want it told."""
