"""What a drawn expert is told on the telephone: neither the call nor an applicant is named."""

from __future__ import annotations


def spoken(issuer: str, meeting: str) -> str:
    """What the caller says. `meeting`: time and place."""
    return (
        f"您好，我是{issuer}的工作人员。我们拟于{meeting}召开一次专家评审会，您经随机抽取入选。请问您能否参加？\n"
        "为保证公正，评审的内容和单位到会后告知。请问您本人和近亲属目前或近三年在哪些单位任职、兼职或有投资？\n"
        "请您对参加评审一事保密，不向任何人透露。会前我们不再通过其他渠道联系您。"
    )


def texted(meeting: str) -> str:
    """The text message after the expert has agreed."""
    return (
        f"您好，请您于{meeting}参加专家评审会，携带身份证签到，到会后上交手机。"
        "请对参会一事保密。如因故不能参加，请尽早回电。"
    )
