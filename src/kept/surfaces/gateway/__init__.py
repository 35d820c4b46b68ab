"""Serves one model over HTTP as OpenAI's chat completions."""
