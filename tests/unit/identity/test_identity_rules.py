"""What identity decides with values alone: roles, logins, passwords, doors, sessions."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.errors import RolesClash, WeakPassword
from app.identity.rules.doors import (
    LOCK_DURATION,
    as_password,
    check_password,
    describe_device,
    doors_of,
    is_idle,
    is_over,
    network_of,
    next_attempt,
)
from app.identity.rules.people import bare_name, check_login, check_name, check_reason
from app.identity.rules.roles import GRANTS, SCOPE_PERMISSIONS, check_roles, grants_of
from app.kernel.actors import Permission, Role
from app.kernel.errors import Invalid

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
SAFARI = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.mark.requirement("A11d-11.10")
def test_the_administrator_has_no_right_over_content():
    content = {name for name in Permission if name.value.split(".")[0] in {"exercise", "record", "signature", "trail"}}

    assert content & set(GRANTS[Role.ADMINISTRATOR]) == set()


@pytest.mark.requirement("A11d-11.10")
def test_the_auditor_reads_everything_and_changes_nothing():
    assert {name.value.split(".")[1] for name in GRANTS[Role.AUDITOR]} <= {"read", "verify"}


def test_every_permission_is_granted_by_some_role():
    granted = {name for grants in GRANTS.values() for name in grants}

    assert set(Permission) - granted == set()


def test_the_system_grants_nothing_to_people():
    assert grants_of([Role.SYSTEM]) == {}


def test_a_scope_opens_nothing_that_no_role_grants():
    granted = {name for grants in GRANTS.values() for name in grants}

    assert set().union(*SCOPE_PERMISSIONS.values()) <= granted
    assert Permission.TOKEN_OWN not in set().union(*SCOPE_PERMISSIONS.values())


def test_a_line_names_the_same_role_whatever_the_order_in_which_roles_are_held():
    roles = [Role.ASSESSOR, Role.TRAINEE, Role.QUALITY]

    assert grants_of(roles) == grants_of(reversed(roles))
    assert grants_of(roles)[Permission.SIGN] is Role.TRAINEE


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.ASSESSOR, Role.AUTHOR, Role.QUALITY, Role.EQUIPMENT_MANAGER])
def test_an_administrator_takes_no_part(role):
    with pytest.raises(RolesClash):
        check_roles([Role.ADMINISTRATOR, role])


def test_an_administrator_may_audit():
    check_roles([Role.ADMINISTRATOR, Role.AUDITOR])


@pytest.mark.requirement("P11.100(a)", "LANG-6")
@pytest.mark.parametrize(
    "variant", ["Lea.Martin", "LEA.MARTIN", " léa.martin", "ｌｅａ.martin", "le\u0301a.martin", "ﬂ"]
)
def test_variants_of_a_login_have_one_key(variant):
    plain = "fl" if variant == "ﬂ" else "lea.martin"

    assert bare_name(variant) == bare_name(plain)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=30))
def test_the_key_of_a_login_does_not_depend_on_case_or_form(text):
    assert bare_name(unicodedata.normalize("NFD", text)) == bare_name(unicodedata.normalize("NFC", text))
    assert bare_name(text.casefold()) == bare_name(text)


@pytest.mark.parametrize(
    "login", ["ab", "with space", "a" * 101, "tr\u0430inee", "tra\u0131nee", "a\u200bbc", "<b>", "名前名", ""]
)
def test_a_login_that_could_be_taken_for_another_is_not_given(login):
    with pytest.raises(Invalid):
        check_login(login)


@pytest.mark.parametrize("login", ["léa.martin", "O-Brien_2", "a@b.be", "ÉMILE", "ｌｅａ"])
def test_a_login_may_have_accents_and_marks(login):
    assert check_login(login) == unicodedata.normalize("NFKC", login)


@pytest.mark.parametrize(("typed", "kept"), [("  Léa \t Martin ", "Léa Martin"), ("Le\u0301a Martin", "Léa Martin")])
def test_a_name_is_kept_as_it_prints(typed, kept):
    assert check_name(typed) == kept


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\u202eb", "a\x00b"])
def test_a_name_that_cannot_be_printed_is_refused(name):
    with pytest.raises(Invalid):
        check_name(name)


@pytest.mark.parametrize("reason", [None, "", "  x ", "ok"])
def test_a_reason_has_a_few_words(reason):
    with pytest.raises(Invalid):
        check_reason(reason)


@pytest.mark.requirement("AS-6.2.1-6.2.12", "A11d-11.5")
@pytest.mark.parametrize(
    "weak",
    [
        "",
        "Tr0ub4dor&3",
        "aaaaaaaaaaaaaaaa",
        "passwordpassword",
        "12345678901234567",
        "lea.martin lea.martin",
        "Léa-Martin-2026!",
        "cahier biotech seneffe",
        "qwertyuiopasdfgh",
        "x" * 257,
    ],
)
def test_a_password_that_somebody_could_guess_is_refused(weak):
    with pytest.raises(WeakPassword):
        check_password(weak, words=("lea.martin", "Léa", "Martin"))


@pytest.mark.parametrize(
    "strong", ["vier losse woorden samen", "jument verte sur quai", "ß☃ 日本 ünï çödé mots", "k9$ Vq2;paLz m,W!"]
)
def test_a_password_needs_no_special_mark_and_may_have_any(strong):
    check_password(strong, words=("lea.martin", "Léa", "Martin"))


def test_a_password_is_the_same_from_every_keyboard():
    assert as_password("cafe\u0301") == as_password("caf\u00e9")


@pytest.mark.requirement("AS-6.3.1")
def test_a_login_waits_longer_and_longer_and_is_then_locked():
    door = doors_of("lea", "192.0.2.1", 6)[1]

    waits = [next_attempt(door, failures, NOW) for failures in range(1, 8)]

    assert waits[:3] == [None, None, None]
    assert [moment - NOW for moment in waits[3:] if moment] == [
        timedelta(seconds=2),
        timedelta(seconds=4),
        LOCK_DURATION,
        LOCK_DURATION,
    ]


def test_an_address_makes_nobody_wait_before_it_is_locked():
    door = doors_of("lea", "192.0.2.1", 6)[0]

    assert next_attempt(door, 59, NOW) is None
    assert next_attempt(door, 60, NOW) == NOW + LOCK_DURATION


@pytest.mark.requirement("ES-5", "AS-6.1.1")
def test_a_known_place_has_a_door_of_its_own_that_belongs_to_the_login():
    elsewhere, here = doors_of("lea", "192.0.2.1", 6)[1], doors_of("lea", "192.0.2.1", 6, known_place="device:7")[1]

    assert here.name != elsewhere.name
    assert here.name.startswith(elsewhere.name)
    assert len(here.name) <= 100


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix socket", "unknown"),
    ],
)
def test_a_whole_ipv6_network_counts_as_one_address(address, network):
    assert network_of(address) == network


def test_limits_are_reached_to_the_millisecond():
    limit = timedelta(minutes=10)

    assert not is_idle(NOW, NOW + limit - timedelta(milliseconds=1), limit)
    assert is_idle(NOW, NOW + limit, limit)
    assert not is_over(NOW, NOW + limit - timedelta(milliseconds=1), limit)
    assert is_over(NOW, NOW + limit, limit)


@pytest.mark.parametrize(
    ("agent", "device"), [(CHROME, "Chrome, Linux"), (EDGE, "Edge, Windows"), (SAFARI, "Safari, iPad"), ("curl/8", "")]
)
def test_a_session_names_its_browser(agent, device):
    assert describe_device(agent) == device
