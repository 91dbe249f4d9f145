"""`people`: the only place where an opaque id meets a name, so that a person can be forgotten."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

from winloss.tables.column import Personal, Role, TableSpec, text

PEOPLE = TableSpec(
    name="people",
    meaning="One row a person; unversioned, the only table with names.",
    key=("person_id",),
    columns=(
        text("person_id", "Opaque id, made from the source's id or name.", role=Role.KEY, personal=Personal.ID),
        text("name", "The person's name.", personal=Personal.NAME),
        text("email", "The person's address.", personal=Personal.NAME),
        text("team", "The sales team or office."),
        text("manager_id", "The manager: an opaque id of this table.", personal=Personal.ID),
    ),
)

_OPAQUE = re.compile(r"p_[0-9a-f]{12}")

_ROLE = re.compile(
    r"\b((?:solutions?|sales|presales|pre sales|technical|implementation) (?:engineer|consultant|architect|specialist)s?|pre ?sales"
    r"|(?:sales )?reps?|(?:sales )?representatives?|salesperson|sales person|(?:sales |customer )?agent|csm|ae|sdr|bdr|isr|tam"
    r"|customer success (?:manager|rep|owner)|(?:account|sales|partner|channel|success|regional|opportunity|deal|bid|pursuit|capture|key account|territory) manager|account executives?"
    r"|(?:account|pursuit|deal|bid|opportunity|capture|proposal|engagement|client) (?:lead|captain|director)|kam|bdm|^se"
    r"|(?:sales|business) development rep(?:resentative)?)"
    r"(?: (?:name|full name|assigned|email|id|primary|secondary)| ?\d{1,2})*$"
)


_PERSON = re.compile(
    r"\b(user ?name|user full name|lead name|(?:owner|creator|author) name|creator|closer|opener|appointment setter|assignee"
    r"|(?:created|modified|updated|entered|assigned|closed|won|lost|opened|booked|sourced|submitted|approved|handled|managed|owned|sold|worked|served) by"
    r"|(?:assigned|allocated|routed) (?:to|user|rep|agent)"
    r"|(?:erstellt|angelegt|geandert|bearbeitet|abgeschlossen|betreut) (?:von|durch)|zugewiesen an"
    r"|besitzer(?:in)?|inhaber(?:in)?|ersteller(?:in)?|verkaufer(?:in)?|vertriebler(?:in)?|vertriebsmitarbeiter(?:in)?|kundenbetreuer(?:in)?"
    r"|betreuer(?:in)?|sachbearbeiter(?:in)?|bearbeiter(?:in)?|benutzer(?:name)?|nutzername|verantwortlicher?|zustandig"
    r"|(?:cree|modifie|gagne|conclu|traite) par|(?:assigne|attribue|affecte) a|utilisateur|vendeur|vendeuse|charge d affaires"
    r"|charge de compte|ingenieur commercial|proprietaire(?: de l opportunite)?|responsable(?: de compte| commercial)?"
    r"|(?:creado|modificado|cerrado|ganado) por|asignado a|nombre de usuario|usuario|vendedora?|propietario|ejecutivo de (?:cuentas?|ventas)"
    r"|gestor(?: de cuentas?| comercial)?|(?:criado|fechado|alterado) por|atribuido a|nome do usuario|utilizador|gerente de contas?"
    r"|executivo de (?:contas?|vendas)|responsavel|proprietario"
    r"|(?:creato|modificato|chiuso) da|assegnato a|utente|nome utente|venditore|responsabile|agente di vendita"
    r"|(?:aangemaakt|gewijzigd|gesloten) door|toegewezen aan|gebruiker(?:snaam)?|verkoper|accountmanager|eigenaar|verantwoordelijke"
    r"|ответственныи|менеджер|автор|создал|пользователь|продавец)"
    r"(?: (?:name|full name|email|id|primary|secondary|c)| ?\d{1,2})*$"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def names_person(header: str) -> bool:
    """Whether a column called so holds people, by the words of the usual CRMs and of their translations: "created_by"."""
    spaced = _CAMEL.sub(" ", header)
    bare = "".join(c for c in unicodedata.normalize("NFKD", spaced) if unicodedata.category(c) != "Mn")
    words = " ".join(re.findall(r"[^\W\d_]+|\d+", bare.casefold()))
    return _PERSON.search(words) is not None or is_role(words)


def is_role(words: str) -> bool:
    """Whether a column called so, in lower-case words with single spaces, holds who had a part in selling: "sales rep 2"."""
    return _ROLE.search(words) is not None


def is_opaque(written: str) -> bool:
    """Whether it is an id of this table, and no name."""
    return _OPAQUE.fullmatch(written) is not None


@lru_cache(maxsize=200_000)
def opaque(written: str) -> str:
    """The id of a person written so; case, spaces and look of the letters do not matter. An id stays itself."""
    if is_opaque(written):
        return written
    folded = " ".join(unicodedata.normalize("NFKC", written).casefold().split())
    return "p_" + sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:12]
