"""What stops the verifier: a file it cannot judge, or a piece of evidence that it cannot read."""


class Unusable(Exception):
    """The input cannot be judged at all; `code` names the sentence that says why, `about` fills it."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code)
        self.code = code
        self.about = about


class Malformed(Exception):
    """One piece of evidence is not what its format says, or does not prove what it is there to prove."""

    def __init__(self, code: str, **about: object) -> None:
        super().__init__(code)
        self.code = code
        self.about = about
