"""The harmless placeholders that may stand in a slot: the same for everyone, so that no user's words can."""

from collections.abc import Mapping

PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    "request": (
        "explain how tea is made",
        "read the card on the desk aloud",
        "list the rivers of a country",
        "write a rhyme about a bicycle",
        "describe the colour of the sea",
        "tell me how to fold a paper boat",
        "say which days the library is open",
        "name three kinds of bread",
    ),
    "topic": ("tea", "bicycles", "paper boats", "bread", "rivers", "gardens", "libraries", "clouds"),
    "name": ("Placeholder", "Example", "Assistant", "Narrator", "Teacher", "Machine", "Helper", "Robot"),
    "language": ("English", "French", "Arabic", "Hindi", "Spanish", "Chinese", "Swahili", "German"),
    "number": ("1", "2", "3", "5", "7", "10", "12", "100"),
    "code": ("print('tea')", "x = 1", "SELECT 1", "<p>tea</p>", "echo tea", "{}", "[]", "return 0"),
}
