"""What the room does with products, codecs and files of others."""
