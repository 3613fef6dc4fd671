"""Of an e-mail only what is new in it counts, and none of that is lost."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.helpdesk.chatwoot import mail
from bot.dialogue.policy import Dialogue
from tests.channels.helpdesk.chatwoot.mails import ASKED, BEFORE, MAILS

DANGER = "I want to die."
WORDS = st.text(st.characters(categories=["L", "Nd", "Zs"]) | st.sampled_from(".,!:-'\n"), max_size=200)


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("form", MAILS)
def test_what_is_new_in_a_mail(form: str) -> None:
    assert folded(mail.new_text(MAILS[form].body)) == folded(MAILS[form].new)


@pytest.mark.parametrize("form", MAILS)
def test_danger_that_is_new_is_heard_and_danger_that_is_quoted_is_not(form: str, dialogue: Dialogue) -> None:
    body, new = MAILS[form]
    assert dialogue.urgent(BEFORE) is not None, "or the mails show nothing"
    heard = dialogue.urgent(mail.new_text(body))
    assert (heard is not None) is ("want to die" in new)
    with_danger = body.replace(new.splitlines()[0], DANGER, 1)
    assert dialogue.urgent(mail.new_text(with_danger)) is not None


@given(WORDS)
def test_words_that_have_no_form_of_a_mail_stay(text: str) -> None:
    assert folded(mail.new_text(f"x{text}".replace("\n", "\nx"))) == folded(f"x{text}".replace("\n", "\nx"))


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_nothing_is_made_up(text: str) -> None:
    new = mail.new_text(text)
    assert set(new.split()) <= set(text.replace("’", "'").replace("\xa0", " ").replace("\ufeff", "").split())


# The worst that was found by trying: what each rule looks at again and again.
WORST = [
    "On a ",
    "> ",
    "On 1:11 wrote\n",
    "a\n",
    "From: a\nTo: a\n",
    "--\n\n",
    "On 1 wrote\n:\n",
    "9:11 <a@b ",
    "<a@",
    "-",
    "sent phone ",
]


@pytest.mark.parametrize("piece", WORST)
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    def took(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.process_time()
        mail.new_text(text)
        return time.process_time() - began

    took(1000)
    assert took(150_000) < 100 * max(took(15_000), 0.003)


@pytest.mark.parametrize(
    ("email", "automatic"),
    [
        pytest.param({}, False, id="person"),
        pytest.param(
            {"auto_reply": False, "subject": "Re: Automatic reply: Your visit", "headers": None}, False, id="answers-one"
        ),
        pytest.param({"auto_reply": True}, True, id="as-Chatwoot-read"),
        pytest.param({"headers": {"Auto-Submitted": "auto-replied"}}, True, id="header"),
        pytest.param({"headers": {"auto-submitted": "no"}}, False, id="header-of-a-person"),
        pytest.param({"headers": {"Precedence": "bulk"}}, True, id="bulk"),
        pytest.param({"subject": "Automatic reply: Your visit"}, True, id="outlook"),
        pytest.param({"subject": "Abwesenheitsnotiz"}, True, id="outlook-german"),
        pytest.param({"subject": "Undeliverable: Your visit"}, True, id="bounced"),
        pytest.param({"subject": 5, "headers": []}, False, id="strange"),
    ],
)
def test_what_programs_send(email: dict[str, Any], automatic: bool) -> None:
    assert mail.is_automatic(email) is automatic


QUOTING = MAILS["gmail"].body


@pytest.mark.parametrize(
    ("content", "email", "words"),
    [
        pytest.param(QUOTING, {}, ASKED, id="content-alone"),
        pytest.param(
            QUOTING, {"text_content": {"full": QUOTING, "reply": QUOTING, "quoted": ASKED}}, ASKED, id="as-Chatwoot-has-it"
        ),
        pytest.param(QUOTING, {"text_content": {"full": QUOTING, "reply": ASKED, "quoted": BEFORE}}, ASKED, id="trimmed-before"),
        pytest.param("", {"text_content": {}, "html_content": {"reply": QUOTING, "full": "<p>"}}, ASKED, id="html"),
        pytest.param(QUOTING, {"text_content": {"reply": " "}, "html_content": 5}, ASKED, id="strange"),
        pytest.param("Thank you", {"subject": "I want to die"}, "I want to die\n\nThank you", id="subject-of-a-new-mail"),
        pytest.param("", {"subject": ASKED}, ASKED, id="subject-alone"),
        pytest.param(ASKED, {"subject": "Re: I want to die"}, ASKED, id="subject-of-an-answer"),
        pytest.param(ASKED, {"subject": "AW: I want to die"}, ASKED, id="subject-of-a-german-answer"),
        pytest.param(ASKED, {"subject": "I want to die", "in_reply_to": "1@x"}, ASKED, id="subject-of-an-unmarked-answer"),
        pytest.param(ASKED, {"subject": None}, ASKED, id="no-subject"),
    ],
)
def test_what_a_person_wrote(content: str, email: dict[str, Any], words: str) -> None:
    assert mail.words_of(content, email) == words


@pytest.mark.parametrize(
    "body",
    [
        "Hi\n--\nmy son took 300 mg and stopped breathing",
        "Hi\n--\ntook 400 pills of Xanax",
        "To: Anna\nFrom: Mom\nSubject: goodbye\nI am going to kill myself tonight",
        "> I want to die",
        "hello\n--\nthey said 911 but he does not wake up",
    ],
)
def test_what_only_looks_like_a_signature_a_header_or_a_quote_is_read(body: str) -> None:
    assert mail.new_text(body).split()[-3:] == body.split()[-3:]


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [
        ("Out of office", True),
        ("Out of office: back on Monday", True),
        ("Automatic reply - Re: your infusion", True),
        ("Undeliverable", True),
        ("Out of office hours: chest pain, what do I do", False),
        ("Auto response time after the infusion?", False),
    ],
)
def test_a_persons_subject_is_no_automatic_reply(subject: str, automatic: bool) -> None:
    assert mail.is_automatic({"subject": subject}) is automatic
