"""The genres the synthesiser plays, as data: groove, harmony and instruments, one entry each."""

from dataclasses import dataclass, field

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
}
"""Semitones of the seven degrees above the key note."""

POP = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 3, 5, 4), (3, 4, 2, 5))
DARK = ((0, 5, 2, 6), (0, 6, 5, 6), (0, 0, 5, 6), (0, 3, 0, 4), (0, 2, 6, 5))
JAZZ = ((1, 4, 0, 5), (0, 5, 1, 4), (3, 6, 2, 5), (0, 3, 1, 4))
BLUES = ((0, 0, 0, 0, 3, 3, 0, 0, 4, 3, 0, 4), (0, 3, 0, 0, 3, 3, 0, 4))
VAMP = ((0, 0, 3, 3), (0, 3, 0, 4), (0, 6, 3, 0), (0, 0, 0, 6))
FOLK = ((0, 3, 4, 0), (0, 0, 4, 4, 4, 4, 0, 0), (0, 5, 3, 4), (0, 3, 0, 4))


@dataclass(frozen=True)
class Style:
    """How one genre is played.

    Rhythms are strings with four steps a beat and one or more whole bars. Drums: ``X`` accent,
    ``x`` hit, ``o`` ghost note, ``.`` nothing. Bass: ``1 3 5 7 8`` a chord tone, ``w`` the next
    note of a walking line, ``-`` holds, ``.`` is a rest. Chords: ``X`` ``x`` strike, ``-`` holds.
    """

    bpm: tuple[float, float]
    """The tempi at which the genre is at home."""
    drums: dict[str, str]
    """Instrument to rhythm, in verses."""
    lift: dict[str, str]
    """What the chorus plays instead or besides."""
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    kits: tuple[str, ...]
    bass_timbres: tuple[str, ...]
    chord_timbres: tuple[str, ...]
    lead_timbres: tuple[str, ...]
    progressions: tuple[tuple[int, ...], ...] = POP
    """Chord degrees, one a bar; 0 is the tonic."""
    scales: tuple[str, ...] = ("major", "minor")
    swing: tuple[float, float] = (0.0, 0.0)
    beats_per_bar: int = 4
    is_electronic: bool = False
    """Builds with a snare roll and a riser before the chorus, and ducks under the kick."""
    sevenths: bool = False
    extra: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Instrument to the rhythms that some songs add."""


PADS = ("warm_pad", "strings", "saw_pad")
KEYS = ("piano", "electric_piano", "organ")
EIGHTHS = "x.x.x.x.x.x.x.x."
STEPS = "xoxoxoxoxoxoxoxo"
HOLD = "X---------------"
FLOOR = "X...X...X...X..."
BACK = "....X.......X..."

STYLES: dict[str, Style] = {
    "house": Style(
        bpm=(112, 132),
        drums={"kick": FLOOR, "hat": "..x...x...x...x."},
        lift={"clap": BACK, "open": "..x...x...x...x.", "hat": STEPS},
        bass=("..1...1...1...1.", "1..1..1.1..1..8.", "..11..1...11..58"),
        chords=("x..x..x...x.x...", HOLD, "..x-..x-..x-..x-"),
        kits=("electronic", "808"),
        bass_timbres=("saw_bass", "square_bass", "sub_bass"),
        chord_timbres=("saw_pad", "electric_piano", "stab", "organ"),
        lead_timbres=("pluck", "square_lead", "bell"),
        progressions=POP + DARK,
        is_electronic=True,
        extra={"shaker": (STEPS,), "conga_hi": ("...x..x....x..x.",), "snare": (BACK,)},
    ),
    "techno": Style(
        bpm=(122, 150),
        drums={"kick": FLOOR, "hat": "..x...x...x...x."},
        lift={"clap": BACK, "ride": "..x...x...x...x.", "hat": STEPS},
        bass=(".111.111.111.111", "..1...1...1...1.", "1.1.1.151.1.1.18"),
        chords=("...x.....x......", "..........x.....x...............", HOLD),
        kits=("electronic", "808"),
        bass_timbres=("saw_bass", "square_bass"),
        chord_timbres=("stab", "saw_pad", "hollow"),
        lead_timbres=("pluck", "square_lead", "hollow"),
        progressions=VAMP + DARK,
        scales=("minor", "dorian"),
        is_electronic=True,
        extra={"rim": ("...x..x...x.....", "..x..x...x..x..."), "tom_lo": ("......x.......x.",)},
    ),
    "disco": Style(
        bpm=(104, 130),
        drums={"kick": FLOOR, "snare": BACK, "hat": STEPS},
        lift={"open": "..x...x...x...x.", "tambourine": "..x...x...x...x.", "hat": EIGHTHS},
        bass=("1.8.1.8.1.8.1.8.", "1.8.5.8.1.8.7.8."),
        chords=("..x...x...x...x.", "x..x..x.x..x..x.", HOLD),
        kits=("acoustic", "electronic"),
        bass_timbres=("finger_bass", "square_bass"),
        chord_timbres=("strings", "electric_piano", "guitar"),
        lead_timbres=("strings", "brass", "square_lead"),
        progressions=POP + JAZZ,
        sevenths=True,
        extra={"cowbell": ("x...x...x...x...",), "conga_hi": ("..xx..x...xx..x.",)},
    ),
    "rock": Style(
        bpm=(88, 160),
        drums={"kick": "X.....x.X.......", "snare": BACK, "hat": EIGHTHS},
        lift={"kick": "X.....x.X.x.....", "ride": EIGHTHS, "hat": "................"},
        bass=("1.1.1.1.1.1.1.1.", "1---..1.1---1.5."),
        chords=("X.x.x.x.X.x.x.x.", "X-----x-X-----x-"),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "saw_bass"),
        chord_timbres=("distorted", "guitar"),
        lead_timbres=("distorted", "organ", "voice"),
        progressions=POP + VAMP,
        scales=("major", "mixolydian", "minor"),
        extra={"tambourine": (BACK, EIGHTHS)},
    ),
    "punk": Style(
        bpm=(150, 195),
        drums={"kick": "X...x...X...x...", "snare": "..X...X...X...X.", "hat": EIGHTHS},
        lift={"kick": "X.....x.X.x.....", "snare": BACK, "ride": EIGHTHS},
        bass=("1.1.1.1.1.1.1.1.",),
        chords=("X.x.x.x.X.x.x.x.",),
        kits=("acoustic",),
        bass_timbres=("saw_bass", "finger_bass"),
        chord_timbres=("distorted",),
        lead_timbres=("distorted", "voice"),
        scales=("major", "mixolydian"),
    ),
    "pop": Style(
        bpm=(84, 138),
        drums={"kick": "X.......X.x.....", "snare": BACK, "hat": EIGHTHS},
        lift={"kick": "X..x..x.X.x.....", "clap": BACK, "tambourine": EIGHTHS},
        bass=("1-----1-1-----5-", "1-..1-..1-..1-.."),
        chords=(HOLD, "X---x---X---x---", "X--x--x-X--x--x-"),
        kits=("acoustic", "electronic"),
        bass_timbres=("finger_bass", "sub_bass", "saw_bass"),
        chord_timbres=("piano", "guitar", "warm_pad"),
        lead_timbres=("voice", "pluck", "bell"),
        extra={"shaker": (STEPS,)},
    ),
    "hip_hop": Style(
        bpm=(74, 106),
        drums={"kick": "X.....xo..X.....X..x......X..o..", "snare": BACK, "hat": EIGHTHS},
        lift={"clap": BACK, "hat": "x.xxx.x.x.xxx.xo", "open": "..............x."},
        bass=("1--...1...1-....", "1-----..5---8-.."),
        chords=("X-------..x-----", "x...x...x...x...", HOLD),
        kits=("acoustic", "808"),
        bass_timbres=("sub_bass", "finger_bass"),
        chord_timbres=("electric_piano", "piano", "guitar"),
        lead_timbres=("voice", "flute", "bell"),
        progressions=JAZZ + DARK,
        scales=("minor", "dorian"),
        swing=(0.1, 0.6),
        sevenths=True,
        extra={"rim": ("......x.........", "...x......x.....")},
    ),
    "trap": Style(
        bpm=(120, 160),
        drums={
            "kick": "X.........x.....X.....x...x.....",
            "clap": "........X.......",
            "hat": STEPS,
        },
        lift={"snare": "........X.......", "open": "..............x."},
        bass=("1-------..1-----", "1---------8---5-"),
        chords=(HOLD, "X-----x-----x---"),
        kits=("808",),
        bass_timbres=("sub_bass",),
        chord_timbres=("bell", "warm_pad", "piano"),
        lead_timbres=("bell", "pluck", "flute"),
        progressions=DARK,
        scales=("minor", "harmonic"),
        is_electronic=True,
    ),
    "breakbeat": Style(
        bpm=(108, 148),
        drums={
            "kick": "X.X.......x.....X.X.......X.....",
            "snare": "....X..o.o..X..o....X..o.o....X.",
            "hat": EIGHTHS,
        },
        lift={"ride": EIGHTHS, "open": "......x.........", "hat": STEPS},
        bass=("1..1....1.1...8.", "1---..1.....5-7-"),
        chords=("X-----x-----x---", HOLD),
        kits=("acoustic", "electronic"),
        bass_timbres=("saw_bass", "sub_bass", "square_bass"),
        chord_timbres=("saw_pad", "stab", "electric_piano"),
        lead_timbres=("square_lead", "pluck", "hollow"),
        progressions=DARK + VAMP,
        scales=("minor", "dorian"),
        swing=(0.0, 0.2),
        is_electronic=True,
    ),
    "drum_and_bass": Style(
        bpm=(160, 182),
        drums={"kick": "X.........X.....", "snare": "....X..o.o..X...", "hat": EIGHTHS},
        lift={"ride": "x...x...x...x...", "snare": "....X..o.o.oX..o"},
        bass=("1-------1---5---", "1-----8-..1-..7-"),
        chords=(HOLD,),
        kits=("electronic", "acoustic"),
        bass_timbres=("saw_bass", "sub_bass"),
        chord_timbres=PADS,
        lead_timbres=("pluck", "voice", "hollow"),
        progressions=DARK,
        scales=("minor", "dorian"),
        is_electronic=True,
    ),
    "salsa": Style(
        bpm=(152, 195),
        drums={
            "clave": "x.....x.....x.......x...x.......",
            "conga_hi": "....x.......x.x.",
            "conga_lo": "............x.x.",
            "maracas": EIGHTHS,
        },
        lift={
            "cowbell": "X...x.x.X...x.x.",
            "kick": "......x.........",
            "timbale": "x...x..xx.x.x.x.",
        },
        bass=("......1-----5---", "1.....5-----8---"),
        chords=("X...X.x...x...x...x.X...x...x...", "..x...x...x...x."),
        kits=("latin",),
        bass_timbres=("finger_bass", "upright"),
        chord_timbres=("piano",),
        lead_timbres=("brass", "flute"),
        progressions=VAMP + FOLK,
        scales=("minor", "major", "harmonic"),
        extra={"rim": ("x...x...x...x...",), "guiro": ("x...x.x.x...x.x.",)},
    ),
    "samba": Style(
        bpm=(92, 132),
        drums={
            "tom_lo": "o...X...o...X...",
            "shaker": "XoxXXoxXXoxXXoxX",
            "rim": "x.x..x.x.x..x.x.",
        },
        lift={"kick": "x..xX..xx..xX..x", "agogo": "x.x.xx.x.x.xx.x.", "snare": "oooXoooXooXoooXo"},
        bass=("1..51-..1..51-..",),
        chords=("x..x..x...x..x..", "x.x..x.x.x..x.x."),
        kits=("latin",),
        bass_timbres=("upright", "finger_bass"),
        chord_timbres=("guitar", "electric_piano"),
        lead_timbres=("flute", "brass", "voice"),
        progressions=JAZZ,
        sevenths=True,
    ),
    "bossa": Style(
        bpm=(108, 150),
        drums={
            "kick": "x.....x.x.....x.",
            "rim": "x.....x.....x.......x.....x.....",
            "hat": EIGHTHS,
        },
        lift={"shaker": STEPS},
        bass=("1---..5-5---..1-",),
        chords=("x...x.....x...x.....x...x.......",),
        kits=("brush", "latin"),
        bass_timbres=("upright",),
        chord_timbres=("guitar", "electric_piano"),
        lead_timbres=("flute", "voice"),
        progressions=JAZZ,
        scales=("major", "minor"),
        sevenths=True,
    ),
    "reggaeton": Style(
        bpm=(84, 108),
        drums={"kick": FLOOR, "snare": "...x..x....x..x.", "hat": EIGHTHS},
        lift={"shaker": STEPS, "clap": "...x..x....x..x."},
        bass=("1--1..1.1--1..1.", "1--5..1-1--5..8-"),
        chords=("X-------x-------", "...x..x....x..x."),
        kits=("808", "electronic"),
        bass_timbres=("sub_bass", "square_bass"),
        chord_timbres=("pluck", "guitar", "warm_pad"),
        lead_timbres=("flute", "pluck", "voice"),
        progressions=POP + DARK,
        scales=("minor",),
        is_electronic=True,
        extra={"timbale": ("..............xx",)},
    ),
    "reggae": Style(
        bpm=(62, 92),
        drums={"kick": "........X.......", "rim": "........X.......", "hat": EIGHTHS},
        lift={"kick": "X.......X.......", "snare": "........X.......", "hat": "x.xxx.xxx.xxx.xx"},
        bass=("..1-1-..5-..1-..", "1---..3-5---...."),
        chords=("....x.......x...", "..x...x...x...x."),
        kits=("acoustic",),
        bass_timbres=("sub_bass", "finger_bass"),
        chord_timbres=("organ", "guitar"),
        lead_timbres=("organ", "voice", "brass"),
        progressions=VAMP + POP,
        swing=(0.0, 0.7),
    ),
    "funk": Style(
        bpm=(90, 124),
        drums={"kick": "X.X....o..X..o..", "snare": "....X..o.o..X..o", "hat": STEPS},
        lift={"open": "......x.......x.", "cowbell": "x...x...x...x...", "clap": BACK},
        bass=("1.1....8..7.5.1.", "1..1..8...1.5.7."),
        chords=("..x.xx...x..x.x.", "x......x..x....."),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "square_bass"),
        chord_timbres=("guitar", "electric_piano", "organ"),
        lead_timbres=("brass", "organ", "square_lead"),
        progressions=VAMP,
        scales=("dorian", "mixolydian"),
        swing=(0.0, 0.3),
        sevenths=True,
    ),
    "swing": Style(
        bpm=(112, 190),
        drums={"ride": "X...x.x.X...x.x.", "pedal": BACK, "kick": "o...o...o...o..."},
        lift={"snare": "......o.......x.", "crash": "................"},
        bass=("w-..w-..w-..w-..",),
        chords=("......x-....x...", "x.....x-........"),
        kits=("brush", "acoustic"),
        bass_timbres=("upright",),
        chord_timbres=("piano", "guitar"),
        lead_timbres=("brass", "flute", "piano"),
        progressions=JAZZ,
        scales=("major", "minor"),
        swing=(0.75, 1.0),
        sevenths=True,
    ),
    "shuffle": Style(
        bpm=(72, 136),
        drums={"kick": "X.....x.X.....x.", "snare": BACK, "hat": EIGHTHS},
        lift={"ride": EIGHTHS, "snare": "..o.X.o...o.X.o."},
        bass=("1.1.3.3.5.5.3.3.", "1.1.5.5.1.1.5.5.", "w...w...w...w..."),
        chords=("x.x.x.x.x.x.x.x.", "..x...x...x...x."),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "upright"),
        chord_timbres=("guitar", "organ", "piano"),
        lead_timbres=("guitar", "distorted", "organ"),
        progressions=BLUES,
        scales=("mixolydian",),
        swing=(0.8, 1.0),
        sevenths=True,
    ),
    "ballad": Style(
        bpm=(58, 86),
        drums={"hat": "x...x...x...x...", "rim": BACK},
        lift={"kick": "X.....x.X.......", "snare": BACK, "hat": EIGHTHS},
        bass=("1---------------", "1-------5-------"),
        chords=("X---x---x---x---", "X-x-x-x-X-x-x-x-", HOLD),
        kits=("acoustic", "brush"),
        bass_timbres=("finger_bass", "upright", "sub_bass"),
        chord_timbres=("piano", "guitar", "strings"),
        lead_timbres=("voice", "flute", "strings"),
    ),
    "lullaby": Style(
        bpm=(58, 104),
        drums={},
        lift={"shaker": "o...o...o...o...", "triangle": "x..............."},
        bass=("1---------------", "1-------5-------"),
        chords=("X-x-x-x-x-x-x-x-", "X---x---x---x---"),
        kits=("brush",),
        bass_timbres=("upright", "sub_bass"),
        chord_timbres=("bell", "guitar", "piano", "harp"),
        lead_timbres=("flute", "bell", "voice"),
        progressions=FOLK + POP,
    ),
    "afrobeat": Style(
        bpm=(98, 128),
        drums={"kick": "X.....x...X...x.", "rim": "...x..x...x..x..", "shaker": STEPS},
        lift={
            "snare": "......x..x....x.",
            "agogo": "x..x..x...x.x...",
            "conga_hi": "..xx..x...xx..x.",
        },
        bass=("1..1..5...1.8...", "1---..1.5-..7-.."),
        chords=("..x...x...x...x.", "x..x....x..x...."),
        kits=("latin", "electronic"),
        bass_timbres=("finger_bass", "sub_bass"),
        chord_timbres=("guitar", "organ", "pluck"),
        lead_timbres=("brass", "guitar", "voice"),
        progressions=VAMP + POP,
        scales=("major", "dorian"),
    ),
    "synthwave": Style(
        bpm=(78, 122),
        drums={"kick": "X.......X.......", "snare": BACK, "hat": EIGHTHS},
        lift={"kick": FLOOR, "tom_mid": "............x.x.", "hat": STEPS},
        bass=("1.1.1.1.1.1.1.1.", "1.8.1.8.1.8.1.8.", "1111111111111111"),
        chords=(HOLD,),
        kits=("electronic",),
        bass_timbres=("saw_bass", "square_bass"),
        chord_timbres=("saw_pad", "warm_pad"),
        lead_timbres=("square_lead", "bell", "pluck"),
        progressions=DARK + POP,
        scales=("minor", "dorian"),
        is_electronic=True,
    ),
    "polka": Style(
        bpm=(100, 142),
        drums={"kick": "X.......X.......", "snare": BACK, "hat": BACK},
        lift={"tambourine": EIGHTHS, "crash": "X..............................."},
        bass=("1---....5---....",),
        chords=("....x.......x...",),
        kits=("acoustic",),
        bass_timbres=("brass_bass", "upright"),
        chord_timbres=("accordion", "guitar"),
        lead_timbres=("accordion", "brass", "flute"),
        progressions=FOLK,
        scales=("major",),
    ),
    "waltz": Style(
        bpm=(84, 190),
        drums={"kick": "X...........", "hat": "....x...x..."},
        lift={"snare": "....x...x...", "ride": "x...x...x..."},
        bass=("1---........", "1---........5---........"),
        chords=("....x-..x-..",),
        kits=("brush", "acoustic"),
        bass_timbres=("upright", "finger_bass"),
        chord_timbres=("accordion", "piano", "strings", "guitar"),
        lead_timbres=("strings", "flute", "accordion"),
        progressions=FOLK,
        beats_per_bar=3,
        extra={"triangle": ("....x...x...",)},
    ),
    "jazz_waltz": Style(
        bpm=(104, 186),
        drums={"ride": "X...x.x.x...", "pedal": "....x...x..."},
        lift={"snare": "......o...x.", "kick": "x.....o....."},
        bass=("w-..w-..w-..", "1-------5-.."),
        chords=("......x-....", "x.....x-...."),
        kits=("brush",),
        bass_timbres=("upright",),
        chord_timbres=("piano", "electric_piano"),
        lead_timbres=("flute", "brass", "piano"),
        progressions=JAZZ,
        swing=(0.6, 1.0),
        beats_per_bar=3,
        sevenths=True,
    ),
    "rock_waltz": Style(
        bpm=(84, 168),
        drums={"kick": "X.........x.", "snare": "....X...X...", "hat": "x.x.x.x.x.x."},
        lift={"ride": "x.x.x.x.x.x.", "kick": "X.....x...x.", "tambourine": "..x...x...x."},
        bass=("1---1---5---", "1.1.1.1.5.5."),
        chords=("X.x.x.x.x.x.", "X---x---x---"),
        kits=("acoustic",),
        bass_timbres=("finger_bass",),
        chord_timbres=("guitar", "distorted", "organ"),
        lead_timbres=("voice", "organ", "distorted"),
        beats_per_bar=3,
    ),
    "slow_waltz": Style(
        bpm=(58, 100),
        drums={"kick": "x...........", "rim": "........x..."},
        lift={"snare": "........X...", "kick": "X.....x.....", "hat": "x.x.x.x.x.x."},
        bass=("1-----------", "1-------5---"),
        chords=("X-x-x-x-x-x-", "X-----------"),
        kits=("acoustic", "electronic"),
        bass_timbres=("sub_bass", "upright"),
        chord_timbres=("piano", "harp", "warm_pad", "guitar"),
        lead_timbres=("voice", "strings", "bell"),
        progressions=POP + FOLK,
        beats_per_bar=3,
    ),
}
