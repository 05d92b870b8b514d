"""Words by which people find the way out of a list, and words that are none."""

import pytest

from onboarding.domain.unsubscribe_words import address_says_unsubscribe, says_unsubscribe

OFFERS = {
    "en": "To stop these e-mails, UNSUBSCRIBE here",
    "en, another": "Opt-out of the newsletter",
    "de": "Newsletter abbestellen",
    "de, another": "Hier können Sie sich abmelden",
    "fr": "Se désabonner",
    "fr, another": "Me désinscrire",
    "fr, composed of two": "Se de\u0301sabonner",
    "es": "Darse de baja",
    "es, another": "Cancelar suscripción",
    "ca": "Donar-se de baixa",
    "pt": "Cancelar inscrição",
    "pt, another": "Descadastrar",
    "it": "Disiscriviti dalla newsletter",
    "nl": "Klik hier om je uit te schrijven: uitschrijven",
    "sv": "Avregistrera dig",
    "da": "Afmeld nyhedsbrev",
    "nb": "Meld deg av",
    "fi": "Peruuta tilaus",
    "pl": "Wypisz się",
    "cs": "Odhlásit odběr",
    "sk": "Odhlásiť sa z odberu",
    "hu": "Leiratkozás",
    "ro": "Dezabonare",
    "ru": "Отписаться от рассылки",
    "uk": "Відписатися",
    "bg": "Отписване",
    "el": "Απεγγραφή",
    "el, in capitals": "ΔΙΑΓΡΑΦΗ",
    "tr": "Abonelikten çık",
    "he": "להסרה מרשימת התפוצה",
    "ar": "إلغاء الاشتراك",
    "hi": "सदस्यता समाप्त करें",
    "th": "ยกเลิกการสมัคร",
    "ja": "配信停止はこちら",
    "zh": "退订",
    "zh-Hant": "取消訂閱",
    "ko": "수신거부",
    "id": "Berhenti berlangganan",
    "vi": "Hủy đăng ký",
    "with a soft hyphen": "Un\u00adsub\u00adscribe",
    "in wide letters": "Ｕｎｓｕｂｓｃｒｉｂｅ",
}


@pytest.mark.parametrize("text", OFFERS.values(), ids=OFFERS)
def test_a_way_out_is_recognised_in_many_languages(text: str) -> None:
    assert says_unsubscribe(text)


@pytest.mark.parametrize(
    "text",
    ["", "Read more", "Subscribe now", "Abonnieren", "S'abonner", "Suscribirse", "Подписаться",
     "View in browser", "Privacy", "Contact us", "登録", "订阅"],
)  # fmt: skip
def test_other_words_are_not_taken_for_one(text: str) -> None:
    assert not says_unsubscribe(text)


@pytest.mark.parametrize(
    "url",
    ["https://a.example/unsubscribe?u=1", "https://a.example/UNSUB/1", "https://a.example/opt_out",
     "https://a.example/r?to=%2Funsubscribe", "https://a.example/optout",
     "mailto:list@a.example?subject=unsubscribe", "https://a.example/d%C3%A9sabonner"],
)  # fmt: skip
def test_an_address_may_say_so(url: str) -> None:
    assert address_says_unsubscribe(url)


@pytest.mark.parametrize("url", ["https://a.example/subscribe", "https://a.example/%", "%ff"])
def test_other_addresses_do_not(url: str) -> None:
    assert not address_says_unsubscribe(url)
