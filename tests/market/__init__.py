"""The embedded market, through a real boto3 client."""
