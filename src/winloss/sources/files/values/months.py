"""Names of months and weekdays in the languages that exports come in."""

from __future__ import annotations

import unicodedata

_MONTHS = (
    "january jan januar jän jänner janvier janv enero ene janeiro januari gennaio gen января январь янв stycznia styczeń ocak oca leden ledna jan",
    "february feb februar februari février févr fév fev febrero fevereiro februarie febbraio februari февраля февраль фев февр lutego luty lut şubat şub",
    "march mar märz mär mrz mars marzo março maart mrt marts марта март мар marca marzec mart",
    "april apr avril avr abril abr aprile апреля апрель апр kwietnia kwiecień kwi nisan nis",
    "may mai mayo maio maggio mag mei maj мая май maja mayıs",
    "june jun juni juin junio junho giugno giu июня июнь июн czerwca czerwiec cze haziran haz",
    "july jul juli juillet juil julio julho luglio lug июля июль июл lipca lipiec lip temmuz tem",
    "august aug août aou agosto ago augustus augusti августа август авг sierpnia sierpień sie ağustos ağu",
    "september sep sept septembre septiembre setembro set settembre сентября сентябрь сен сент września wrzesień wrz eylül eyl",
    "october oct oktober okt octobre octubre outubro out ottobre ott октября октябрь окт października październik paź ekim eki",
    "november nov novembre noviembre novembro ноября ноябрь ноя нояб listopada listopad lis kasım kas",
    "december dec dezember dez décembre déc diciembre dic dezembro dicembre декабря декабрь дек grudnia grudzień gru aralık ara",
)
_WEEKDAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend sonntag so "
    "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "lunes martes mié miércoles jue jueves vie viernes sáb sábado domingo dom segunda terça quarta quinta sexta "
    "lunedì martedì mercoledì giovedì gio venerdì sabato sab domenica maandag ma dinsdag woensdag wo donderdag vrijdag vr "
    "zaterdag za zondag zo понедельник пн вторник вт среда ср четверг чт пятница пт суббота сб воскресенье вс"
)


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.casefold().rstrip("."))
    return "".join(c for c in bare if not unicodedata.combining(c))


MONTHS = {_folded(word): number for number, names in enumerate(_MONTHS, start=1) for word in names.split()}
WEEKDAYS = frozenset(_folded(word) for word in _WEEKDAYS.split())


def month_of(word: str) -> int | None:
    """1 to 12; None where `word` is no month.

    >>> month_of("März"), month_of("Sept."), month_of("Closed")
    (3, 9, None)
    """
    return MONTHS.get(_folded(word))


def is_weekday(word: str) -> bool:
    return _folded(word) in WEEKDAYS
