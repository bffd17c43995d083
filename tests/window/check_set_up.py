"""What one sees who has just installed the extension."""


def test_without_an_engine_one_button_is_offered(blender, picture):
    blender.ask("sight.name_engine", "")
    blender.find("operator", "thespis.set_up_engine")
    picture("set-up", blender)


def test_the_dialog_says_what_is_downloaded_and_nothing_happens_without_a_click(blender, picture):
    blender.ask("sight.name_engine", "")
    blender.ask("sight.allow_network")
    blender.find("operator", "thespis.set_up_engine")
    before = blender.still()
    blender.press("operator", "thespis.set_up_engine")
    box = blender.dialog(before)
    assert blender.ask("sight.set_up_runs") is False
    picture("set-up-asks", blender, around=box)
    blender.keys("Escape")
    blender.still()
    assert blender.ask("sight.set_up_runs") is False
