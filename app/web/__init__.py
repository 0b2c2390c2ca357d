"""The web app: pages over the published marts."""
