"""Sub-words: byte-pair encoding (Sennrich et al., 2016, arXiv:1508.07909), kept as one JSON file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from stagewright.errors import StagewrightError

from .numbers import SPECIAL, UNKNOWN
from .placeholders import MARKS

FILE = "tokenizer.json"


class Subwords:
    """Texts to numbers and back; special ones are in `numbers.py`, after them the marks of placeholders."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @staticmethod
    def learned(texts: Iterable[str], size: int) -> Subwords:
        """Learn at most `size` sub-words; the same texts in the same order give the same ones."""
        tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN]))
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation("isolated")]
        )
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[*SPECIAL, *MARKS], show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
        return Subwords(tokenizer)

    @staticmethod
    def read(folder: Path) -> Subwords:
        """From `tokenizer.json`; raises StagewrightError where there is none."""
        path = folder / FILE
        if not path.is_file():
            raise StagewrightError(f"{folder} has no {FILE}")
        return Subwords(Tokenizer.from_file(str(path)))

    def write(self, folder: Path) -> None:
        """Leave `tokenizer.json`."""
        (folder / FILE).write_text(self._tokenizer.to_str(pretty=True) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Numbers of a text, without begin and end."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, numbers: Sequence[int]) -> str:
        """The text; special numbers below the marks, and numbers that no sub-word has, say nothing."""
        kept = (self._tokenizer.id_to_token(number) for number in numbers if number > UNKNOWN)
        return "".join(token or "" for token in kept).replace("▁", " ").strip()
