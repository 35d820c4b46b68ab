"""The promises and their crosswalks as data, and the pure rule that turns evidence into a status."""
