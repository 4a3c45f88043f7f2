"""Sub-words with a meaning of their own, by number."""

PAD, BEGIN, END, SEPARATOR, UNKNOWN = range(5)
SPECIAL = ("<pad>", "<s>", "</s>", "<sep>", "<unk>")
FIRST_MARK = len(SPECIAL)  # the marks of placeholders follow
