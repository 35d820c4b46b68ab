"""What happens to content on its way, on purpose or not: the attacks under which marks are looked for again."""
