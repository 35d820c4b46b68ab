"""The portal's own pages: signing in, one's account, the accounts of everyone, and static files."""
