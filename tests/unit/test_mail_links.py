"""Links in mail bodies, and whether a reader can see them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.mail.css import declarations, rules_in
from onboarding.adapters.mail.html_links import links_in_html
from onboarding.adapters.mail.text_links import links_in_text
from onboarding.domain.message_summary import Link

URL = "https://a.example/out"
A = f'<a href="{URL}">Unsubscribe</a>'


def only(html: str) -> Link:
    (link,) = links_in_html(html)
    return link


SEEN = {
    "as it is": A,
    "with attributes in capitals": f"<A HREF='{URL}'>Unsubscribe</A>",
    "never closed": f"<p><a href={URL}>Unsubscribe",
    "words within other elements": f'<a href="{URL}"><span><b>Unsub</b>scribe</span></a>',
    "a picture": f'<a href="{URL}"><img src="x" width="80" alt="Unsubscribe"></a>',
    "an area of a picture": f'<map><area href="{URL}" alt="Unsubscribe"></map>',
    "after a hidden paragraph that was never closed": f'<p style="display:none">x<p>{A}',
    "after a hidden cell that was never closed": (
        f'<table><tr><td style="display:none">x<td>{A}</table>'
    ),
    "after a hidden element with what needs no end": (
        f'<div style="display: none"><br><img src="x"></div>{A}'
    ),
    "large type within a cell of no size": (
        f'<td style="font-size:0"><span style="font-size:14px">{A}</span></td>'
    ),
    "shown within what is invisible": (
        f'<div style="visibility:hidden"><p style="visibility:visible">{A}</p></div>'
    ),
    "white on black": f'<td bgcolor="#000000" style="color:white">{A}</td>',
    "white on a picture": (
        f'<td background="dark.png"><a href="{URL}" style="color:#fff">Unsubscribe</a></td>'
    ),
    "white on a colour that is not known": (
        f'<td bgcolor="navy"><a href="{URL}" style="color:#fff">Unsubscribe</a></td>'
    ),
    "hidden on narrow screens alone": (
        f"<style>@media (max-width:600px){{a{{display:none}} p{{color:red}}}}</style>{A}"
    ),
    "a class that hides something else": (
        f"<style>.pre{{display:none}}</style><p class=foot>{A}</p>"
    ),
    "between conditional comments": f"<!--[if !mso]><!-->{A}<!--<![endif]-->",
    "after a declaration": f"<!doctype html><?xml version='1.0'?>{A}",
    "a rule for what stands elsewhere": f"<style>.pre a{{display:none}}</style><p>{A}</p>",
    "a later rule that shows it": (
        f"<style>a{{display:none}} a{{display:inline}}</style><p>{A}</p>"
    ),
    "for those who run no scripts": f"<noscript>{A}</noscript>",
    "clipped, but not to nothing": f'<div style="overflow:hidden;height:40px">{A}</div>',
}


@pytest.mark.parametrize("html", SEEN.values(), ids=SEEN)
def test_a_link_that_readers_see_counts_as_seen(html: str) -> None:
    assert (only(html).url, only(html).hidden) == (URL, "")


HIDDEN = {
    "display: none": f'<div style="Display : NONE !important">{A}</div>',
    "visibility: hidden": f'<div style="visibility:hidden">{A}</div>',
    "opacity: 0": f'<div style="opacity:0.0">{A}</div>',
    "its type is too small to be seen": f'<div style="font-size:1px">{A}</div>',
    "it is clipped to nothing": f'<div style="max-height:0;overflow:hidden">{A}</div>',
    "it is moved off the page": f'<div style="position:absolute;left:-9999px">{A}</div>',
    "it has the colour of its background": (
        f'<a href="{URL}" style="color:#FFF">Unsubscribe</a>'
    ),
    "hidden": f"<div hidden>{A}</div>",
    "inside <template>": f"<template>{A}</template>",
    "it has no words and no picture": f'<a href="{URL}"> </a>',
    "a picture of one dot": f'<a href="{URL}"><img src="x" width="1" height="1"></a>',
}  # fmt: skip


@pytest.mark.parametrize(("why", "html"), HIDDEN.items(), ids=HIDDEN)
def test_a_link_that_nobody_sees_is_told_with_the_reason(why: str, html: str) -> None:
    assert (only(html).url, only(html).hidden) == (URL, why)


@pytest.mark.parametrize(
    "html",
    [
        f"<style>.gone{{display:none}}</style><p class='a gone'>{A}</p>",
        f"<style>/* x */ p , #out {{ color:red; display:none }}</style><div id=out>{A}</div>",
        f"<style><!-- a{{visibility:hidden}} --></style>{A}",
        f"<style>@import 'x'; a{{visibility:hidden}}</style>{A}",
        f"<div style=display:none><p><table><tr><td>{A}</table></div>",
        f'<td bgcolor="#ffffff"><font color="#FFFFFF"><a href="{URL}" style="color:rgb(255, 255, '
        '255)">Unsubscribe</a></font></td>',
        f'<a href="{URL}"><span style="display:none">Unsubscribe</span></a>',
    ],
)
def test_style_sheets_and_outer_elements_hide_too(html: str) -> None:
    assert only(html).hidden


def test_comments_hold_no_links() -> None:
    assert links_in_html(f"<!-- {A} --><!--[if mso]>{A}<![endif]-->") == ()


def test_anchors_without_an_address_are_no_links() -> None:
    assert links_in_html('<a name="top">Unsubscribe</a>') == ()


def test_the_words_around_are_those_of_the_paragraph_that_can_be_seen() -> None:
    html = f'<p>News.</p><p>To leave,<br><a href="{URL}">click</a> here<i hidden>!</i>.</p><p>End'
    assert only(html) == Link(URL, "click", "To leave, here .", "")


def test_links_in_plain_text_have_the_words_of_their_line_and_of_the_line_above() -> None:
    text = f"Read on: https://a.example/1.\n\nLeave the list:\n<{URL}>\nmailto:x@a.example"
    assert links_in_text(text) == (
        Link("https://a.example/1", around=" Read on:  "),
        Link(URL, around="Leave the list: < >"),
        Link("mailto:x@a.example", around="  "),
    )


@given(st.text(st.sampled_from("<>/ap='\"! -{}styledivhrf:;\n&#0"), max_size=400))
def test_no_html_is_too_broken(html: str) -> None:
    links_in_html(html)


@given(st.text(st.sampled_from("{}@.:;#,ab */-0p"), max_size=300))
def test_no_style_is_too_broken(style: str) -> None:
    declarations(style)
    rules_in(style)


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000, "<a href=x>" * 50_000, "<" * 300_000, "<!--" * 100_000,
     "<!" * 200_000, "<![" * 150_000, "<?" * 200_000, "<a " * 150_000, "</a " * 100_000,
     "<a href='" * 50_000, "<a href='>" * 50_000,
     "<style>" * 70_000, "<style></style>" * 30_000, "<script>" * 60_000,
     "<style>" + "@a{" * 100_000, "<style>" + "a{b:c}" * 50_000 + "</style>" + "<p class=a>" * 9999,
     "</div>" * 80_000, "&" * 400_000, "<p style='" + "a:b;" * 100_000 + "'>"],
    ids=lambda html: html[:12],
)  # fmt: skip
def test_hostile_html_costs_bounded_time(html: str) -> None:
    started = time.process_time()
    links_in_html(html)
    assert time.process_time() - started < 5
