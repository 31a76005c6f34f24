"""The demonstration's people: real accounts with a told password, acting with the rights they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from review_portal.db import db
from review_portal.domain.policy import CLERKS, Viewer
from review_portal.services import account_views, accounts, experts, logins, passwords
from review_portal.services.account_views import NewAccount
from review_portal.services.accounts import Person

PASSWORD = "yanshi-2023"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What is printed about an account."""

    login: str
    name: str
    role: str
    password: str


class People:
    """Keeps everybody logged in and gives each person as of now: roles and chairs change on the way."""

    def __init__(self, accounts_told: Mapping[str, Mapping[str, str]]) -> None:
        self.told = accounts_told
        self.opened: list[DemoAccount] = []
        self._tokens: dict[str, str] = {}

    def __getitem__(self, office: str) -> Viewer:
        """The holder of an office such as officer or supervisor."""
        return self.holder(self.told[office]["login"])

    def holder(self, login: str) -> Viewer:
        """The person behind a login, with the rights of this moment."""
        db.session.rollback()  # what was read before may have changed
        viewer = logins.viewer_of(self._tokens[login])
        if viewer is None:  # days went by in the story
            self._tokens[login] = logins.log_in(login, PASSWORD)
            viewer = logins.viewer_of(self._tokens[login])
        if viewer is None:
            raise LookupError(login)
        return viewer

    def open_house(self) -> None:
        """Administrator and first officer as at the very first start; the administrator opens the second."""
        for account in accounts.bootstrap():
            self._settle(account)
        second = self.told["second_officer"]
        self._open(self["administrator"], None, [Person(second["login"], second["name"], "secretariat")])

    def open_call(self, call: str) -> None:
        """The officer opens the accounts of the supervisors and of the clerks who type paper sheets."""
        watching = (self.told["supervisor"], self.told["second_supervisor"])
        people = [Person(item["login"], item["name"], "supervisor") for item in watching]
        for role in CLERKS:
            people.append(Person(self.told[role]["login"], self.told[role]["name"], role))
        self._open(self["officer"], call, people)

    def open_panel(self, call: str, panel: Iterable[Mapping[str, str]]) -> None:
        """The officer opens accounts for who was drawn and comes; the supervisor agrees."""
        officer = self["officer"]
        pool = {line.name: line.public_id for line in experts.list_experts(officer, call=call)}
        people = [Person(item["login"], item["name"], "expert", pool[item["name"]]) for item in panel]
        self._open(officer, call, people, reason=self.told["officer"]["reason"])

    def _open(self, actor: Viewer, call: str | None, people: list[Person], *, reason: str = "") -> None:
        asked = accounts.open_accounts(actor, call=call, people=people, reason=reason)
        if asked is not None:
            accounts.approve_accounts(self["supervisor"], approval=asked, approve=True)
        ids = {row.login: row.public_id for row in account_views.list_accounts(actor, call=call)}
        for person in people:
            self._settle(passwords.issue_password(actor, account=ids[person.login]))

    def _settle(self, issued: NewAccount) -> None:
        """Exchange the one-time password for the told one, as its holder does at the first login."""
        token = logins.log_in(issued.login, issued.password)
        self._tokens[issued.login] = token
        logins.change_password(
            self.holder(issued.login), current=issued.password, new=PASSWORD, again=PASSWORD, token=token
        )
        self.opened.append(DemoAccount(issued.login, issued.name, issued.role_label, PASSWORD))
