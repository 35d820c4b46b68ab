"""The request in a language other than English (Yong et al. 2023, arXiv 2310.02446)."""

from kept.practices.red_team.methods.strategy import LANGUAGES, Strategy

STRATEGY = Strategy(
    name="translation",
    about="the request in a language other than English",
    around={language: "{request}" for language in LANGUAGES if language != "en"},
)
