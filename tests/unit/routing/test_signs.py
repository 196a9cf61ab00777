import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.invisible import seen
from routing.signs import fold, read
from routing.words import Signs


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("My withdrawal has not arrived", "en"),
        ("hello?!", "en"),
        ("您好，我的账户被盗了", "zh"),
        ("我的帳戶被盜了", "zh"),
        ("USDT TRC20 提现没到账", "zh"),
        ("我的 BTC deposit 没到, txid 5f1e9c0b7a3d", "zh"),
        ("Please send it back to 张伟 as soon as you can", "en"),
        ("这个の字很酷，我喜欢", "zh"),
        ("入金がまだ届きません", ""),
        ("Где мои деньги", ""),
        ("", ""),
        ("👍👍", ""),
        ("https://example.com/withdraw", ""),
        ("somebody@example.com", ""),
        ("0x52908400098527886E0F7030069857D2E4169EE7", ""),
        ("12345", ""),
        ("/start", ""),
        ("𠮷" * 3, ""),
    ],
)
def test_the_language_that_a_text_tells(text: str, language: str) -> None:
    assert read(text).language == language


def test_only_the_head_of_a_long_text_tells_its_language() -> None:
    assert read("谢谢" * 50 + " thank you very much" * 500).language == "zh"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", "start"),
        (" /Start@My_Bot \n", "start"),
        ("\u200b／help", "help"),
        ("/start ref_17", ""),
        ("/start/", ""),
        ("/", ""),
        ("//start", ""),
        ("start", ""),
        ("/冻结", ""),
        ("/" + "x" * 32, "x" * 32),
        ("/" + "x" * 33, ""),
    ],
)
def test_a_command_is_the_whole_text_or_none(text: str, command: str) -> None:
    assert read(text).command == command


def test_case_width_and_invisible_characters_fold_away() -> None:
    assert read("ＨＡ\u200bＣＫＥＤ！ Straße…") == Signs("en", "hacked! strasse...")


@given(st.text())
def test_folding_is_nfkc_and_case_folding_of_what_is_seen(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFKC", seen(text)).casefold()


@given(st.text(alphabet="，！？：；（）。、你a "))
def test_folding_chinese_punctuation_early_changes_nothing(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFKC", text).casefold()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    signs = read(text)
    assert signs.language in {"zh", "en", ""}
    assert not signs.command or "/" + signs.command in signs.folded
