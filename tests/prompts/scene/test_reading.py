"""What prompts mean: whose each adjective is, how many dance, what is kept out, what is unknown."""

import time

import pytest

from prompts import PromptError
from prompts.scene.reading import read_scene, read_scenes, scene_of, scenes_of
from prompts.scene.scene import Item, Scene
from prompts.schedule import load_schedule

RED, GREEN, BLUE, WHITE = "#e50000", "#15b01a", "#0343df", "#ffffff"
BLACK, PINK, GOLD = "#000000", "#ff81c0", "#dbb40c"


def worn(text: str) -> dict[str, Item]:
    return {item.kind: item for item in scene_of(text).figure.wears}


def test_colours_belong_to_the_next_noun_of_their_phrase():
    scene = scene_of("a robot in a red coat in a green forest")
    assert (scene.figure.body, scene.figure.colour) == ("robot", "")
    assert scene.figure.wears == (Item("coat", RED),)
    assert (scene.place.stage, scene.place.colour) == ("forest", GREEN)


def test_a_thing_may_have_two_colours_and_a_pattern():
    assert worn("wearing a blue and white striped shirt") == {
        "shirt": Item("shirt", BLUE, WHITE, "striped")
    }
    assert worn("a black and white checked dress")["dress"] == Item(
        "dress", BLACK, WHITE, "checked"
    )
    assert worn("a red dress with black polka dots")["dress"] == Item("dress", RED, BLACK, "dotted")


def test_gold_is_a_metal_alone_and_a_colour_beside_another():
    assert scene_of("a gold robot").figure.material == "gold"
    figure = scene_of("a red and gold robot").figure
    assert (figure.colour, figure.second, figure.material) == (RED, GOLD, "")


@pytest.mark.parametrize(
    ("text", "hair"),
    [
        ("a girl with long pink hair", Item("long", PINK)),
        ("red-haired woman", Item("", "#b23320")),
        ("a dancer with a green mohawk", Item("mohawk", GREEN)),
        ("bald man", Item("bald")),
        ("blonde girl, ponytail", Item("ponytail", "#e3c174")),
        ("dancer with no hair", Item("bald")),
    ],
)
def test_hair_has_a_cut_and_a_colour(text, hair):
    assert scene_of(text).figure.hair == hair


def test_who_is_dressed_in_a_colour_wears_what_they_usually_wear():
    assert worn("a woman dressed in black") == {"dress": Item("dress", BLACK)}
    assert worn("a man in white") == {"suit": Item("suit", WHITE)}


def test_what_something_is_made_of_may_come_after_it():
    assert scene_of("a man made of lava").figure.material == "lava"
    assert scene_of("statue of a woman").figure.material == "marble"
    assert scene_of("a bronze statue of a woman").figure.material == "bronze"
    assert worn("a cat with a crown of ice")["crown"].material == "ice"


def test_skin_and_eyes_have_colours_of_their_own():
    figure = scene_of("an alien with green skin and red glowing eyes").figure
    assert (figure.body, figure.skin, figure.colour) == ("alien", GREEN, "")
    assert figure.wears == (Item("eyes", RED, material="neon"),)


def test_a_colour_of_something_that_cannot_be_drawn_colours_nothing():
    assert scene_of("a robot with a red sword") == scene_of("a robot")


def test_a_short_dress_makes_nobody_short():
    assert scene_of("a short woman").figure.build == ("short", "woman")
    assert scene_of("a woman in a short dress").figure.build == ("woman",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("two robots", 2), ("3 dancers", 3), ("a robot", None), ("1girl, solo", 1),
        ("a group of five breakdancers", 5), ("skeletons in a disco", 3), ("1boy, 1girl", 2),
        ("a couple", 2), ("four red-haired women", 4), ("two hats on a cat", None),
    ],
)  # fmt: skip
def test_numbers_and_plurals_of_bodies_say_how_many_dance(text, count):
    assert scene_of(text).dancers == count


def test_more_dancers_than_fit_are_as_many_as_fit_and_it_is_said():
    reading = read_scene("ten robots")
    assert reading.scene.dancers == 5
    assert "5 dancers fit" in reading.remarks[0]


def test_weights_make_things_stronger_and_choose_between_them():
    wears = worn("((headphones)), [scarf], (hat:1.3)")
    strengths = {name: round(item.strength, 2) for name, item in wears.items()}
    assert strengths == {"headphones": 1.21, "scarf": 0.91, "hat": 1.3}
    assert scene_of("(forest:1.2), beach").place.stage == "forest"
    assert scene_of("a robot, (cat:1.2)").figure.body == "cat"
    assert scene_of("a robot, (hat:0)") == scene_of("a robot")
    assert scene_of("a (red:1.3) coat").figure.wears[0].colour == RED


def test_heavy_rain_is_more_than_rain_and_both_are_wet():
    light, usual, heavy = (
        scene_of(f"a robot, {words}").weather[0].strength
        for words in ("light rain", "rain", "heavy rain")
    )
    assert light < usual < heavy
    assert scene_of("rain").wet > 0 == scene_of("a robot").wet


@pytest.mark.parametrize(
    "text", ["a wizard without a hat", "a wizard, no hat", "wizard not wearing any hat"]
)
def test_what_is_negated_is_not_there(text):
    scene = scene_of(text)
    assert "wizard-hat" in {item.kind for item in scene_of("a wizard").figure.wears}
    assert "wizard-hat" not in {item.kind for item in scene.figure.wears}
    assert {"wizard-hat", "cap", "crown"} <= set(scene.without)
    assert scene.figure.body == "human"


def test_a_negation_ends_where_something_else_begins():
    scene = scene_of("a robot without gloves or boots with a red scarf, no rain")
    assert [item.kind for item in scene.figure.wears] == ["scarf"]
    assert {"gloves", "boots", "rain"} <= set(scene.without)


def test_a_negative_prompt_takes_away_and_adds_nothing():
    negative = "hat, (rain:1.4), night, bad hands, watermark, photo"
    scene = scene_of("photo of a robot in a red hat in the rain at night", negative=negative)
    assert scene.figure.wears == scene.weather == ()
    assert (scene.light.time, scene.painting, scene.wet) == ("", "", 0)
    assert scene.figure.body == "robot"


def test_one_word_may_stand_for_several():
    scene = scene_of("Tokyo street")
    assert (scene.place.stage, scene.light.time) == ("street", "night")
    assert "signs" in scene.place.features
    assert set(worn("a superhero")) == {"suit", "cape", "boots"}
    assert scene_of("a beach in Tokyo by day").place.stage == "beach"
    assert scene_of("Tokyo by day").light.time == "day"


def test_what_is_said_goes_before_what_a_word_brings_along():
    assert worn("a superhero with a green cape")["cape"].colour == GREEN
    assert worn("a green superhero")["suit"].colour == GREEN
    assert set(worn("a businessman in a hoodie")) == {"hoodie", "tie"}
    assert worn("a wizard in a red hat")["wizard-hat"].colour == RED


def test_of_two_bodies_in_one_the_animal_dances_and_the_other_lends_something():
    cat = scene_of("a robot cat").figure
    assert (cat.body, cat.material) == ("cat", "chrome")
    assert "helmet" in worn("a cat astronaut")
    assert scene_of("a cat astronaut").figure.body == "cat"
    assert scene_of("a robot girl").figure.body == "robot"


def test_and_keeps_two_bodies_apart():
    reading = read_scene("a robot and a cat")
    assert (reading.scene.figure.body, reading.scene.figure.material) == ("robot", "")
    assert reading.remarks == ("all dancers are alike: robot, and not cat",)


def test_somebody_who_is_only_there_does_not_dance():
    reading = read_scene("a man dancing with a bear")
    assert reading.scene.figure.body == "human"
    assert reading.remarks == ("all dancers are alike: human, and not bear",)


def test_a_second_place_stands_behind_the_first():
    place = scene_of("a temple in the jungle").place
    assert (place.stage, place.features) == ("temple", ("trees",))


def test_the_place_decides_what_an_ambiguous_word_means():
    assert scene_of("a neon robot").figure.material == "neon"
    assert scene_of("a robot, neon").light.kinds == ("neon",)
    assert scene_of("dancing on the moon").place.stage == "moon"
    assert scene_of("under a full moon").place.features == ("moon",)
    assert scene_of("a fire dancer").figure.material == "fire"
    assert scene_of("a dancer by a fire").place.features == ("fire",)
    assert scene_of("black and white photo").grade == ("monochrome",)


@pytest.mark.parametrize(
    ("text", "painting"),
    [
        ("watercolor painting of a cat", "watercolour"), ("a cat in the style of anime", "anime"),
        ("ukiyo-e cat", "woodblock"), ("8-bit cat", "pixel-art"), ("photo of a cat", "photo"),
        ("claymation cat", "clay"), ("a cat", ""),
    ],
)  # fmt: skip
def test_words_for_a_way_of_painting_are_one(text, painting):
    assert scene_of(text).painting == painting
    assert scene_of(text).figure.body == "cat"


def test_a_style_goes_before_words_and_suggests_only_what_is_not_said():
    scene = scene_of("anime cat", style="neon")
    assert (scene.painting, scene.place.stage, scene.light.time) == ("neon", "street", "night")
    assert scene_of("a cat on a beach by day", style="neon").place.stage == "beach"
    assert scene_of("neon") == scene_of("", style="neon")
    with pytest.raises(PromptError, match="no style 'anme'; did you mean anime"):
        scene_of("a cat", style="anme")


def test_contradictions_are_decided_and_said():
    reading = read_scene("robot, day, night")
    assert reading.scene.light.time == "night"
    assert reading.remarks == ("time night counts, and not day",)
    assert read_scene("robot, (day:1.1), night").scene.light.time == "day"


def test_words_that_are_not_known_are_named_with_what_was_taken_instead():
    reading = read_scene("a robbot with a zither")
    assert reading.scene.figure.body == "robot"
    assert reading.remarks == (
        "not known, and left out: zither; taken for another: robbot (for robot)",
    )
    assert [(word.text, word.is_known) for word in reading.words] == [
        ("robbot", True), ("zither", False)
    ]  # fmt: skip


def test_every_word_tells_what_became_of_it():
    reading = read_scene("a tall robot dancing in rain")
    words = {word.text: word.became for word in reading.words}
    assert words == {
        "tall": "build tall",
        "robot": "body robot",
        "dancing": "",
        "in rain": "weather rain",
    }


@pytest.mark.parametrize("verb", ["dances", "dancing", "moves", "is breakdancing", "moonwalks"])
def test_verbs_leave_their_nouns_alone(verb):
    scene = scene_of(f"a robot {verb} in a ballroom")
    assert (scene.figure.body, scene.place.stage, scene.dancers) == ("robot", "ballroom", None)


def test_words_of_quality_say_nothing():
    text = "masterpiece, best quality, 8k, highly detailed, trending on artstation, a cat"
    assert read_scene(text).scene == scene_of("a cat")
    assert read_scene(text).remarks == ()


def test_a_beard_has_a_colour_and_a_length():
    assert worn("a man with a long grey beard") == {"long-beard": Item("long-beard", "#929591")}
    assert worn("a man with a white beard") == {"beard": Item("beard", WHITE)}
    assert worn("santa")["long-beard"].colour == WHITE
    assert worn("a wizard with a short black beard")["long-beard"].colour == "#929591"


def test_words_for_clothes_and_hair_reach_their_own_shapes():
    assert worn("a pleated red skirt")["skirt"] == Item("skirt", RED, pattern="pleated")
    assert "horned-helmet" in worn("a dancer in a horned helmet")
    assert scene_of("long pink hair, twintails").figure.hair == Item("twintails", PINK)
    assert set(worn("a wizard in a green robe")) >= {"robe", "wizard-hat"}


def test_signs_of_other_painters_are_named_and_left_out():
    reading = read_scene("a cat <lora:x:0.8>, embedding:EasyNegative BREAK red hat --ar 16:9")
    assert reading.scene == scene_of("a cat, red hat")
    assert reading.remarks == (
        "no matter to the stage: <lora:x:0.8>, embedding:EasyNegative, --ar 16:9",
    )
    assert scene_of("a [cat:dog:0.5]").figure.body == "dog"


@pytest.mark.parametrize("text", ["a (robot", "(robot:9)", "a\0b", "a \ud800"])
def test_what_cannot_be_read_is_said_in_one_line(text):
    with pytest.raises(PromptError) as caught:
        read_scene(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words", ["robot in a red coat, ", "qwrtz{} ", "a dotted red ", "with red "]
)
def test_time_grows_no_faster_than_the_prompt(words):
    def seconds(times: int) -> float:
        text = "".join(words.format(number) for number in range(times))
        start = time.process_time()
        read_scene(text)
        return time.process_time() - start

    seconds(10)
    assert seconds(3000) < 60 * max(seconds(200), 0.005), "15 times as long, or little more"


def test_a_prompt_of_unknown_words_is_a_scene_of_nothing_in_particular():
    reading = read_scene(" ".join(f"qq{number}x" for number in range(30)))
    assert reading.scene == Scene()
    assert "and 22 more" in reading.remarks[0]


def test_a_schedule_is_a_scene_for_each_moment(tmp_path):
    path = tmp_path / "travel.toml"
    path.write_text('negative = "hat"\nafter = "at night"\n"0" = "a wizard"\n"bar 8" = "a cat"')
    schedule = load_schedule(f"@{path}", style="marble", usual_negative="rain")
    scenes = scenes_of(schedule)
    assert [(moment.written, scene.figure.body) for moment, scene in scenes] == [
        ("0", "human"), ("bar 8", "cat")
    ]  # fmt: skip
    assert all(scene.painting == "marble" for _, scene in scenes)
    assert all(scene.light.time == "night" for _, scene in scenes)
    assert "wizard-hat" not in {item.kind for item in scenes[0][1].figure.wears}
    assert "rain" not in scenes[0][1].without, "the usual faults are no wish of the user's"
    assert [reading.scene for _, reading in read_scenes(schedule)] == [one for _, one in scenes]
