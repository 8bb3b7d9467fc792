"""Signs of other tools in prompts: honoured, or refused in a line, but never words."""

import json
import time
from contextlib import suppress

import pytest

from prompts import PromptError
from prompts.editing import texts_over_steps
from prompts.emphasis import parse_emphasis
from prompts.schedule import load_schedule
from prompts.syntax import BREAK, LoraTag, check_signs, split_embeddings, take_tags


@pytest.mark.parametrize(
    ("prompt", "text", "tags"),
    [
        ("a robot, <lora:neon:0.8>, red", "a robot, red", [("neon", 0.8)]),
        ("<lora:neon:-1> a robot", "a robot", [("neon", -1)]),
        ("a robot <lora: my neon : .5 > <LyCO:b>", "a robot", [("my neon", 0.5), ("b", None)]),
        ("(a robot, <lora:neon:1>:1.2)", "(a robot:1.2)", [("neon", 1)]),
        ("a <cat-toy> <3, x > y: <z", "a <cat-toy> <3, x > y: <z", []),
    ],
)
def test_loras_are_taken_out_of_a_prompt(prompt, text, tags):
    assert take_tags(prompt) == (text, [LoraTag(*tag) for tag in tags])


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("a <lora:x:much>", "'much' is no weight; write <lora:x:0.8>"),
        ("a <lora:x:0.5:0.7>", r"<lora:x:0\.5:0\.7> is not done; write <lora:NAME> or"),
        ("a <lora:>", "<lora:> is not done"),
        ("a <hypernet:x:1>", "<hypernet:x:1> in a prompt is not done"),
        ("<lora:x:1>", "names LoRAs alone; say what to paint"),
        ("a <lora:x:1> <lora:X:1>", "<lora:X> stands twice"),
        ("a cat AND a dog", r"AND, one picture of several prompts, is not done; .*--prompt @FILE"),
        ("a cat AND a dog:1.2 AND rain", "AND, one picture"),
        ("a {red|blue} cat", "one of several by chance, is not done"),
        ("a __colour__ cat", "a line of a file by chance, is not done"),
        ("a [cat:dog:30]", r"\[cat:dog:30\] would change after the last of 20 steps"),
        ("a [red:1.5] cat", r"round brackets: \(word:1\.5\)"),
        ("a [(cat:dog):0.5", "has no partner"),
        ("a [cat|(dog]", "has no partner"),
        ("[a:" * 9 + "b" + ":0.5]" * 9, "square brackets more than 8 deep"),
        ("a " * 21_000, r"letters; write 40000 or fewer"),
    ],
)
def test_what_is_not_done_is_said_in_a_line(tmp_path, prompt, message):
    path = tmp_path / "travel.json"
    path.write_text(json.dumps({"0": prompt, "9": prompt}))
    for asked in ({"prompt": prompt}, {"prompt": f"@{path}"}):
        with pytest.raises(PromptError, match=message) as error:
            load_schedule(**asked, steps=20)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("negative", "message"),
    [
        ("rain AND snow", "AND, one picture"),
        ("[rain:snow:30]", "after the last of 20 steps"),
        ("<lora:x:1>", "<lora:x> stands in the negative prompt; name it in the prompt"),
    ],
)
def test_the_negative_prompt_is_read_as_well(negative, message):
    with pytest.raises(PromptError, match=message):
        load_schedule("a cat", negative=negative, steps=20)


def test_a_lora_of_all_prompts_is_the_videos(tmp_path):
    path = tmp_path / "travel.json"
    path.write_text(json.dumps({"before": "<lora:neon:0.8>", "0": "a cat", "9": "a dog"}))
    schedule = load_schedule(f"@{path}", style="anime")
    assert schedule.loras == (LoraTag("neon", 0.8),)
    assert all("lora" not in item.text and "neon" not in item.text for item in schedule.prompts)
    assert "a dog" in schedule.prompts[1].text
    for other in ("a dog <lora:neon:0.5>", "a dog"):
        path.write_text(json.dumps({"0": "a cat <lora:neon:0.8>", "9": other}))
        with pytest.raises(PromptError, match=r"<lora:neon> is not the same in all prompts"):
            load_schedule(f"@{path}")


def test_words_that_only_look_like_signs_stay_words():
    text = "rock and roll, Brandy, a breakdance, 4:3, [dim], a | b, {x}, snake_case __init"
    assert load_schedule(text).prompts[0].text == text


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a [cat:dog:0.5]", ["a cat", "a cat", "a dog", "a dog"]),
        ("a [cat:dog:1]", ["a cat", "a dog", "a dog", "a dog"]),
        ("a [red :0.25]cat", ["a cat", "a red cat", "a red cat", "a red cat"]),
        ("a [red ::0.25]cat", ["a red cat", "a cat", "a cat", "a cat"]),
        ("[red|blue|]", ["red", "blue", "", "red"]),
        ("[[red|blue]:a (cat:1.2):.5]", ["red", "blue", "a (cat:1.2)", "a (cat:1.2)"]),
        ("([red|blue] cat:1.2)", ["(red cat:1.2)", "(blue cat:1.2)"] * 2),
        (r"[dim] [[dimmer]] \[a|b\] [time: late]", [r"[dim] [[dimmer]] \[a|b\] [time: late]"] * 4),
        (r"[a\|b] [(x|y)] [a:b:c:1]", [r"[a\|b] [(x|y)] [a:b:c:1]"] * 4),
    ],
)
def test_brackets_change_a_prompt_over_the_steps(prompt, said):
    assert texts_over_steps(prompt, 4) == said


@pytest.mark.parametrize(
    "prompt", ["[a|b]" * 5000, "[" * 50000, "{" + "|" * 50000, " " * 50000, "(a:" + "1" * 50000]
)
def test_a_long_prompt_is_read_in_no_time(prompt):
    started = time.process_time()
    texts_over_steps(prompt, 3)
    with suppress(PromptError):
        check_signs(prompt)
        parse_emphasis(prompt)
        BREAK.split(prompt)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a robot", ["a robot"]),
        ("Bad-Hands-5", ["<bad-hands-5>"]),
        ("bad-hands-52, xbad-hands-5", ["bad-hands-52, xbad-hands-5"]),
        ("x, embedding:bad-hands-5.pt, y", ["x, ", "<bad-hands-5>", ", y"]),
        ("embedding:sd15/v1.3, V1", ["<v1.3>", ", ", "<v1>"]),
        ("a<cat-toy>b <cat-toy>", ["a", "<<cat-toy>>", "b ", "<<cat-toy>>"]),
    ],
)
def test_names_of_embeddings_stand_alone(text, pieces):
    names = ["v1", "v1.3", "bad-hands-5", "<cat-toy>"]
    assert [words or f"<{name}>" for words, name in split_embeddings(text, names)] == pieces


@pytest.mark.parametrize(
    ("names", "there"), [([], r"\(none was given\)"), (["b", "c"], r"\(there are b, c\)")]
)
def test_an_embedding_that_is_not_there_is_asked_for(names, there):
    message = rf"no embedding is called 'Easy' {there}; give --embedding FILE"
    with pytest.raises(PromptError, match=message):
        split_embeddings("(embedding:Easy), b", names)
