"""E-mails in the forms that mail programs give them, made up, and what in each is new: by the name of the form."""

from __future__ import annotations

from typing import NamedTuple


class Mail(NamedTuple):
    body: str
    new: str


ASKED = "How long does an infusion take?"
# What was said before, as it stands in quotes: danger, and the bot's numbers.
BEFORE = "You wrote: I want to kill myself. If you are thinking of it, call 988 now. In an emergency call 911."
_LONG_AGO = "I want to die. I have taken all my pills."


def _quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.splitlines())


MAILS: dict[str, Mail] = {
    "plain": Mail(ASKED, ASKED),
    "gmail": Mail(
        f"{ASKED}\n\nOn Tue, Dec 1, 2026 at 9:14 AM Infusion Clinic <desk@clinic.example> wrote:\n\n{_quoted(BEFORE)}\n", ASKED
    ),
    "gmail-folded": Mail(
        f"{ASKED}\r\n\r\nOn Tue, Dec 1, 2026 at 9:14 AM The Infusion Clinic of the North Shore <\r\ndesk@clinic.example> "
        f"wrote:\r\n\r\n{_quoted(BEFORE)}\r\n",
        ASKED,
    ),
    "gmail-of-a-quote": Mail(
        f"{ASKED}\n\nOn Tue, Dec 1, 2026 at 9:14 AM Clinic <desk@clinic.example> wrote:\n\n{_quoted(BEFORE)}\n>\n"
        f"> On Mon, Nov 30, 2026 at 8:00 PM Pat <pat@example.org> wrote:\n>\n{_quoted(_LONG_AGO, '>> ')}\n",
        ASKED,
    ),
    "gmail-new-text-begins-with-on": Mail(
        f"On Friday?\nOn Tue, Dec 1, 2026 at 9:14 AM Clinic <desk@clinic.example> wrote:\n{_quoted(BEFORE)}", "On Friday?"
    ),
    "gmail-german": Mail(
        f"Wie lange dauert es?\n\nAm Di., 1. Dez. 2026 um 09:14 Uhr schrieb Clinic <desk@clinic.example>:\n\n{_quoted(BEFORE)}",
        "Wie lange dauert es?",
    ),
    "gmail-spanish": Mail(
        f"¿Cuánto dura?\n\nEl mar, 1 dic 2026 a las 9:14, Clinic (<desk@clinic.example>) escribió:\n\n{_quoted(BEFORE)}",
        "¿Cuánto dura?",
    ),
    "gmail-french": Mail(
        f"Combien de temps ?\n\nLe mar. 1 déc. 2026 à 09:14, Clinic <desk@clinic.example> a écrit :\n\n{_quoted(BEFORE)}",
        "Combien de temps ?",
    ),
    "gmail-portuguese": Mail(
        f"Quanto dura?\n\nEm ter., 1 de dez. de 2026 às 09:14, Clinic <desk@clinic.example> escreveu:\n\n{_quoted(BEFORE)}",
        "Quanto dura?",
    ),
    "gmail-italian": Mail(
        f"Quanto dura?\n\nIl giorno mar 1 dic 2026 alle ore 09:14 Clinic <desk@clinic.example> ha scritto:\n\n{_quoted(BEFORE)}",
        "Quanto dura?",
    ),
    "gmail-dutch": Mail(
        f"Hoe lang duurt het?\n\nOp di 1 dec 2026 om 09:14 schreef Clinic <desk@clinic.example>:\n\n{_quoted(BEFORE)}",
        "Hoe lang duurt het?",
    ),
    "gmail-russian": Mail(
        f"Сколько это длится?\n\nвт, 1 дек. 2026 г. в 09:14, Clinic <desk@clinic.example>:\n\n{_quoted(BEFORE)}",
        "Сколько это длится?",
    ),
    "gmail-polish": Mail(
        f"Jak długo?\n\nwt., 1 gru 2026 o 09:14 Clinic <desk@clinic.example> napisał(a):\n\n{_quoted(BEFORE)}", "Jak długo?"
    ),
    "gmail-chinese": Mail(
        f"要多久？\n\nClinic <desk@clinic.example> 于2026年12月1日周二 09:14写道：\n\n{_quoted(BEFORE)}", "要多久？"
    ),
    "zoho": Mail(f"{ASKED}\n\n---- On Tue, 01 Dec 2026 09:14:02 -0800 Clinic <desk@clinic.example> wrote ---\n\n{BEFORE}", ASKED),
    "gmx": Mail(
        f"Wie lange?\n\nGesendet mit der GMX Mail App\nGesendet: Dienstag, 01. Dezember 2026 um 09:14 Uhr\n"
        f"Von: Clinic <desk@clinic.example>\nAn: pat@example.org\nBetreff: Ihr Termin\n{BEFORE}",
        "Wie lange?",
    ),
    "carrier": Mail(f"{ASKED}\n\nSent via the Samsung Galaxy S24 Ultra 5G, an AT&T 5G smartphone", ASKED),
    "iphone": Mail(
        f"{ASKED}\n\nSent from my iPhone\n\n> On Dec 1, 2026, at 9:14 AM, Clinic <desk@clinic.example> wrote:\n> \n"
        f"> \ufeff{BEFORE}\n",
        ASKED,
    ),
    "iphone-new": Mail(f"{ASKED}\n\nSent from my iPhone", ASKED),
    "iphone-german": Mail(
        f"Wie lange dauert es?\n\nVon meinem iPhone gesendet\n\n> Am 01.12.2026 um 09:14 schrieb Clinic <desk@clinic.example>:\n"
        f"> \n{_quoted(BEFORE)}",
        "Wie lange dauert es?",
    ),
    "iphone-spanish": Mail("¿Cuánto dura?\n\nEnviado desde mi iPhone", "¿Cuánto dura?"),
    "iphone-french": Mail("Combien de temps ?\n\nEnvoyé de mon iPhone", "Combien de temps ?"),
    "apple-forward": Mail(
        f"{ASKED}\n\nBegin forwarded message:\n\nFrom: Clinic <desk@clinic.example>\nSubject: Your visit\n"
        f"Date: December 1, 2026 at 9:14:02 AM PST\nTo: pat@example.org\n\n{BEFORE}\n",
        ASKED,
    ),
    "outlook": Mail(
        f"{ASKED}\n\nFrom: Clinic <desk@clinic.example>\nSent: Tuesday, December 1, 2026 9:14 AM\nTo: Pat <pat@example.org>\n"
        f"Subject: Your visit\n\n{BEFORE}\n",
        ASKED,
    ),
    "outlook-as-text": Mail(
        f"{ASKED}\n\n*From:* Clinic <desk@clinic.example>\n*Sent:* Tuesday, December 1, 2026 9:14 AM\n*To:* Pat\n"
        f"*Subject:* Your visit\n\n{BEFORE}",
        ASKED,
    ),
    "outlook-phone": Mail(
        f"{ASKED}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n"
        f"From: Clinic <desk@clinic.example>\nSent: Tuesday, December 1, 2026 9:14:02 AM\nTo: Pat <pat@example.org>\n"
        f"Subject: Your visit\n\n{BEFORE}",
        ASKED,
    ),
    "outlook-old": Mail(
        f"{ASKED}\n\n-----Original Message-----\nFrom: Clinic [mailto:desk@clinic.example]\n"
        f"Sent: Tuesday, December 1, 2026 9:14 AM\nTo: Pat\nSubject: Your visit\n\n{BEFORE}",
        ASKED,
    ),
    "outlook-german": Mail(
        f"Wie lange dauert es?\n\nVon: Clinic <desk@clinic.example>\nGesendet: Dienstag, 1. Dezember 2026 09:14\nAn: Pat\n"
        f"Betreff: Ihr Termin\n\n{BEFORE}",
        "Wie lange dauert es?",
    ),
    "outlook-spanish": Mail(
        f"¿Cuánto dura?\n\nDe: Clinic <desk@clinic.example>\nEnviado el: martes, 1 de diciembre de 2026 9:14\nPara: Pat\n"
        f"Asunto: Su visita\n\n{BEFORE}",
        "¿Cuánto dura?",
    ),
    "outlook-french": Mail(
        f"Combien de temps ?\n\nDe : Clinic <desk@clinic.example>\nEnvoyé : mardi 1 décembre 2026 09:14\nÀ : Pat\n"
        f"Objet : Votre visite\n\n{BEFORE}",
        "Combien de temps ?",
    ),
    "windows-mail": Mail(
        f"{ASKED}\n\nSent from Mail for Windows\n\nFrom: Clinic\nSent: Tuesday, December 1, 2026 9:14 AM\nTo: pat@example.org\n"
        f"Subject: Your visit\n\n{BEFORE}",
        ASKED,
    ),
    "yahoo": Mail(
        f"{ASKED}\n\nSent from Yahoo Mail on Android\n \n  On Tue, Dec 1, 2026 at 9:14 AM, Clinic<desk@clinic.example> wrote:   "
        f"{BEFORE}  \n",
        ASKED,
    ),
    "yahoo-web": Mail(
        f" {ASKED}\n    On Tuesday, December 1, 2026 at 09:14:02 AM PST, Clinic <desk@clinic.example> wrote:  \n \n {BEFORE}\n",
        ASKED,
    ),
    "samsung": Mail(
        f"{ASKED}\n\n\nSent from my Galaxy\n\n\n-------- Original message --------\nFrom: Clinic <desk@clinic.example>\n"
        f"Date: 12/1/26 9:14 AM (GMT-08:00)\nTo: Pat <pat@example.org>\nSubject: Your visit\n\n{BEFORE}",
        ASKED,
    ),
    "proton": Mail(
        f"{ASKED}\n\nSent with Proton Mail secure email.\n\nOn Tuesday, December 1st, 2026 at 9:14 AM, Clinic "
        f"<desk@clinic.example> wrote:\n\n{_quoted(BEFORE)}",
        ASKED,
    ),
    "thunderbird-below": Mail(f"On 12/1/26 9:14 AM, Clinic wrote:\n{_quoted(BEFORE)}\n\n{ASKED}\n", ASKED),
    "thunderbird-between": Mail(
        "Am 01.12.26 um 09:14 schrieb Clinic:\n> An infusion is six weeks away.\nThank you.\n\n> Do not drive that day.\n"
        f"{ASKED}",
        f"Thank you.\n\n{ASKED}",
    ),
    "signature": Mail(f"{ASKED}\n\n-- \nPat Canary\nSuicide prevention volunteer | 988 | 555 0100\nwww.example.org", ASKED),
    "signature-without-blank": Mail(f"{ASKED}\n--\nPat Canary\n+1 555 0100", ASKED),
    "signature-above-a-quote": Mail(
        f"{ASKED}\n\n-- \nPat Canary\n\nOn Tue, 1 Dec 2026 at 09:14, Clinic <desk@clinic.example> wrote:\n{_quoted(BEFORE)}",
        ASKED,
    ),
    "dashes-and-own-words": Mail(f"{ASKED}\n--\nAlso: I am afraid of needles.", f"{ASKED}\n--\nAlso: I am afraid of needles."),
    "dashes-and-a-sentence": Mail(
        "Thank you for all.\n-- \nlife is not worth living, want to die.",
        "Thank you for all.\n--\nlife is not worth living, want to die.",
    ),
    "own-words-with-an-address": Mail(
        "I wrote to desk@clinic.example<mailto:desk@clinic.example> at 9:14 on 12/1/26:\nI want to die.",
        "I wrote to desk@clinic.example<mailto:desk@clinic.example> at 9:14 on 12/1/26:\nI want to die.",
    ),
    "signature-of-a-company": Mail(
        f'{ASKED}\n-- \nDr. Pat van der Berg\nExample Ltd | Suicide prevention | 988\n\n"Live each day as if it were the last."',
        ASKED,
    ),
    "own-words-as-a-header": Mail(
        "On Monday my doctor wrote:\nstop ketamine. I want to die.", "On Monday my doctor wrote:\nstop ketamine. I want to die."
    ),
    "own-words-with-a-time": Mail(
        "On Dec 1 at 9:14 AM my doctor wrote:\nstop ketamine. I want to die.",
        "On Dec 1 at 9:14 AM my doctor wrote:\nstop ketamine. I want to die.",
    ),
    "own-words-from": Mail(
        "From: the east side of town\nTo: your clinic, how far is it?\nI want to die.",
        "From: the east side of town\nTo: your clinic, how far is it?\nI want to die.",
    ),
    "own-words-of-a-phone": Mail("Sent from my phone because I want to die", "Sent from my phone because I want to die"),
    "own-list": Mail("- can I drive?\n- can I eat?\n----\nI want to die.", "- can I drive?\n- can I eat?\n----\nI want to die."),
}
