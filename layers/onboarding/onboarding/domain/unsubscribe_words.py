"""Recognises, in many languages, words by which a recipient finds the way out of a list."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

_WORDS = """
unsubscri  opt out  optout  stop receiving  remove me
abmelden  abmeldung  abbestell  austragen  abonnement beenden
desabonn  desinscri  me retirer de
darse de baja  dar de baja  darme de baja  date de baja  cancelar suscripci  cancelar la suscripci
anular suscripci  anular la suscripci  desuscri  donar-se de baixa  donar-me de baixa
cancelar inscri  cancelar a inscri  cancelar assinatura  cancelar a assinatura  descadastr
anular a subscri  anular subscri  cancelar subscri  cancelar a subscri  remover inscri
disiscri  cancella iscrizione  cancella l'iscrizione  annulla iscrizione
annulla l'iscrizione  cancellati  cancellarti
afmelden  afmelding  uitschrijven  uitschrijf  meld je af  meld u af
avregistrera  avprenumerera  avsluta prenumeration  avanmal  sluta prenumerera
afmeld  frameld  avmeld  meld deg av  meld av  stopp abonnement
peruuta tilaus  lopeta tilaus  peru tilaus  peru uutiskirje
wypisz  rezygnuj z subskrypcji  anuluj subskrypcj  zrezygnuj  rezygnacja z
odhlasit  odhlaseni  odhlasenie  zrusit odber
leiratkoz  dezabon  odjav  otkazi pretplat  loobu uudiskirja  atsisakyti  atsakyties  atrakst
aboneliği iptal  abonelikten çık  aboneliğimi iptal  listeden çık
отписаться  отписка  отписать  отказаться от  відписатис  відписатися  отпиши  отписване
απεγγραφ  διαγραφη  καταργηση εγγραφης  διακοπη συνδρομης
להסרה  הסרה מ  הסר אותי  ביטול הרשמה  ביטול מנוי  להסיר
إلغاء الاشتراك  الغاء الاشتراك  إلغاء اشتراك
配信停止  登録解除  購読解除  購読を停止  購読をやめる  配信を停止
退订  取消订阅  退訂  取消訂閱  取消訂閲
수신거부  수신 거부  구독 취소  구독취소  구독 해지
सदस्यता समाप्त  सदस्यता रद्द  अनसब्सक्राइब
berhenti berlangganan  berhenti melanggan  hủy đăng ký  ยกเลิกการสมัคร  ยกเลิกการรับ
"""
_ONLY_IN_ADDRESSES = ("unsub",)
_BETWEEN_WORDS = re.compile(r"[^\w']+")
_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def _plain(text: str) -> str:
    """Lower case, without accents and invisible characters, words apart by one blank."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in decomposed if c not in _UNSEEN and not _is_accent(c))
    return " ".join(_BETWEEN_WORDS.sub(" ", "".join(kept)).split())


def _is_accent(character: str) -> bool:
    """The accents of Latin, Greek and Cyrillic letters; the marks of other scripts are letters."""
    return "\u0300" <= character <= "\u036f"


_PHRASES = tuple(
    dict.fromkeys(
        _plain(phrase)
        for line in _WORDS.splitlines()
        for phrase in line.split("  ")
        if phrase.strip()
    )
)


def says_unsubscribe(text: str) -> bool:
    """Do these words offer a way out?"""
    plain = _plain(text)
    return any(phrase in plain for phrase in _PHRASES)


def address_says_unsubscribe(url: str) -> bool:
    """Does a link's address say so, as `/unsubscribe?u=1` does?"""
    plain = _plain(unquote(url, errors="replace").replace("_", " "))
    return any(phrase in plain for phrase in (*_PHRASES, *_ONLY_IN_ADDRESSES))
