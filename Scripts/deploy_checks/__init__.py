"""What `Scripts/check-deploy.py` runs: a module for each kind of file that Deploy/ holds."""
