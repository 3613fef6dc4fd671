"""A text in another language is answered in it, with the numbers to call; English never is taken for one.

The sentences are ordinary ones: how long, how much, may I drive, whom do I ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.conversation import Conversation
from bot.dialogue.events import Said
from bot.dialogue.foreign import ForeignLanguages

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from bot.dialogue.policy import Dialogue
    from bot.knowledge.model import Knowledge
    from bot.matching.matcher import Matcher

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

SENTENCES: Mapping[str, Sequence[str]] = {
    "es": [
        "Buenas tardes, quisiera saber cuánto cuesta una sesión.",
        "¿Puedo comer algo antes de la cita?",
        "mi hija me va a recoger después, está bien?",
        "cuanto tiempo tarda en hacer efecto",
        "Me siento raro desde ayer y no sé a quién preguntar",
    ],
    "pt": [
        "Bom dia, quanto tempo demora cada sessão?",
        "Posso dirigir no mesmo dia?",
        "não sei se o plano de saúde paga isso",
        "Minha mãe vai comigo, ela pode ficar na sala?",
    ],
    "fr": [
        "Bonjour, combien coûte une séance ?",
        "Est-ce que je peux conduire le lendemain ?",
        "je voudrais savoir si la mutuelle rembourse",
        "Mon mari peut venir avec moi ?",
    ],
    "de": [
        "Guten Tag, wie lange dauert eine Behandlung?",
        "Darf ich danach Auto fahren?",
        "ich weiß nicht, ob die Kasse das bezahlt",
        "Kann meine Schwester mitkommen?",
    ],
    "it": [
        "Buongiorno, quanto dura una seduta?",
        "Posso guidare il giorno dopo?",
        "vorrei sapere se devo essere a digiuno",
        "Mia moglie può accompagnarmi?",
    ],
    "nl": [
        "Goedemiddag, hoeveel kost een behandeling?",
        "Mag ik daarna zelf naar huis rijden?",
        "ik weet niet of de verzekering het betaalt",
    ],
    "pl": ["Dzień dobry, ile trwa jeden zabieg?", "Czy mogę potem prowadzić samochód?", "nie wiem, czy to boli"],
    "ru": ["Здравствуйте, сколько длится процедура?", "Можно ли мне после этого за руль?", "не знаю кого спросить"],
    "uk": ["Добрий день, скільки триває процедура?", "Чи можна мені їсти перед цим?", "я не знаю, кого запитати"],
    "ro": ["Bună ziua, cât durează o ședință?", "Pot să conduc după aceea?", "nu știu dacă asigurarea plătește"],
    "cs": ["Dobrý den, jak dlouho trvá jedno ošetření?", "Můžu potom řídit auto?", "nevím, jestli to pojišťovna zaplatí"],
    "hu": ["Jó napot kívánok, mennyi ideig tart egy kezelés?", "Vezethetek utána autót?", "nem tudom, hogy fizeti-e a biztosító"],
    "el": ["Καλησπέρα, πόσο διαρκεί μία συνεδρία;", "Μπορώ να οδηγήσω μετά;"],
    "tr": ["Merhaba, bir seans ne kadar sürüyor?", "Sonra araba kullanabilir miyim?", "sigorta bunu öder mi bilmiyorum"],
    "ar": ["مرحبا، كم تستغرق الجلسة الواحدة؟", "هل يمكنني القيادة بعد ذلك؟", "لا أعرف من أسأل"],
    "fa": ["سلام، هر جلسه چقدر طول می\u200cکشد؟", "بعد از آن می\u200cتوانم رانندگی کنم؟"],
    "he": ["שלום, כמה זמן נמשך טיפול אחד?", "אפשר לנהוג אחר כך?"],
    "hi": ["नमस्ते, एक सत्र कितनी देर चलता है?", "क्या मैं बाद में गाड़ी चला सकता हूँ?", "मुझे नहीं पता किससे पूछूँ"],
    "ur": ["السلام علیکم، ایک نشست کتنی دیر کی ہوتی ہے؟", "کیا میں بعد میں گاڑی چلا سکتا ہوں؟"],
    "bn": ["নমস্কার, একটি সেশন কতক্ষণ চলে?", "আমি কি পরে গাড়ি চালাতে পারি?"],
    "pa": ["ਸਤ ਸ੍ਰੀ ਅਕਾਲ, ਇੱਕ ਸੈਸ਼ਨ ਕਿੰਨਾ ਚਿਰ ਚੱਲਦਾ ਹੈ?"],
    "ta": ["வணக்கம், ஒரு அமர்வு எவ்வளவு நேரம் எடுக்கும்?"],
    "vi": ["Xin chào, một buổi điều trị kéo dài bao lâu?", "Sau đó tôi có lái xe được không?", "tôi không biết hỏi ai"],
    "tl": [
        "Magandang umaga po, magkano ang isang session?",
        "Pwede po ba akong magmaneho pagkatapos?",
        "hindi ko alam kung sino ang tatanungin",
    ],
    "id": [
        "Selamat siang, berapa lama satu sesi?",
        "Apakah saya boleh menyetir setelah itu?",
        "saya tidak tahu harus bertanya kepada siapa",
    ],
    "zh": ["你好，一次治疗要多长时间？", "之后我可以开车吗？", "我不知道该问谁"],
    "ja": ["こんにちは、一回の治療はどれくらいかかりますか。", "そのあと運転してもいいですか", "だれに聞けばいいかわかりません"],
    "ko": ["안녕하세요, 한 번 치료에 얼마나 걸리나요?", "끝나고 운전해도 되나요?", "누구에게 물어봐야 할지 모르겠어요"],
    "th": ["สวัสดีค่ะ การรักษาหนึ่งครั้งใช้เวลานานเท่าไร", "หลังจากนั้นขับรถได้ไหม"],
    "sw": [
        "Habari, tiba moja inachukua muda gani?",
        "Je, naweza kuendesha gari baada ya hapo?",
        "sijui nimuulize nani lakini nataka kujua bei",
    ],
    "am": ["ሰላም፣ አንድ ሕክምና ምን ያህል ጊዜ ይወስዳል?"],
    "so": [
        "Maalin wanaagsan, immisa saacadood ayay qaadanaysaa?",
        "Miyaan baabuur wadi karaa kadib?",
        "ma garanayo cidda aan weydiiyo laakiin waxaan rabaa inaan ogaado",
    ],
    "ht": ["Bonjou, konbyen tan yon seyans dire?", "Èske mwen ka kondui apre sa?", "mwen pa konnen ki moun pou m mande"],
    "sq": ["Mirëdita, sa zgjat një seancë?", "A mund të ngas makinën pastaj?", "nuk e di kë të pyes"],
    "sr": [
        "Dobar dan, koliko traje jedan tretman?",
        "Da li mogu da vozim posle toga?",
        "ne znam koga da pitam",
        "Добар дан, колико траје један третман?",
    ],
    "sv": ["God dag, hur lång tid tar en behandling?", "Får jag köra bil efteråt?", "jag vet inte vem jag ska fråga"],
    "da": ["Goddag, hvor lang tid tager en behandling?", "Må jeg køre bil bagefter?", "jeg ved ikke hvem jeg skal spørge"],
    "no": ["God dag, hvor lang tid tar en behandling?", "Kan jeg kjøre bil etterpå?", "jeg vet ikke hvem jeg skal spørre"],
    "fi": ["Hyvää päivää, kuinka kauan yksi hoito kestää?", "Voinko ajaa autoa sen jälkeen?", "en tiedä keneltä kysyisin"],
}
NOT_TOLD = {
    "я не знаю, кого запитати": "no letter of it is Ukrainian alone",
    "Pot să conduc după aceea?": "taken for Polish",
    "Dobrý den, jak dlouho trvá jedno ošetření?": "taken for Polish",
    "nevím, jestli to pojišťovna zaplatí": "not told",
    "Vezethetek utána autót?": "not told",
    "A mund të ngas makinën pastaj?": "not told",
    "nuk e di kë të pyes": "not told",
    "ne znam koga da pitam": "taken for French",
    "Får jag köra bil efteråt?": "not told",
    "Goddag, hvor lang tid tager en behandling?": "taken for Swedish",
    "God dag, hvor lang tid tar en behandling?": "taken for Swedish",
    "Kan jeg kjøre bil etterpå?": "taken for Danish",
    "jeg vet ikke hvem jeg skal spørre": "taken for Danish",
    "en tiedä keneltä kysyisin": "taken for Dutch",
}


@pytest.fixture(scope="module")
def languages(knowledge: Knowledge, matcher: Matcher) -> ForeignLanguages:
    return ForeignLanguages(knowledge.languages, matcher.language.vocabulary.__contains__)


def _rows() -> list[ParameterSet]:
    return [
        pytest.param(
            tag,
            said,
            id=f"{tag}: {said}",
            marks=[pytest.mark.xfail(strict=True, reason=NOT_TOLD[said])] if said in NOT_TOLD else [],
        )
        for tag, some in SENTENCES.items()
        for said in some
    ]


def test_every_language_is_tried(knowledge: Knowledge) -> None:
    assert [one.tag for one in knowledge.languages] == list(SENTENCES)
    assert not NOT_TOLD.keys() - {said for some in SENTENCES.values() for said in some}


@pytest.mark.parametrize(("tag", "said"), _rows())
def test_a_sentence_is_answered_in_its_language_with_the_numbers(
    tag: str, said: str, dialogue: Dialogue, languages: ForeignLanguages
) -> None:
    found = languages.detect(said)
    assert found is not None
    assert found.tag == tag
    reply, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert (reply.kind, reply.language, reply.helpline, reply.claims) == ("fallback", tag, True, ())
    assert reply.text.startswith(found.sorry)
    assert "911" in reply.text
    assert "{" not in reply.text
    assert [step.name for step in reply.trace.steps] == ["foreign"]


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        *(("ru", "привет"), ("zh", "你好"), ("ja", "ケタミン"), ("el", "Ελλάδα"), ("ru", "как долго"), ("hi", "कितना")),
        *(("es", "hola"), ("fr", "bonjour"), ("fr", "merci beaucoup"), ("de", "kann ich")),
        pytest.param("de", "ok danke", marks=pytest.mark.xfail(strict=True, reason="half of it is English")),
    ],
)
def test_a_word_or_two_are_enough(tag: str, said: str, dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert (reply.language, reply.helpline) == (tag, True)


def test_some_words_of_two_languages_are_told_by_the_letters_that_one_of_them_has(languages: ForeignLanguages) -> None:
    for tag, said in (
        ("ja", "治療のあと"),
        ("zh", "治療之後"),
        ("uk", "Її тут немає"),
        ("ru", "Её тут нет"),
        ("ur", "یہ کیا ہے ٹھیک"),
    ):
        found = languages.detect(said)
        assert (found and found.tag) == tag


QUOTED = "words of another language in an English sentence are taken for the language of all of it"
QUOTES = ("je ne sais quoi, thats how the room felt", "Ich bin ein Berliner was a speech, wasn't it")
ENGLISH = [
    *QUOTES,
    "My name is Juan Carlos de la Cruz and I have an appointment on Tuesday",
    "Does Dr. Nguyen van der Berg give the infusions",
    "my nurse Sofia Kowalska said six",
    "can Björn and Françoise come along",
    "I live in Den Haag and fly to Sao Paulo next week",
    "The spa is called Casa del Sol",
    "is it deja vu or a side effect",
    "my abuela wants to come along, is that ok",
    "I had a siesta after it and felt great",
    "naïve question: a café au lait before it?",
    "a la carte or a package?",
    "per se",
    "pro re nata",
    "gracias! how long does it take",
    "muchas gracias for the answer, can I eat before?",
    "danke, that was clear",
    "ketamin infuson how lnog dose it last",
    "hw mny infusins do i nede for deprssion",
    "can i hav cofee be4 it pls thx",
    "wat is teh diffrence betwen one an six",
    "mg per kg iv 0.5",
    "NMDA GABA BDNF",
    "is μg the unit, or β something",
    "met my ex at the clinic",
    "so ka is short for ketamine?",
    "my son Jan has it in mei",
    "the kids were ill",
    "Her mom is Danish and her dad Swedish, they ask about it too",
    "hоw lоng dоes it lаst",  # with letters of another script that look the same
    "Where is Ελλάδα on the map of the clinic",
    *("no", "die", "son", "la", "me", "come", "a", "as", "hmm", "lol", "xd", "asdf", "qwzx plorf", "k", "123", "", "🙂", "?!"),
]


@pytest.mark.parametrize(
    "said",
    [pytest.param(one, marks=[pytest.mark.xfail(strict=True, reason=QUOTED)] if one in QUOTES else []) for one in ENGLISH],
)
def test_english_with_names_loan_words_and_slips_is_english(said: str, languages: ForeignLanguages, dialogue: Dialogue) -> None:
    assert languages.detect(said) is None
    reply, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert reply.language == "en"
    assert dialogue.compose.say("foreign") not in reply.text


def test_no_question_that_the_bot_can_be_asked_is_foreign(knowledge: Knowledge, languages: ForeignLanguages) -> None:
    phrases = [phrase for topic in knowledge.topics for phrase in (topic.question, *topic.phrases)]
    assert [phrase for phrase in phrases if languages.detect(phrase) is not None] == []


# -- scripts that nobody here can tell ------------------------------------------------------------------------------

UNKNOWN = {
    "Georgian": "მამა, რამდენ ხანს გრძელდება?",
    "Armenian": "Քանի՞ ժամ է տևում",
    "Inuktitut": "ᓄᓇᕗᑦ ᐃᓄᒃᑎᑐᑦ",
    "Kannada": "ಎಷ್ಟು ಸಮಯ ಬೇಕು",
    "Malayalam": "എത്ര സമയം എടുക്കും",
    "Gujarati": "કેટલો સમય લાગે",
    "Burmese": "ကုသမှု ဘယ်လောက်ကြာလဲ",
    "Khmer": "តើវាចំណាយពេលប៉ុន្មាន",
    "Lao": "ມັນໃຊ້ເວລາດົນປານໃດ",
    "Tibetan": "བོད་སྐད",
    "Cherokee": "ᏣᎳᎩ",
}


@pytest.mark.parametrize("said", UNKNOWN.values(), ids=list(UNKNOWN))
def test_in_an_unknown_script_the_numbers_are_told_in_english(said: str, dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert (reply.kind, reply.language, reply.helpline) == ("fallback", "en", True)
    assert reply.text == f"{dialogue.compose.say('foreign')}\n\n{dialogue.compose.say('help_now')}"
    assert "911" in reply.text
    assert "988" in reply.text


@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo"]), min_size=1, max_size=30))
def test_whatever_has_letters_is_never_said_to_have_no_words(dialogue: Dialogue, said: str) -> None:
    reply, _ = dialogue.turn(Said(said), Conversation(greeted=True), NOW)
    assert reply.text != dialogue.compose.say("empty")


@pytest.mark.parametrize("said", ["", " ", "?!", "...", "\u200b", "---"])
def test_without_a_letter_there_is_nothing_to_tell(said: str, dialogue: Dialogue) -> None:
    assert dialogue.turn(Said(said), Conversation(greeted=True), NOW)[0].text == dialogue.compose.say("empty")


# -- around it ------------------------------------------------------------------------------------------------------

RUSSIAN, ENDS = "сколько стоит одна капельница", "Я хочу умереть"


def test_danger_comes_before_the_language(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said(f"{RUSSIAN}? {ENDS}."), Conversation(greeted=True), NOW)
    assert (reply.kind, reply.language) == ("urgent", "ru")


def test_a_foreign_text_leaves_the_conversation(dialogue: Dialogue) -> None:
    before = Conversation(greeted=True, topics=("driving",), misses=1, choices=(dialogue.compose.choice("onset"),))
    assert dialogue.turn(Said(RUSSIAN), before, NOW)[1] == Conversation(
        greeted=True, topics=("driving",), misses=1, choices=before.choices, unhelped=1
    )


def test_a_reply_is_all_in_the_language_that_it_says(dialogue: Dialogue) -> None:
    reply, _ = dialogue.turn(Said(RUSSIAN), Conversation(), NOW)
    assert dialogue.compose.say("disclaimer") not in reply.text


def test_letters_behind_a_long_english_text_make_it_no_foreign_one(languages: ForeignLanguages) -> None:
    assert languages.detect("My garden is full of flowers. " * 200 + RUSSIAN) is None
    assert languages.detect(f"{RUSSIAN} " * 200) is not None


def test_without_languages_nothing_is_told() -> None:
    nobody = ForeignLanguages((), lambda _: False)
    assert nobody.detect(RUSSIAN) is None
    assert nobody.named("ru") is None
