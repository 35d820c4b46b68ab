"""The request as it is, in English."""

from kept.practices.red_team.methods.strategy import Strategy

STRATEGY = Strategy(name="plain", about="the request as it is, in English", around={"en": "{request}"})
