"""What a worker did, earned, was told and wrote."""
