"""The fields of a line are merged as one: where lines move on one device, no half of another slides in beneath them."""

from tests.integration.web.test_drafts import Tab


def test_a_tag_of_a_line_that_was_moved_waits_with_its_line(demo):
    desk, phone = Tab(demo, demo.alice, "desk"), Tab(demo, demo.alice, "phone")
    before = {"text-1": "Alpha", "text-2": "Beta", "text-3": "Zeta"}
    phone.base = desk.save(**before).get_json()["revision"]
    desk.save(**{"text-2": "Zeta", "text-3": ""})
    clash = phone.save(**{"text-2": "Beta", "at-2": "", "for-2": "C5"}).get_json()["conflicts"]
    assert {one["field"]: one["theirs"] for one in clash} == {"text-2": "Zeta", "for-2": ""}
    found = desk.see()
    assert found["fields"] == {"text-1": "Alpha", "text-2": "Zeta", "text-3": "", "at-2": ""}
    assert {one["field"]: one["yours"] for one in found["conflicts"]} == {"text-2": "Beta", "for-2": "C5"}


def test_nor_does_it_slide_where_the_page_says_nothing_of_the_rest_of_the_line(demo):
    desk, phone = Tab(demo, demo.alice, "desk"), Tab(demo, demo.alice, "phone")
    phone.base = desk.save(**{"text-2": "Beta", "for-2": "C1"}).get_json()["revision"]
    desk.save(**{"text-2": "Zeta"})
    assert phone.save(**{"for-2": "C5"}).get_json()["conflicts"][0]["field"] == "for-2"
    assert desk.see()["fields"]["for-2"] == "C1"


def test_a_line_is_not_removed_over_a_tag_that_was_not_seen(demo):
    desk, phone = Tab(demo, demo.alice, "desk"), Tab(demo, demo.alice, "phone")
    phone.base = desk.save(**{"text-2": "Beta", "text-3": "Zeta"}).get_json()["revision"]
    phone.save(**{"text-2": "Beta", "for-2": "C5"})
    desk.save(**{"text-2": "Zeta", "at-2": "", "for-2": "", "text-3": "", "at-3": "", "for-3": ""})
    fields = desk.see()["fields"]
    assert (fields["text-2"], fields["for-2"]) == ("Beta", "C5")


def test_other_lines_and_fields_are_written_as_ever(demo):
    desk, phone = Tab(demo, demo.alice, "desk"), Tab(demo, demo.alice, "phone")
    phone.base = desk.save(**{"text-2": "Beta", "text-3": "Zeta", "strengths": "Aims"}).get_json()["revision"]
    desk.save(**{"text-2": "Beta, and more"})
    answer = phone.save(**{"text-3": "Zeta", "for-3": "C5", "strengths": "Clear aims"})
    assert answer.get_json()["conflicts"] == []
    assert desk.see()["fields"]["for-3"] == "C5"
