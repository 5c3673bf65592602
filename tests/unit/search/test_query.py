"""
The bounds of a query, and the slips that a word forgives.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.errors import InvalidError
from carmarket.core.place import Point
from carmarket.core.search.document import SearchDocument
from carmarket.core.search.query import LARGEST_NUMBER, Near, Range, SearchQuery, Sort
from carmarket.core.search.words import Word, WordKind, name_words, split, within
from carmarket.testing.builders import a_published
from carmarket.testing.contracts.search import a_fact

LETTERS = st.text("abc", max_size=5)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Range(2, 1), "high"),
        (lambda: Range(LARGEST_NUMBER + 1), "low"),
        (lambda: Near(Point(0, 0), 999), "radius"),
        (lambda: SearchQuery(words="x" * 1_001), "words"),
        (lambda: SearchQuery(terms=tuple(Word(f"w{n}") for n in range(33))), "words"),
        (lambda: SearchQuery(terms=(Word("x" * 65),)), "words"),
        (lambda: SearchQuery(makes=[f"make {n}" for n in range(101)]), "makes"),
        (lambda: SearchQuery(sort=Sort.DISTANCE), "sort"),
    ],
    ids=range(8),
)
def test_a_query_out_of_bounds_names_what_is_wrong(make, field):
    with pytest.raises(InvalidError) as refused:
        make()

    assert refused.value.field == field
    assert refused.value.expected


def test_words_that_nobody_read_match_nothing_silently():
    fact = a_fact()
    document = SearchDocument(car_id=fact.car_id, version=1, entry=fact.entry)

    with pytest.raises(InvalidError):
        SearchQuery(words="golf").matches(document)


def test_an_unknown_value_satisfies_no_filter():
    fact = a_fact(odometer=None)
    document = SearchDocument(car_id=fact.car_id, version=1, entry=fact.entry)

    assert not SearchQuery(odometer=Range(0)).matches(document)
    assert SearchQuery().matches(document)
    assert a_published().state.details.odometer is not None


def test_a_stub_and_a_tombstone_are_never_found():
    fact = a_fact()

    assert not SearchQuery().matches(SearchDocument(car_id=fact.car_id))
    assert not SearchQuery().matches(SearchDocument(car_id=fact.car_id, version=3, entry=None))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CX-5", {"cx", "5", "cx5"}),
        ("RAV4", {"rav4", "rav", "4"}),
        ("Land Rover", {"land", "rover", "landrover"}),
        ("Citroën", {"citroen"}),
    ],
)
def test_a_name_is_found_however_people_cut_it(name, words):
    assert name_words(name) == words


def test_words_have_one_spelling():
    assert split("VW  GOLF_r, Ünder") == ["volkswagen", "golf", "r", "under"]


@pytest.mark.parametrize(
    ("one", "two", "slips"),
    [("golf", "glof", 1), ("golf", "gol", 1), ("golf", "golff", 1), ("golf", "gulf", 1), ("camry", "cmary", 1),
     ("ca", "abc", 3), ("tucson", "tuscon", 1), ("forester", "forrestr", 2)],
)  # fmt: skip
def test_slips_are_counted_as_people_make_them(one, two, slips):
    assert within(one, two, slips)
    assert not within(one, two, slips - 1)


@given(LETTERS, LETTERS)
def test_slips_are_the_same_both_ways(one, two):
    assert [within(one, two, most) for most in range(4)] == [within(two, one, most) for most in range(4)]


def test_short_words_forgive_one_slip_and_longer_ones_two():
    assert Word("camry", WordKind.FUZZY).found_in(frozenset({"camri"}))
    assert not Word("camry", WordKind.FUZZY).found_in(frozenset({"kamri"}))
    assert Word("tucson", WordKind.FUZZY).found_in(frozenset({"tuzkon"}))
