"""A drawn panel over HTTP: roster, conflicts, draw, telephone, plan, a departure, a late conflict, ranking.

Officials follow links and press buttons; experts hand their sheets in through the services. Who is drawn is
chance: the story holds for every panel.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

from flask import Flask

from review_portal.db import transaction
from review_portal.services import panels, ranking, report, reviews, rounds
from review_portal.services.worklist import worklist
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.data_builders import ROSTER_HEADS, roster_rows, sheet_xlsx
from tests.exports.docx_reading import lines, opened
from tests.factories import Credential
from tests.factories_draw import THROWS
from tests.factories_reviews import POOL, Scene
from tests.journeys.steps import Hand

LATER = ("到任日期", "不能参加的时间", "评审份数上限", "在库状态", "状态说明")
AWAY, PAUSED, BUSY = "丙示例", "乙示例", "癸示例"
MOST = 2
LOCK = {
    "quota-不分专业": "5",
    "standby-不分专业": "2",
    "conflicts": "",
    "抽取地点": "示例会议室",
    "参加抽取的人员": "示例秘书\n示例监督甲",
    "评审会时间地点": "2027年2月27日上午9时，示例会议室",
}
WISH = "?mode=some&per_dossier=3&no_single=y&connected=y&one_per_employer=y&worst_first=y"
ILL, LETTER = "突发疾病（示例）", "来信反映曾任顾问（示例）"


def hand(app: Flask, who: Credential) -> Hand:
    made = Hand(app)
    made.log_in(who.login, who.password)
    return made


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def test_drawn_panel_from_roster_to_ranking(app: Flask) -> None:
    scene = build.prepared(app, samples=form_documents.SAMPLES, panel=())
    officer, second = hand(app, scene.office.officer), hand(app, scene.office.second_officer)
    supervisor = hand(app, scene.office.supervisor_a)
    officer.get(f"/secretariat/{scene.call}/")
    roster_comes_in(officer)
    conflicts_are_read_and_one_is_lifted(officer, supervisor)
    panel_is_drawn_and_telephoned(officer, supervisor, scene)
    plan_is_edited_and_applied(officer, second, scene)
    round_opens_and_one_leaves(app, scene, officer, supervisor)
    chair = meeting_is_held(app, scene, officer, second)
    conflict_is_found_late_and_decided(app, scene, officer, supervisor, chair)
    drawn_sheet_comes_back(officer, scene)
    papers_tell_it(app, scene, officer, supervisor, chair)


def roster_comes_in(officer: Hand) -> None:
    """One is away, one paused, one takes two dossiers; the pool is searched by pinyin."""
    own = {
        AWAY: ("", "2027-02-26/2027-02-28/出差（示例）", "", "", ""),
        PAUSED: ("", "", "", "暂停", "出国访问（示例）"),
        BUSY: ("2019-03-01", "", str(MOST), "", ""),
    }
    rows = [[*row, *own.get(str(row[0]), ("",) * 5)] for row in roster_rows(POOL["experts"])]
    officer.follow("专家与分派")
    officer.press(
        "导入",
        files={"专家名单": ("专家.xlsx", sheet_xlsx([[*ROSTER_HEADS, *LATER], *rows], "专家名单"))},
    )
    officer.sees("专家名单已导入：新增0人，更新12人。")
    officer.get(officer.page.path + "?q=guis")
    officer.follow("查看", BUSY)
    officer.sees(f"{MOST}份", "2019年3月1日")
    officer.follow("返回")


def conflicts_are_read_and_one_is_lifted(officer: Hand, supervisor: Hand) -> None:
    """From the expert's side and the dossier's; lifted by two people before anybody is drawn."""
    officer.follow("核对利害关系")
    officer.follow("戊示例")
    officer.sees("须回避", "亲属")
    officer.press("登记回避", row="S01")
    officer.sees("回避已登记。")
    officer.follow("申请解除回避", "S01")
    officer.press("提交", {"reason": "经核实已于上月离婚，有证明（示例）"})
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.press("同意", tick=["我已核对"])
    officer.get(officer.page.path)
    officer.sees("回避已解除")
    officer.follow("逐一核对", "S01")
    officer.sees("戊示例", "亲属", "对12位专家逐一核对")


def panel_is_drawn_and_telephoned(officer: Hand, supervisor: Hand, scene: Scene) -> None:
    """The register's state and absence keep out; conflicts are left to the assignment."""
    officer.get(f"/secretariat/{scene.call}/")
    officer.follow("专家抽取")
    officer.follow("锁定名单")
    officer.press("锁定名单", LOCK)
    officer.sees("名单共12人，排除2人", "暂停：出国访问（示例）", "2027年2月26日至2月28日")
    officer.press("提交我的数", {"您的数": "20231107"})
    supervisor.get(f"/supervisor/{scene.call}/")
    supervisor.follow("专家抽取")
    supervisor.press("由系统掷一个数")
    officer.get(officer.page.path)
    officer.press("核对公开数", {"读出的公开数": THROWS.replace(" ", "")})
    officer.press("与现场一致，记录")
    officer.press("公开我的数")
    supervisor.get(supervisor.page.path)
    supervisor.press("公开我的数")
    supervisor.sees("选中", "候补1", "候补2")
    for _seat in range(5):
        telephone(officer, scene)
    officer.get(f"/draw/{scene.round}/phone")
    officer.press("同意的人列入专家组")
    officer.sees("同意参加的5人已列入专家组。")


def telephone(officer: Hand, scene: Scene) -> None:
    """The first on the list who has not been called agrees."""
    officer.get(f"/draw/{scene.round}/phone")
    officer.get(officer.page.doc.xpath("//a[starts-with(normalize-space(), '登记通话')]/@href")[0])
    officer.press("登记通话", {"outcome": "agreed"})


def plan_is_edited_and_applied(officer: Hand, second: Hand, scene: Scene) -> None:
    """Three each, out as a table and in again; then everybody scores everything; a stale plan is refused."""
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/plan"
    assert second.get(address).status == 403
    officer.get(address + WISH)
    officer.sees("已证明：在所列条件下没有更好的分派。")
    rows = officer.page.doc.xpath("//section[@aria-labelledby='experts']//tbody/tr")
    assert all(int(row.xpath("string(td[2])")) <= MOST for row in rows if row.text_content().startswith(BUSY))
    table = officer.download("下载此方案（CSV）")
    data = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    officer.get(address)
    broken = as_csv([*data, ["S09", "", "x", "y", ""]])
    officer.press("核对并预览", files={"修改后的分派表": ("分派表.csv", broken)})
    officer.sees(f"第{len(data) + 1}行")
    assert officer.page.status == 422
    officer.press("核对并预览", files={"修改后的分派表": ("分派表.csv", as_csv(data[:-1]))})
    officer.press("采用此方案")
    officer.sees(f"分派方案已采用：新增{len(data) - 2}项，取消0项。")
    officer.get(address + "?mode=all")
    fields = officer.page.forms[address + "/apply"]
    officer.press("采用此方案")
    officer.get(address)
    officer.post(address + "/apply", fields)
    officer.sees("预览以后，专家组、材料、回避或分派已有变化，未作任何改动。请重新预览。")


def hand_in(app: Flask, scene: Scene, name: str, *, only: int | None = None) -> None:
    """Pledge, declarations and sheets of an expert."""
    with app.app_context():
        viewer, rubric = scene.expert(name), build.rubric_of(scene)
        reviews.sign_pledge(viewer, round_=scene.round)
        for row in worklist(viewer)[0].rows[:only]:
            reviews.declare(viewer, dossier=row.dossier, answer="clear")
            reviews.submit_review(
                viewer,
                review=row.review,
                sheet=build.full_sheet(rubric, below=Decimal(1)),
                base_version=0,
                request_key=row.review,
            )


def members(app: Flask, scene: Scene) -> list[str]:
    """Names on the panel who have not left."""
    with app.app_context():
        rows = panels.list_members(scene.supervisor, round_=scene.round)
        return [row.name for row in rows if row.left_at is None]


def round_opens_and_one_leaves(app: Flask, scene: Scene, officer: Hand, supervisor: Hand) -> None:
    """One sheet stays, the others are void; the next in order is telephoned and sits."""
    officer.get(f"/secretariat/{scene.call}/")
    officer.follow("办理", "准备并开启")
    officer.press("开启评审", {"评分截止时间": "2123-03-03T18:00"})
    leaver = members(app, scene)[0]
    hand_in(app, scene, leaver, only=1)
    officer.get(f"/secretariat/{scene.call}/progress")
    officer.follow("登记退出", leaver)
    officer.press("提交监督人员", {"退出事由": ILL})
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.press("同意登记退出", tick=["我已核实"])
    officer.get(f"/secretariat/{scene.call}/")
    officer.follow("拨打", "电话确认抽中的专家")
    telephone(officer, scene)
    officer.get(f"/secretariat/{scene.call}/")
    officer.follow("办理", "递补专家入组")
    officer.press("列入专家组", {"核实依据": "身份不同，非同一人（示例）"})
    officer.sees("递补专家1人已入组。", ILL)
    assert len(members(app, scene)) == 5
    assert leaver not in members(app, scene)


def meeting_is_held(app: Flask, scene: Scene, officer: Hand, second: Hand) -> str:
    """Until they sign in the second officer reads numbers; who has a recusal cannot be chair. The chair."""
    second.get(f"/secretariat/{scene.call}/progress")
    assert [name for name in scene.experts if name in second.page.text] == []
    for name in members(app, scene):
        hand_in(app, scene, name)
        officer.get(f"/secretariat/{scene.call}/progress")
        officer.follow("签到", name)
        officer.press("签到", {"checked_by": "示例会务"}, row=name)
    second.get(f"/secretariat/{scene.call}/progress")
    assert [name for name in members(app, scene) if name not in second.page.text] == []
    officer.get(f"/secretariat/{scene.call}/progress")
    offered = officer.page.doc.xpath("//select[@name='member']/option[@value!='']")
    chair = str(offered[-1].text).split("（")[0]
    fields = {"当选专家": offered[-1].get("value"), "推举方式": "举手", "得票数": "4", "见证人": "示例监督甲"}
    officer.press("登记推举结果", fields)
    officer.sees("组长推举结果已登记。")
    return chair


def conflict_is_found_late_and_decided(
    app: Flask, scene: Scene, officer: Hand, supervisor: Hand, chair: str
) -> None:
    """The sheet stands apart until two people have voided it."""
    name = next(one for one in members(app, scene) if one != chair)
    officer.get(f"/secretariat/{scene.call}/experts/{scene.experts[name]}/conflicts")
    officer.get(officer.page.doc.xpath("//a[starts-with(normalize-space(), '登记新发现')]/@href")[0])
    officer.press("登记", {"reason": LETTER})
    officer.sees("有1份评分表暂不计入")
    officer.follow("申请作废或保留")
    officer.press("提交申请", {"outcome": "void", "reason": "经查属实（示例）"})
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.press("同意作废", tick=["我已核对"])


def drawn_sheet_comes_back(officer: Hand, scene: Scene) -> None:
    """The ranking waits for the signed record of the draw: the office registers its return."""
    officer.get(f"/secretariat/{scene.call}/signatures")
    officer.sees("冻结排名前", "尚缺1份")
    officer.press("登记", tick=["评审专家抽取记录表 1 专家书面评审"])
    officer.sees("已登记1份。")


def papers_tell_it(app: Flask, scene: Scene, officer: Hand, supervisor: Hand, chair: str) -> None:
    """Closed, unsealed, frozen: the summary sheet and the trail say who left and what was voided."""
    with app.app_context():
        with transaction() as session:
            own = frozenset({build.round_row(session, scene.round).id})
        head = replace(scene.expert(chair), chairs=own)
        factories.close_round(head, scene.supervisor, round_=scene.round)
        asked = rounds.ask_unseal(head, round_=scene.round, reason="评分已结束，申请启封（示例）")
        rounds.decide_unseal(scene.supervisor, approval=asked, approve=True)
        rounds.finish_round(head, round_=scene.round)
        shown = ranking.view(head, round_=scene.round)
        look = "专家组已查看规则差异，维持原规则。"
        ranking.freeze(head, round_=scene.round, digest=shown.digest, look=look)
        _name, data = report.summary_sheet(scene.officer, round_=scene.round)
        told = "".join(lines(opened(data)))
    assert "中途退出，保留评分表1份" in told
    assert "递补，评审本组全部申报材料" in told
    assert "经秘书处申请、监督人员示例监督甲同意作废。理由：经查属实（示例）" in told
    assert ILL not in told  # why somebody fell ill is nobody's business who reads the ranking
    supervisor.get(f"/supervisor/{scene.call}/trail")
    supervisor.sees("专家中途退出", "递补专家入组", "采用分派方案", ILL)
