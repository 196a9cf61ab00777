import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.signs import fold
from routing.wording import Terms, Wording


def find(phrase: str, text: str) -> str | None:
    return Terms.of([phrase]).find(Wording.of(fold(text)))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hacked", "I was HACKED!"),
        ("hacked", "我被hacked了"),
        ("hacked", "ha\u200bcked"),
        ("hacked", "/hacked"),
        ("hacked", "hacked"),
        ("FREEZE", "freeze_my_account"),
        ("seed phrase", "my seed\n  phrase"),
        ("seed phrase", "seed-phrase"),
        ("seed-phrase", "Seed Phrase."),
        ("didn't arrive", "it didn’t arrive"),
        ("didn't arrive", "it didnt arrive"),
        ("was stolen", "was it? it was stolen"),
        ("被盗", "我的账户被盗了"),
        ("被盗", "被 盗"),
        ("没填memo", "我没填 MEMO"),
        ("p2p", "Ｐ２Ｐ"),
        ("оператор", "Оператор!"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert find(phrase, text) is not None


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hack", "hackathon"),
        ("hack", "shack"),
        ("hack", "hacké"),
        ("p2p", "xp2p"),
        ("seed phrase", "seed a phrase"),
        ("seed phrase", "seed phrases"),
        ("被盗", "盗被"),
        ("被盗", "stolen"),
        ("memo", "жmemo"),
        ("hacked", ""),
    ],
)
def test_a_phrase_is_not_found(phrase: str, text: str) -> None:
    assert find(phrase, text) is None


def test_what_is_found_is_the_phrase_and_nothing_of_the_text() -> None:
    assert find("Seed-Phrase", "my SEED   phrase is abandon") == "seed phrase"
    assert find("被 盗", "我被盗了") == "被盗"


def test_a_longer_phrase_with_the_same_first_word_is_not_hidden_by_a_shorter_one() -> None:
    terms = Terms.of(["wrong network", "wrong address"])
    assert terms.find(Wording.of("sent to a wrong address")) == "wrong address"


@pytest.mark.parametrize("phrase", ["", " ", "!", "\u200b", "_"])
def test_a_phrase_without_a_letter_is_refused_for_it_would_hit_everything(phrase: str) -> None:
    with pytest.raises(ValueError, match="has no letter"):
        Terms.of(["fine", phrase])


@given(st.from_regex("[a-z]{2,8}", fullmatch=True), st.text(), st.text())
def test_a_latin_word_between_spaces_is_found_whatever_stands_around_it(
    word: str, before: str, after: str
) -> None:
    assert find(word, f"{before} {word} {after}") == word


@given(st.text(alphabet="被盗骗私钥", min_size=1), st.text(alphabet="abc 我你"))
def test_chinese_is_found_wherever_it_stands(phrase: str, around: str) -> None:
    assert find(phrase, around + phrase + around) == phrase
