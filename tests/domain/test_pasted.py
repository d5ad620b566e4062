"""A block from a spreadsheet goes from one cell on, or where its own headings say."""

from redproperty.domain.pasted import Laid, block, laid

ROWS = [("QX-0001", "青石园"), ("QX-0002", "紫金花苑"), ("QX-0005", "无主巷")]
COLUMNS = [("BJ-01", "垃圾清运", "BJ-01 垃圾清运"), ("BJ-02", "保洁", "BJ-02 保洁")]


def test_cells_are_cut_as_excel_copies_them():
    assert block('1\t2\r\n"两行\n一格"\t"说""好"""\r\n\r\n') == [["1", "2"], ["两行\n一格", '说"好"']]
    assert block("") == block("\n\n") == []
    assert block('"' + "1" * 200_000) == [['"' + "1" * 200_000]], "a quote that never ends"


def test_without_headings_it_begins_at_the_chosen_cell_and_empty_cells_change_nothing():
    assert laid(block("1\t2\n\t3"), ROWS, COLUMNS, (0, 0)) == Laid({(0, 0): "1", (0, 1): "2", (1, 1): "3"})
    assert laid(block("1\t2\n3\t4"), ROWS, COLUMNS, (2, 1)) == Laid({(2, 1): "1"}, outside=3)


def test_names_of_estates_say_the_rows():
    assert laid(block("无主巷\t1\n青石园\t2\n别处\t3"), ROWS, COLUMNS, (1, 1)) == Laid(
        {(2, 1): "1", (0, 1): "2"}, outside=1
    )
    assert laid(block("QX-0002\t紫金花苑\t1\t2"), ROWS, COLUMNS, (0, 0)) == Laid({(1, 0): "1", (1, 1): "2"})


def test_headings_of_items_say_the_columns():
    copied = "小区编码\t小区名称\tBJ-02 保洁\t得分\tBJ-01\nQX-0005\t无主巷\t1\t98\t2"
    assert laid(block(copied), ROWS, COLUMNS, (0, 0)) == Laid({(2, 1): "1", (2, 0): "2"}, outside=1)
    assert laid(block("BJ-02\n1\n2"), ROWS, COLUMNS, (1, 0)) == Laid({(1, 1): "1", (2, 1): "2"})
