"""Records for the tests, at the point a test begins from; `reading` has what tests ask of a page.

`acts` goes the shortest way, through the services: `a_bench(house).perform().review()`. `pages` goes through HTTP as
people do, one form after another: `at_bench(house).execute()`; its exercise is larger, with equipment and two checks.
"""

from tests.benches.acts import MET, STEPS, Bench, a_bench, furnish, key_of, small_exercise
from tests.benches.pages import PageBench, at_bench
from tests.benches.reading import hidden, said, shown_in, text_of, typed_values, words

__all__ = [
    "MET",
    "STEPS",
    "Bench",
    "PageBench",
    "a_bench",
    "at_bench",
    "furnish",
    "hidden",
    "key_of",
    "said",
    "shown_in",
    "small_exercise",
    "text_of",
    "typed_values",
    "words",
]
