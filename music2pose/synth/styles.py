"""The genres the synthesiser plays, as data: groove, harmony and instruments, one entry each."""

from dataclasses import dataclass, field, replace

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
}
"""Semitones of the seven degrees above the key note."""

POP = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 3, 5, 4), (3, 4, 2, 5))
DARK = ((0, 5, 2, 6), (0, 6, 5, 6), (0, 0, 5, 6), (0, 3, 0, 4), (0, 5, 3, 4), (0, 2, 3, 6))
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
    is_drawn: bool = True
    """False for those that are played only where they are asked for by name."""
    extra: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Instrument to the rhythms that some songs add."""


PADS = ("warm_pad", "strings", "saw_pad")
EIGHTHS = "x.x.x.x.x.x.x.x."
SIXTEENTHS = "xoxoxoxoxoxoxoxo"
HOLD = "X---------------"
FLOOR = "X...X...X...X..."
BACKBEAT = "....X.......X..."

STYLES: dict[str, Style] = {
    "house": Style(
        bpm=(112, 132),
        drums={"kick": FLOOR, "hat": "..x...x...x...x."},
        lift={"clap": BACKBEAT, "open": "..x...x...x...x.", "hat": SIXTEENTHS},
        bass=("..1...1...1...1.", "1..1..1.1..1..8.", "..11..1...11..58"),
        chords=("x..x..x...x.x...", HOLD, "..x-..x-..x-..x-"),
        kits=("electronic", "808"),
        bass_timbres=("saw_bass", "square_bass", "sub_bass"),
        chord_timbres=("saw_pad", "electric_piano", "stab", "organ"),
        lead_timbres=("pluck", "square_lead", "bell"),
        progressions=POP + DARK,
        is_electronic=True,
        extra={"shaker": (SIXTEENTHS,), "conga_hi": ("...x..x....x..x.",), "snare": (BACKBEAT,)},
    ),
    "techno": Style(
        bpm=(122, 150),
        drums={"kick": FLOOR, "hat": "..x...x...x...x."},
        lift={"clap": BACKBEAT, "ride": "..x...x...x...x.", "hat": SIXTEENTHS},
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
        drums={"kick": FLOOR, "snare": BACKBEAT, "hat": SIXTEENTHS},
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
        drums={"kick": "X.....x.X.......", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"kick": "X.....x.X.x.....", "ride": EIGHTHS, "hat": "................"},
        bass=("1.1.1.1.1.1.1.1.", "1---..1.1---1.5."),
        chords=("X.x.x.x.X.x.x.x.", "X-----x-X-----x-"),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "saw_bass"),
        chord_timbres=("distorted", "guitar"),
        lead_timbres=("distorted", "organ", "voice"),
        progressions=POP + VAMP,
        scales=("major", "mixolydian", "minor"),
        extra={"tambourine": (BACKBEAT, EIGHTHS)},
    ),
    "punk": Style(
        bpm=(150, 195),
        drums={"kick": "X.x.....X.x.....", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"kick": "X.....x.X.x.....", "ride": EIGHTHS},
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
        drums={"kick": "X.......X.x.....", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"kick": "X..x..x.X.x.....", "clap": BACKBEAT, "tambourine": EIGHTHS},
        bass=("1-----1-1-----5-", "1-..1-..1-..1-.."),
        chords=(HOLD, "X---x---X---x---", "X--x--x-X--x--x-"),
        kits=("acoustic", "electronic"),
        bass_timbres=("finger_bass", "sub_bass", "saw_bass"),
        chord_timbres=("piano", "guitar", "warm_pad"),
        lead_timbres=("voice", "pluck", "bell"),
        extra={"shaker": (SIXTEENTHS,)},
    ),
    "hip_hop": Style(
        bpm=(74, 106),
        drums={"kick": "X.....xo..X.....X..x......X..o..", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"clap": BACKBEAT, "hat": "x.xxx.x.x.xxx.xo", "open": "..............x."},
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
            "hat": SIXTEENTHS,
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
        lift={"ride": EIGHTHS, "open": "......x.........", "hat": SIXTEENTHS},
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
        lift={"shaker": SIXTEENTHS},
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
        lift={"shaker": SIXTEENTHS, "clap": "...x..x....x..x."},
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
        drums={"kick": "X.X....o..X..o..", "snare": "....X..o.o..X..o", "hat": SIXTEENTHS},
        lift={"open": "......x.......x.", "cowbell": "x...x...x...x...", "clap": BACKBEAT},
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
        drums={"ride": "X...x.x.X...x.x.", "pedal": BACKBEAT, "kick": "o...o...o...o..."},
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
        drums={"kick": "X.....o.X.....o.", "snare": BACKBEAT, "hat": "X.o.X.o.X.o.X.o."},
        lift={"ride": "X.o.X.o.X.o.X.o.", "snare": "..o.X.o...o.X.o."},
        bass=("1.1.3.3.5.5.3.3.", "1.1.5.5.1.1.5.5.", "w...w...w...w..."),
        chords=("X.o.X.o.X.o.X.o.", "X-----o-....x.o."),
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
        drums={"hat": "x...x...x...x...", "rim": BACKBEAT},
        lift={"kick": "X.....x.X.......", "snare": BACKBEAT, "hat": EIGHTHS},
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
        drums={"kick": "X...x...X...x.x.", "rim": "...x..x...x..x..", "shaker": SIXTEENTHS},
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
        drums={"kick": "X.......X.......", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"kick": FLOOR, "tom_mid": "............x.x.", "hat": SIXTEENTHS},
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
        drums={"kick": "X.......X.......", "snare": BACKBEAT, "hat": BACKBEAT},
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
    "percussion": Style(
        bpm=(80, 140),
        drums={"kick": "X..x..x.X...x...", "conga_hi": "..x...xx..x..xx.", "rim": BACKBEAT},
        lift={"snare": BACKBEAT, "agogo": "x.x.xx.x.x.xx.x.", "tom_lo": "......x.......xx"},
        bass=(),
        chords=(),
        kits=("latin", "acoustic", "electronic", "808"),
        bass_timbres=(),
        chord_timbres=(),
        lead_timbres=(),
        swing=(0.0, 0.4),
        extra={"shaker": (SIXTEENTHS,), "conga_lo": ("x..x....x..x....",), "cowbell": (FLOOR,)},
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
    "ska": Style(
        bpm=(100, 180),
        drums={"kick": "X.......X.......", "snare": BACKBEAT, "hat": "..x...x...x...x."},
        lift={"kick": FLOOR, "open": "..x...x...x...x.", "tambourine": BACKBEAT},
        bass=("1.3.5.3.1.3.5.7.", "w.w.w.w.w.w.w.w."),
        chords=("..x...x...x...x.", "..X...X...X...X.", "..x...x...x..xx."),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "upright"),
        chord_timbres=("guitar", "organ", "brass", "piano"),
        lead_timbres=("brass", "voice", "organ"),
        is_drawn=False,
        extra={"rim": ("..x...x...x...x.",)},
    ),
    "metal": Style(
        bpm=(84, 200),
        drums={"kick": "X.xxX.xxX.xxX.xx", "snare": BACKBEAT, "hat": "x...x...x...x..."},
        lift={
            "kick": "xxxxxxxxxxxxxxxx",
            "ride": EIGHTHS,
            "crash": "X...............",
            "hat": "................",
        },
        bass=("1.111.111.111.11", "1111111111111111", "1--1..1.1--1..1."),
        chords=("X.xxX.xxX.xxX.xx", "X--x--x-X--x--x-", "X-------X-----x-"),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "saw_bass"),
        chord_timbres=("distorted",),
        lead_timbres=("distorted", "voice"),
        progressions=DARK + VAMP,
        scales=("minor", "harmonic"),
        is_drawn=False,
        extra={"crash": ("X...............", FLOOR), "open": (FLOOR,)},
    ),
    "half_time_metal": Style(
        bpm=(110, 210),
        drums={"kick": "X..x..x....x..x.", "snare": "........X.......", "crash": FLOOR},
        lift={"kick": "X..X..X..X..X.X.", "snare": "........X.......", "ride": EIGHTHS},
        bass=("1..1..1....1..1.", "1--1--1--1--1-1-"),
        chords=("X..x..x....x..x.", "X--X--X--X--X-X-", "X---------------"),
        kits=("acoustic",),
        bass_timbres=("finger_bass", "saw_bass"),
        chord_timbres=("distorted",),
        lead_timbres=("distorted", "voice", "saw_pad"),
        progressions=DARK + VAMP,
        scales=("minor", "harmonic"),
        is_drawn=False,
        extra={"open": (FLOOR,), "hat": (EIGHTHS,)},
    ),
    "chiptune": Style(
        bpm=(100, 200),
        drums={"kick": "X.......X.......", "snare": BACKBEAT, "hat": EIGHTHS},
        lift={"kick": "X.....x.X.x.....", "hat": SIXTEENTHS},
        bass=("1.1.8.1.1.1.8.1.", "1.8.1.8.1.8.1.8.", "1.1.1.1.5.5.5.5."),
        chords=("x.x.x.x.x.x.x.x.", "x..x..x.x..x..x.", HOLD),
        kits=("808", "electronic"),
        bass_timbres=("square_bass",),
        chord_timbres=("hollow", "square_lead"),
        lead_timbres=("square_lead", "hollow"),
        is_electronic=True,
        is_drawn=False,
        extra={"tom_lo": ("......x.......x.",), "clap": (BACKBEAT,)},
    ),
    "dubstep": Style(
        bpm=(130, 180),
        drums={"kick": "X.........x.....", "snare": "........X.......", "hat": EIGHTHS},
        lift={"kick": "X..x......x..x..", "clap": "........X.......", "hat": "x.xxx.x.x.xxx.xx"},
        bass=("1---..1-1--1--1-", "1.1.1--.1--1--8-", "1-------1-1-1-8-"),
        chords=(HOLD, "X-----x-........", "......x.......x."),
        kits=("808", "electronic"),
        bass_timbres=("saw_bass", "square_bass"),
        chord_timbres=("saw_pad", "stab", "warm_pad"),
        lead_timbres=("square_lead", "voice", "bell"),
        progressions=DARK + VAMP,
        scales=("minor", "harmonic"),
        is_electronic=True,
        is_drawn=False,
        extra={"rim": ("...x..x...x.....",), "shaker": (SIXTEENTHS,)},
    ),
    "garage": Style(
        bpm=(124, 142),
        drums={"kick": "X.........x.....", "snare": BACKBEAT, "hat": "..x...x...x..xx."},
        lift={"kick": "X..x......x...x.", "clap": BACKBEAT, "open": "..x...x...x...x."},
        bass=("1..1..8....1..5.", "....1..1..8...1.", "1-----..1-8-...."),
        chords=("..x..x....x..x..", "x..x..x...x.x...", "...x..x....x..x."),
        kits=("electronic", "808"),
        bass_timbres=("sub_bass", "square_bass"),
        chord_timbres=("organ", "stab", "electric_piano"),
        lead_timbres=("voice", "pluck", "organ"),
        progressions=DARK + JAZZ,
        scales=("minor", "dorian"),
        swing=(0.2, 0.9),
        sevenths=True,
        is_electronic=True,
        is_drawn=False,
        extra={"rim": ("...x..x...x..x..", ".x....x..x....x."), "shaker": (SIXTEENTHS,)},
    ),
    "breakcore": Style(
        bpm=(160, 210),
        drums={"kick": "X.x.......xx....", "snare": "....X..o.o..X..x", "hat": EIGHTHS},
        lift={"snare": "....X..x.x..X.xx", "kick": "X.x...x...xx..x.", "ride": EIGHTHS},
        bass=("1-----1-----1---", "1.......1.1....."),
        chords=(HOLD, "X-------x-------", "x..x..x.x..x..x."),
        kits=("acoustic", "electronic"),
        bass_timbres=("sub_bass", "saw_bass"),
        chord_timbres=("saw_pad", "bell", "hollow"),
        lead_timbres=("square_lead", "bell", "voice"),
        is_electronic=True,
        is_drawn=False,
        extra={"snare": ("..x.X..x.xx.X.xx",), "tom_hi": ("......x...x...x.",)},
    ),
    "trance": Style(
        bpm=(126, 180),
        drums={"kick": FLOOR, "open": "..x...x...x...x."},
        lift={"clap": BACKBEAT, "hat": SIXTEENTHS, "ride": "..x...x...x...x."},
        bass=("..1...1...1...1.", ".111.111.111.111", "..11..11..11..11"),
        chords=("x..x..x.x..x..x.", HOLD, "x.x.x.x.x.x.x.x."),
        kits=("electronic",),
        bass_timbres=("saw_bass", "square_bass"),
        chord_timbres=("saw_pad", "stab", "strings"),
        lead_timbres=("square_lead", "pluck", "saw_pad"),
        progressions=POP + DARK,
        is_electronic=True,
        is_drawn=False,
        extra={"tambourine": (EIGHTHS,), "snare": (BACKBEAT,)},
    ),
}

METRES = (3, 4, 5, 6, 7)
"""Beats in a bar that a song can have."""
_BORROWED_BEATS = {
    3: (0, 1, 2),
    4: (0, 1, 2, 3),
    5: (0, 1, 2, 2, 3),
    6: (0, 1, 2, 3, 2, 3),
    7: (0, 1, 2, 3, 1, 2, 3),
}
"""Beats in a bar to the beats, of a bar of four, that are played one after the other."""


def in_metre(style: Style, beats_per_bar: int) -> Style:
    """Return the style with bars of ``beats_per_bar``, some of its beats left out or played again.

    >>> in_metre(STYLES["house"], 5).drums["kick"]
    'X...X...X...X...X...'
    """
    if beats_per_bar == style.beats_per_bar:
        return style
    order = [beat % style.beats_per_bar for beat in _BORROWED_BEATS[beats_per_bar]]

    def in_bars(rhythm: str) -> str:
        bars = range(0, len(rhythm), 4 * style.beats_per_bar)
        return "".join(rhythm[bar + 4 * b : bar + 4 * b + 4] for bar in bars for b in order)

    def each(rhythms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(in_bars(rhythm) for rhythm in rhythms)

    return replace(
        style,
        beats_per_bar=beats_per_bar,
        drums={drum: in_bars(rhythm) for drum, rhythm in style.drums.items()},
        lift={drum: in_bars(rhythm) for drum, rhythm in style.lift.items()},
        extra={drum: each(rhythms) for drum, rhythms in style.extra.items()},
        bass=each(style.bass),
        chords=each(style.chords),
    )
