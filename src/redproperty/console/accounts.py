"""Accounts from the server's console: the first one of an installation is opened here."""

import argparse

from redproperty.console.record import DONE, console, now, within
from redproperty.domain.texts import Lang, Refused, Text
from redproperty.settings import Settings


def add(options: argparse.Namespace, lang: Lang) -> int:
    """Open an account and print its first password, which is shown this once."""
    from redproperty.actions.people import Post, create
    from redproperty.store import companies

    async def work(settings: Settings) -> str:
        company = (await companies.ids()).get(options.company)
        if options.company and company is None:
            raise Refused(Text("没有这家企业：{uscc}", "There is no such company: {uscc}").fill(uscc=options.company))
        post = Post(options.role, options.street, company)
        return await create(console(), options.login, options.name, post, at=now(), settings=settings)

    return _say_password(options.login, within(work), lang)


def password(options: argparse.Namespace, lang: Lang) -> int:
    """Give an account a new first password."""
    from redproperty.actions.people import reset_password

    async def work(settings: Settings) -> str:
        return await reset_password(console(), options.login, at=now(), settings=settings)

    return _say_password(options.login, within(work), lang)


def _say_password(login: str, password: str, lang: Lang) -> int:
    text = Text(
        "{login} 的初始密码：{password}（首次登录须修改，此后不再显示）",
        "First password of {login}: {password} (to be changed at the first sign-in; it is not shown again)",
    )
    print(text.fill(login=login, password=password).say(lang))
    return DONE


def disable(options: argparse.Namespace, lang: Lang) -> int:
    """Close an account; its history stays."""
    from redproperty.actions.people import set_disabled

    async def work(settings: Settings) -> None:
        del settings
        await set_disabled(console(), options.login, disabled=True, at=now())

    within(work)
    print(Text("已停用 {login}", "{login} is disabled").fill(login=options.login).say(lang))
    return DONE
