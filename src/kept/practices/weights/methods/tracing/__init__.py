"""A mark for each recipient in what is exported, and whose mark a leaked file carries.

Each recipient's mark is drawn on its own, so that none says anything of another; it is found with the original at hand.
"""
