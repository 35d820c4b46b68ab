"""The request in a language other than English (Yong et al. 2023, "Low-resource languages jailbreak GPT-4",

arXiv 2310.02446): Zulu and Scots Gaelic are two of theirs.
"""

from kept.practices.red_team.methods.strategy import LANGUAGES, Strategy

STRATEGY = Strategy(
    name="translation",
    about="the request in a language other than English",
    around={language: "{request}" for language in LANGUAGES if language != "en"},
)
