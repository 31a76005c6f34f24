from decimal import Decimal

import pytest

from review_portal.aggregator import AggregatorError, Ratings, hundredths, read_csv
from review_portal.aggregator.reading import read_groups, read_measurements, read_scores, read_weights
from tests.aggregator.cases import DATA, demo_ratings

HEAD = "dossier,expert,item,points\n"
ACCEPTED = "scores.csv第1行应为表头dossier,expert,criterion,score或dossier,expert,item,points（可加group列）"
ROWS = [("S2", "Z1", "C1", "8"), ("S1", "Z2", "C1", "7.25"), ("S1", "Z1", "C1", "9.5")]


@pytest.fixture
def file(tmp_path):
    """Writes scores.csv and gives its path."""

    def write(content, encoding="utf-8"):
        path = tmp_path / "scores.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def refusal(call, *arguments):
    with pytest.raises(AggregatorError) as caught:
        call(*arguments)
    return str(caught.value)


def expected():
    columns = list(zip(*ROWS, strict=True))
    return Ratings.from_columns(*columns[:3], hundredths(columns[3]))


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "S2,Z1,C1,8\nS1,Z2,C1,7.25\nS1,Z1,C1,9.5\n",
        HEAD + "S2,Z1,C1,8\nS1,Z2,C1,7.25\nS1,Z1,C1,9.5",
        "\ufeff" + HEAD + "S2,Z1,C1,8\r\n\r\nS1,Z2,C1,7.25\r\nS1,Z1,C1,9.5\r\n",
        HEAD + '"S2","Z1","C1","8"\nS1,Z2,C1,7.25\n\n"S1",Z1,C1,9.5',
        '"dossier","expert", "item" ,"points"\n S2 ,Z1,C1, 8\nS1,Z2 ,C1,7.25\nS1,Z1,C1,9.50\n',
        "dossier,expert,criterion,score\rS2,Z1,C1,8\rS1,Z2,C1,7.25\rS1,Z1,C1,9.5\r",
    ],
)
def test_file_gives_the_same_ratings_however_it_is_spelt(file, content):
    ratings = read_csv(file(content))
    assert ratings.digest() == expected().digest()
    assert (ratings.dossiers, ratings.experts, ratings.items) == (("S1", "S2"), ("Z1", "Z2"), ("C1",))


@pytest.mark.parametrize("quote", ["", '"'])
def test_long_file_is_read_block_by_block(file, monkeypatch, quote):
    monkeypatch.setattr("review_portal.aggregator.csv_file._BLOCK_CHARACTERS", 1000)
    monkeypatch.setattr("review_portal.aggregator.csv_file._BLOCK_ROWS", 40)
    text = (DATA / "demo" / "written.csv").read_text("utf-8").replace("S01,", f"{quote}S01{quote},")
    shares = []
    assert read_csv(file(text), progress=shares.append).digest() == demo_ratings("written.csv").digest()
    assert len(shares) > 10
    assert (sorted(shares), shares[-1]) == (shares, 1.0)


def test_blank_points_are_missing_and_leave_their_dossier_known_and_unscored(file):
    ratings = read_csv(file(HEAD + "S2,Z1,C1,8\nS1,Z2,C1,\nS1,Z3,C1,  \n"))
    assert (ratings.dossiers, ratings.experts, ratings.sheet_keys()) == (
        ("S1", "S2"),
        ("Z1",),
        [("S2", "Z1")],
    )


def test_items_may_be_named_by_a_rubric(file):
    path = file(HEAD + "S2,Z1,a,8\nS2,Z1,b,1\n")
    assert read_csv(path, {"b": "B", "a": "A"}).points.tolist() == [[100, 800]]
    assert refusal(read_csv, path, {"b": "B"}) == "出现未登记的item编号“a”，请核对。"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("S1,Z1,C1,8\n\nS1,Z2,C1,优\n", "scores.csv第4行的分数“优”不是最多两位小数的数，请改正。"),
        ("S1,Z1,C1,8\n\nS1,Z2,C1,8.125\n", "scores.csv第4行的分数“8.125”不是最多两位小数的数，请改正。"),
        ("S1,Z1,C1,8\n\nS1,Z2,C1,1_0\n", "scores.csv第4行的分数“1_0”不是最多两位小数的数，请改正。"),
        (
            "S1,Z1,C1,8\n\nS1,Z2,C1,1e-99999999\n",
            "scores.csv第4行的分数“1e-99999999”不是最多两位小数的数，请改正。",
        ),
        (
            f"S1,Z1,C1,8\n\nS1,Z2,C1,8.{'0' * 30}1\n",
            f"scores.csv第4行的分数“8.{'0' * 30}1”不是最多两位小数的数，请改正。",
        ),
        ("S1,Z1,C1,8\n\nS1,Z2,C1,-1\n", "scores.csv第4行的分数为负数，请改正。"),
        ("S1,Z1,C1,8\n\nS1,,C1,1\n", "scores.csv第4行的expert为空，请补上。"),
        ("S1,Z1,C1,8\n\n ,Z1,C1,1\n", "scores.csv第4行的dossier为空，请补上。"),
        ("S1,Z1,C1,8\n\nS1,Z2,C1\n", "scores.csv第4行应有4列（dossier,expert,item,points），请改正。"),
        (
            "S1,Z1,C1,8\nS1,Z2,C1,1,\nS3,Z1,C1\n",
            "scores.csv第3行应有4列（dossier,expert,item,points），请改正。",
        ),
        (
            "S1,Z1,C1,8\nS1,Z2,C1,8\n\nS1,Z1,C1,9\n",
            "scores.csv第2行和第5行都是专家Z1对S1的C1的评分，请只保留一条。",
        ),
    ],
)
@pytest.mark.parametrize("first", ["S0,Z0,C1,1\n", '"S\n0",Z0,C1,1\n'])
def test_bad_row_is_refused_with_its_line(file, rows, sentence, first):
    """Also where a quoted cell above it goes over two lines."""
    further = first.count("\n")
    moved = sentence
    for line in (5, 4, 3, 2):
        moved = moved.replace(f"第{line}行", f"第{line + further}行")
    assert refusal(read_csv, file(HEAD + first + rows)) == moved


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", f"{ACCEPTED}，现在是空行，请改正。"),
        (b"dossier;expert;item;points\n", f"{ACCEPTED}，现在是“dossier;expert;item;points”，请改正。"),
        (b"x" * 200_000, f"{ACCEPTED}，现在是“{'x' * 60}…”，请改正。"),
        (HEAD.encode(), "scores.csv中没有评分，请核对文件。"),
        (HEAD.encode() + b"\nS1,Z1,C1,\n\n", "scores.csv中没有评分，请核对文件。"),
        (
            HEAD.encode() + "S1,Z1,C1,8\n示例,Z1,C1,8\n".encode("gbk"),
            "scores.csv第3行不是UTF-8编码，请另存为UTF-8后再试。",
        ),
        (HEAD.encode("utf-16"), "scores.csv第1行不是UTF-8编码，请另存为UTF-8后再试。"),
        (
            HEAD.encode() + b'S1,Z1,C1,8\n"' + b"x" * 200_000,
            "scores.csv第3行不能按CSV读取（引号不成对或一格过长），请改正。",
        ),
    ],
)
def test_unusable_file_is_refused_with_what_to_do(file, content, sentence):
    assert refusal(read_csv, file(content)) == sentence


def test_group_column_gives_each_dossier_its_group(file):
    path = file(
        "dossier,expert,item,points,group\nS2,Z1,C1,8,示例乙组\nS1,Z2,C1,,示例甲组\nS1,Z1,C1,9, 示例甲组\n"
    )
    scores = read_scores(path)
    assert scores.group_of == {"S2": "示例乙组", "S1": "示例甲组"}
    assert scores.ratings.sheet_keys() == [("S1", "Z1"), ("S2", "Z1")]
    assert read_scores(file(HEAD + "S1,Z1,C1,9\n")).group_of is None


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("S1,Z1,C1,8,\n", "scores.csv第2行的group为空，请补上。"),
        (
            "S1,Z1,C1,8,甲\nS2,Z1,C1,8,乙\nS1,Z2,C1,8,乙\n",
            "scores.csv第4行把S1列入乙，第2行是甲，请改为一致。",
        ),
    ],
)
def test_unclear_group_is_refused_with_its_line(file, rows, sentence):
    assert refusal(read_scores, file("dossier,expert,item,points,group\n" + rows)) == sentence


def test_groups_and_weights_are_read_from_files_of_two_columns(file):
    assert read_groups(file("dossier,group\nS1,甲\n\nS2, 乙\n")) == {"S1": "甲", "S2": "乙"}
    assert read_weights(file("criterion,weight\nC1,0.35\nC2,1\n")) == {
        "C1": Decimal("0.35"),
        "C2": Decimal(1),
    }


@pytest.mark.parametrize(
    ("call", "content", "sentence"),
    [
        (read_groups, "a,b\n", "scores.csv第1行应为表头dossier,group，现在是“a,b”，请改正。"),
        (read_groups, "dossier,group\nS1,\n", "scores.csv第2行的group为空，请补上。"),
        (read_groups, "dossier,group\n,甲\n", "scores.csv第2行的dossier为空，请补上。"),
        (read_groups, "dossier,group\nS1\n", "scores.csv第2行应有2列（dossier,group），请改正。"),
        (
            read_groups,
            "dossier,group\nS1,甲\n\nS1,乙\n",
            "scores.csv第4行的“S1”与第2行重复，请只保留一行。",
        ),
        (read_weights, "criterion,weight\nC1,1\nC2,三成\n", "scores.csv第3行的权重“三成”不是数，请改正。"),
    ],
)
def test_unusable_group_or_weight_file_is_refused_with_its_line(file, call, content, sentence):
    assert refusal(call, file(content)) == sentence


@pytest.mark.parametrize(
    ("texts", "points", "per_point"),
    [
        (["8", "7.25", "9.5"], [800, 725, 950], 100),
        (["-0.125", "1e3", "+2.50"], [-125, 1_000_000, 2500], 1000),
        (["-3.27162", "0.158750399", "0"], [-3_271_620_000, 158_750_399, 0], 10**9),
        # a double holds 15 digits: what is finer than that beside the largest is rounded
        (["0.1234567890123456", "100", "-100"], [123_456_789_012, 10**14, -(10**14)], 10**12),
        (["0.000000000000000012", "0.00000000000000003", "0"], [12, 30, 0], 10**18),
    ],
)
def test_measurements_keep_sign_and_decimals(file, texts, points, per_point):
    found = read_measurements(file(HEAD + "".join(f"S{at},Z1,C1,{text}\n" for at, text in enumerate(texts))))
    assert (found.ratings.points.ravel().tolist(), found.per_point) == (points, per_point)
    assert (found.ratings.total / float(per_point)).tolist() == pytest.approx(
        [float(text) for text in texts], rel=1e-11
    )


def test_measurements_of_an_ordinary_file_are_its_hundredths(file):
    path = file(HEAD + "S2,Z1,C1,8\nS1,Z2,C1,7.25\nS1,Z1,C1,9.5\nS3,Z1,C1,\n")
    measured, scores = read_measurements(path), read_scores(path)
    assert (measured.ratings.digest(), measured.per_point) == (scores.ratings.digest(), scores.per_point)
    assert measured.ratings.dossiers == ("S1", "S2", "S3")


@pytest.mark.parametrize("text", ["优", "nan", "inf", "-1e13", "1,2", "1_0"])
def test_measurement_that_is_no_number_is_refused_with_its_line(file, text):
    path = file(HEAD + f'S1,Z1,C1,8\nS2,Z1,C1,"{text}"\n')
    assert refusal(read_measurements, path) == f"scores.csv第3行的分数“{text}”不是数或过大，请改正。"
