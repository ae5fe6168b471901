"""The strict loader: what it reads exactly, what it tells at once, and that it never falls over."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cardbooks import book_of
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing.cards.book import CardBook
from pricing.cards.build import build_book
from pricing.cards.strict import MOST_BYTES, parse_document, parse_yaml, read_yaml
from pricing.errors import CardError, Fault, PricingError

SOUND = Path(__file__).parent / "broken" / "sound"
CARD = """\
model: two
provider: maker
revisions:
  - effective: 2026-01-01
    rates: [{per: 1_000_000 token, price: {input: 3, output: 15}}]
"""


@pytest.fixture(scope="module")
def sound() -> CardBook:
    return build_book((SOUND, "sound"))


def refused(files: dict[str, str], base: CardBook | None) -> tuple[Fault, ...]:
    with pytest.raises(CardError) as error:
        book_of(files, base)
    return error.value.faults


# --- the message that people see, word for word


def test_three_faults_of_one_card_are_told_as_the_transcript_shows(tmp_path: Path) -> None:
    card = tmp_path / "mine" / "anthropic" / "claude-sonnet-4-6.yaml"
    card.parent.mkdir(parents=True)
    card.write_text(
        "model: claude-sonnet-4-6\n"
        "provider: anthropic\n"
        "publisher: anthropic\n"
        "revisions:\n"
        "  - effective: 2026-11-31\n"
        '    sources: [{url: "file:contract.pdf", checked: 2026-11-20}]\n'
        "    terms: [batch]\n"
        "    rates:\n"
        "      - per: 1_000_000 token\n"
        "        price:\n"
        "          input: 2.70\n"
        "          cache_read: 0.27\n"
        "          cache_wirte.5m: 3.375\n"
        "          output: 13.50\n"
        "          output: 14.50\n",
        encoding="utf-8",
    )
    with pytest.raises(CardError) as error:
        build_book((tmp_path / "mine", "mine"), base=pricing.load_catalog().book)
    assert str(error.value) == (
        "mine/anthropic/claude-sonnet-4-6.yaml:5: no such day '2026-11-31'\n"
        "    5 |   - effective: 2026-11-31\n"
        "November has 30 days.\n"
        "\n"
        "mine/anthropic/claude-sonnet-4-6.yaml:13: unknown meter 'cache_wirte.5m'\n"
        "   13 |           cache_wirte.5m: 3.375\n"
        "Meters are listed in ratecards/vocabulary.yaml. Did you mean 'cache_write.5m'?\n"
        "\n"
        "mine/anthropic/claude-sonnet-4-6.yaml:15: 'output' is given twice\n"
        "   15 |           output: 14.50\n"
        "First given in line 14."
    )


def test_an_unknown_key_is_told_as_the_transcript_shows(sound: CardBook) -> None:
    card = CARD.replace("    rates:", "    rats:")
    (fault,) = refused({"maker/two.yaml": card}, sound)
    assert str(fault).splitlines()[0] == "cards/maker/two.yaml:5: unknown key 'rats'"
    assert fault.remedy == "Did you mean 'rates'?"


def test_a_wide_excerpt_is_cut_at_a_word_as_the_transcript_shows() -> None:
    row = "    unpriced: [{meters: [cache_read, cache_write, web_search], because: [x]}]"
    document = parse_document(f"a: b\n{row[4:]}\n".encode(), "x.yaml", [])
    assert document is not None
    document.rows[1] = row
    shown = "    unpriced: [{meters: [cache_read, cache_write, web_search], because:"
    assert document.excerpt(2) == shown


# --- all at once, each once, in order


def test_faults_of_all_files_come_at_once_in_the_order_of_files_and_lines(sound: CardBook) -> None:
    bad = CARD.replace("input:", "inptu:").replace("2026-01-01", "2026-02-30")
    faults = refused(
        {
            "maker/b.yaml": bad,
            "maker/a.yaml": bad.replace("model: two", "model: three\npublishr: x"),
            "reseller/c.yaml": CARD,
        },
        sound,
    )
    assert [(fault.path, fault.line) for fault in faults] == [
        ("cards/maker/a.yaml", 2),
        ("cards/maker/a.yaml", 5),
        ("cards/maker/a.yaml", 6),
        ("cards/maker/b.yaml", 4),
        ("cards/maker/b.yaml", 5),
        ("cards/reseller/c.yaml", 2),
    ]


def test_colliding_rates_of_one_card_are_told_beside_a_typo_in_another(sound: CardBook) -> None:
    twice = CARD.replace("}}]", "}}, {per: 1_000_000 token, price: {input: 4}}]")
    faults = refused(
        {
            "maker/a.yaml": twice,
            "maker/b.yaml": CARD.replace("two", "b").replace("put: 3", "pt: 3"),
        },
        sound,
    )
    assert [fault.what for fault in faults] == [
        "input has two prices under one condition",
        "unknown meter 'inpt'",
    ]


def test_a_fault_of_a_shared_term_is_told_once_for_all_its_cards(sound: CardBook) -> None:
    provider = (
        "provider: shop\ncurrency: USD\nterms:\n  long:\n    - effective: 2025-01-01\n"
        "      modifiers: [{name: long, when: {speed: fast}, multiply: {input: 2}}]\n"
    )
    card = CARD.replace("provider: maker", "provider: shop")
    card = card.replace("    rates:", "    terms: [long]\n    rates:")
    files = {f"shop/{n}.yaml": card.replace("two", f"m{n}") for n in range(3)}
    files["shop/2.yaml"] = files["shop/2.yaml"].replace("output: 15", "cache_read: 1")
    (fault,) = refused({"shop/provider.yaml": provider, **files}, sound)
    assert fault.place == "cards/shop/provider.yaml:6"
    assert fault.what == "'long' does not answer output, cache_read"


def test_the_faults_of_an_error_are_data(sound: CardBook) -> None:
    (fault,) = refused({"maker/two.yaml": CARD.replace("output", "ouput")}, sound)
    assert (fault.path, fault.line) == ("cards/maker/two.yaml", 5)
    assert fault.what == "unknown meter 'ouput'"
    assert fault.excerpt == "    rates: [{per: 1_000_000 token, price: {input: 3, ouput: 15}}]"


def test_a_message_shows_what_hides_in_a_name(sound: CardBook) -> None:
    card = CARD.replace("input: 3", '"in\\e[31mput\\n": 3')
    (fault,) = refused({"maker/two.yaml": card}, sound)
    assert fault.what.isprintable()
    assert "in\\x1b[31mput" in fault.what
    (fault,) = refused({"maker/two.yaml": CARD.replace("input", "x" * 5000)}, sound)
    assert len(fault.what) <= 400


# --- what is read, and how exactly


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("3", "3"),
        ("0.30", "0.30"),
        ("1_000_000.50", "1000000.50"),
        ("1e-6", "0.000001"),
        ("2.5E-7", "2.5E-7"),
        ("4.10", "4.10"),
        ("0.1000000000000000055511151231257827021181583404541015625", None),
        ("0", "0"),
    ],
)
def test_a_number_is_read_to_its_last_digit(
    sound: CardBook, written: str, number: str | None
) -> None:
    book = book_of({"maker/two.yaml": CARD.replace("input: 3", f"input: {written}")}, sound)
    wire = book.card("maker/two").wire["revisions"][0]["rates"][0]["prices"][0]
    assert Decimal(wire["tiers"][0][1]) == Decimal(number or written)
    assert wire["tiers"][0][1] == str(Decimal(number or written))


@pytest.mark.parametrize("word", ["no", "on", "16:30", "010", "0x10", "1e3", ".5", "2026-01-01"])
def test_a_word_stays_the_word_that_was_written(word: str) -> None:
    document = parse_document(f"a: {word}\n{word}: b\n".encode(), "x.yaml", [])
    assert document is not None
    assert document.tree == {"a": word, word: "b"}


def test_a_byte_order_mark_at_the_start_is_read_over(sound: CardBook) -> None:
    assert "maker/two" in [
        c.name for c in book_of({"maker/two.yaml": "\ufeff" + CARD}, sound).cards()
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_every_line_end_gives_the_same_lines(sound: CardBook, tmp_path: Path, end: str) -> None:
    (tmp_path / "maker").mkdir()
    (tmp_path / "maker" / "two.yaml").write_bytes(CARD.replace("\n", end).encode())
    card = build_book((tmp_path, "cards"), base=sound).card("maker/two")
    assert [revision["line"] for revision in card.revisions] == [4]


def test_an_alias_is_read_and_its_lines_are_those_of_its_anchor(sound: CardBook) -> None:
    card = CARD.replace("{input: 3, output: 15}", "&p {input: 3, output: 15}")
    card += "  - effective: 2025-01-01\n    rates: [{per: 1_000_000 token, price: *p}]\n"
    revisions = book_of({"maker/two.yaml": card}, sound).card("maker/two").revisions
    assert [price["line"] for price in revisions[1]["rates"][0]["prices"]] == [5, 5]


def test_each_price_knows_its_line(sound: CardBook) -> None:
    prices = sound.card("maker/one").wire["revisions"][0]["rates"][0]["prices"]
    assert [(price["meter"], price["line"]) for price in prices] == [
        ("input", 11),
        ("cache_read", 12),
        ("cache_write.5m", 13),
        ("output", 14),
    ]


# --- which files


def test_hidden_files_and_other_endings_are_left_alone(sound: CardBook) -> None:
    files = {
        "maker/two.yaml": CARD,
        ".git/config.yaml": "[",
        "maker/.#two.yaml": "[",
        "maker/notes.md": "[",
        "maker/two.yaml~": "[",
    }
    assert book_of(files, sound).card("maker/two").file == "cards/maker/two.yaml"


def test_a_linked_folder_is_read(sound: CardBook, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "two.yaml").write_text(CARD, encoding="utf-8")
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "maker").symlink_to(tmp_path / "elsewhere")
    book = build_book((tmp_path / "cards", "cards"), base=sound)
    assert book.card("maker/two").file == "cards/maker/two.yaml"


def test_a_file_where_a_folder_is_wanted_is_refused() -> None:
    with pytest.raises(CardError) as error:
        pricing.load_catalog(str(SOUND / "vocabulary.yaml"))
    assert error.value.what == "not a folder"
    assert error.value.remedy == "A card folder holds seller/model.yaml."


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(CardError) as error:
        pricing.load_catalog("no-such-folder")
    assert str(error.value).splitlines()[0] == "no-such-folder: no such folder"


def test_cards_without_a_vocabulary_are_refused_once() -> None:
    provider = "provider: maker\ncurrency: USD\n"
    (fault,) = refused({"maker/provider.yaml": provider, "maker/two.yaml": CARD}, None)
    assert str(fault) == "cards/vocabulary.yaml: no such file\nMeters and attributes stand there."


def test_no_folder_at_all_is_an_error_too() -> None:
    with pytest.raises(CardError):
        pricing.load_catalog(shipped=False)
    with pytest.raises(CardError):
        build_book()


def test_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(1 << 30)
    began = time.perf_counter()
    faults: list[Fault] = []
    assert read_yaml(tmp_path / "large.yaml", "large.yaml", faults) is None
    # half a second is a thousand times what it takes, and a tenth of what reading it takes
    assert time.perf_counter() - began < 0.5
    assert faults[0].what == f"1,073,741,824 bytes; a file has at most {MOST_BYTES:,}"


@pytest.mark.parametrize("unit", [b"[", b"{a: ", b"- ", b"? ", b"&a ", b"!t ", b'"', b"'"])
def test_a_megabyte_of_one_thing_does_no_harm(unit: bytes) -> None:
    faults: list[Fault] = []
    began = time.perf_counter()
    parse_yaml(unit * ((MOST_BYTES - 1) // len(unit)), "x.yaml", faults)
    assert time.perf_counter() - began < 20
    assert faults


def test_the_strict_readers_give_nothing_where_anything_is_wrong() -> None:
    faults: list[Fault] = []
    assert parse_yaml(b"a: 1\na: 2\n", "x.yaml", faults) is None
    assert parse_document(b"a: 1\na: 2\n", "x.yaml", faults) is not None
    assert len(faults) == 2


# --- whatever stands in a file, an answer comes, and what loads can be rated

JUNK = st.sampled_from(
    [
        *(None, "", "x", "0", "-1", "1e999", "nan", "2026-02-30", "a: b", "[", "{}", "yes", "é"),
        *("\x07", "input", "service_tier", "maker/one", "1_000_000 token", "..", "1..2", "(?P<m>"),
    ]
)
JUNK_TREES = st.recursive(
    JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(JUNK, inner, max_size=3)
)
SOUND_TREES = {
    path.relative_to(SOUND).as_posix(): parse_document(path.read_bytes(), path.name, [])
    for path in sorted(SOUND.rglob("*.yaml"))
}


def places(tree: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the place of every value of a tree."""
    pairs = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    return [place, *(found for key, inner in pairs for found in places(inner, (*place, key)))]


def changed(tree: Any, place: tuple[Any, ...], change: str, junk: Any) -> Any:
    """Give a tree with one value replaced, dropped, doubled or moved under another key."""
    if not place:
        return junk
    key, rest = place[0], place[1:]
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    if rest or change == "replace":
        copy[key] = changed(copy[key], rest, change, junk)
    elif change == "drop":
        del copy[key]
    elif isinstance(copy, list):
        copy.insert(0, copy[key])
    else:
        copy[str(junk)] = copy.pop(key)
    return copy


def faults_and_book(files: dict[str, str]) -> tuple[tuple[Fault, ...], CardBook | None]:
    try:
        return (), book_of(files)
    except CardError as error:
        return error.faults, None


@settings(max_examples=250)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_can_be_rated(data: Any) -> None:
    trees = {name: document.tree for name, document in SOUND_TREES.items() if document}
    for _ in range(data.draw(st.integers(1, 2), label="damages")):
        name = data.draw(st.sampled_from(sorted(trees)), label="file")
        place = data.draw(st.sampled_from(places(trees[name])), label="place")
        change = data.draw(st.sampled_from(["replace", "drop", "double"]), label="change")
        trees[name] = changed(trees[name], place, change, data.draw(JUNK_TREES, label="junk"))
    # JSON is YAML, and says null, numbers and nothing else in another way
    files = {name: json.dumps(tree, ensure_ascii=False) for name, tree in trees.items()}
    faults, book = faults_and_book(files)
    assert all(fault.path and str(fault) for fault in faults)
    assert bool(faults) == (book is None)
    usages = [
        pricing.Usage({"input": 300_000, "output": 10, "web_search": 2}, at="2026-03-01"),
        pricing.Usage({"cache_write": 5}, at="2026-03-01", attributes={"service_tier": "batch"}),
    ]
    for card in book.cards() if book is not None else ():
        for usage in usages:
            with suppress(PricingError):
                pricing.rate(usage, card, estimates=True)


@settings(max_examples=150)
@given(data=st.data())
def test_a_file_of_damaged_text_is_refused_or_loads(data: Any) -> None:
    text = (SOUND / "maker" / "one.yaml").read_bytes()
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    piece = data.draw(
        st.binary(max_size=6) | st.sampled_from([b"\n", b": ", b"- ", b"{", b"*a", b"&a "])
    )
    faults: list[Fault] = []
    document = parse_document(text[:at] + piece + text[at + length :], "one.yaml", faults)
    assert document is not None or faults
    for fault in faults:
        assert fault.remedy
        assert str(fault)


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("2026-00-10", "no such month 00 in '2026-00-10'"),
        ("2026-01-10", None),
        ("2026-12-10", None),
        ("2026-13-10", "no such month 13 in '2026-13-10'"),
    ],
)
def test_a_month_that_no_year_has_is_told(day: str, what: str | None, sound: CardBook) -> None:
    files = {"maker/two.yaml": CARD.replace("2026-01-01", day)}
    if what is None:
        assert book_of(files, sound)
        return
    faults = refused(files, sound)
    assert [fault.what for fault in faults] == [what]
    assert faults[0].remedy == "A year has the months 01 to 12."


@pytest.mark.parametrize("mark", ["\u00ad", "\u200b", "\u200f", "\u2060", "\u2066", "\u2028"])
def test_an_id_holds_no_character_that_nobody_sees(mark: str, sound: CardBook) -> None:
    card = CARD.replace("model: two", f"model: t{mark}wo")
    (fault,) = refused({"maker/two.yaml": card}, sound)
    assert fault.what == f"the character U+{ord(mark):04X}, which nobody sees"
