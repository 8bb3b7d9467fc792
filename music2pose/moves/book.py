"""The moves themselves: what each is made of, written as key poses on beats and half beats."""

from dataclasses import dataclass

from music2pose.moves.tracks import HOME, Arm, KeyPose, at, mirrored_key

H = HOME

DOWN: Arm = ((0.25, -1, 0.0), (0.15, -1, 0.3))
BENT: Arm = ((0.55, -0.85, -0.1), (-0.05, 0.3, 0.95))
HIP: Arm = ((0.85, -0.6, -0.25), (-0.8, -0.6, 0.25))
OUT: Arm = ((1, 0.02, 0.1), (1, 0.08, 0.15))
LOW_OUT: Arm = ((0.75, -0.7, 0.0), (0.9, -0.35, 0.25))
HIGH: Arm = ((0.65, 0.8, 0.05), (0.5, 0.9, 0.1))
TOP: Arm = ((0.3, 0.97, 0.1), (0.05, 1, 0.1))
CLAP_TOP: Arm = ((0.1, 0.95, 0.3), (-0.78, 0.6, 0.2))
CLAP: Arm = ((0.2, -0.7, 0.65), (-0.86, 0.3, 0.4))
GUARD: Arm = ((0.65, -0.75, 0.2), (-0.2, 0.85, 0.5))
GOAL: Arm = ((1, 0.05, 0.05), (0.12, 1, 0.1))
HANG: Arm = ((1, 0.1, 0.05), (0.08, -1, 0.25))
CROSS: Arm = ((0.15, -0.6, 0.75), (-0.95, 0.3, 0.35))
CROSS_LOW: Arm = ((-0.05, -0.9, 0.4), (-0.6, -0.7, 0.4))
POINT_UP: Arm = ((0.72, 0.7, 0.1), (0.7, 0.75, 0.1))
POINT_ACROSS: Arm = ((-0.15, -0.8, 0.55), (-0.65, -0.7, 0.35))
UP_ACROSS: Arm = ((-0.1, 0.6, 0.8), (-0.6, 0.75, 0.3))
FRONT: Arm = ((0.15, -0.2, 1), (0.0, 0.1, 1))
CHEST: Arm = ((0.9, -0.1, 0.35), (-0.95, 0.05, 0.3))
BACK: Arm = ((0.45, -0.85, -0.45), (0.35, -0.85, 0.15))
SWING: Arm = ((-0.1, -0.75, 0.6), (-0.75, 0.25, 0.65))
AWAY: Arm = ((0.6, -0.25, 0.75), (0.75, 0.2, 0.65))
ACROSS: Arm = ((-0.35, -0.35, 0.85), (-0.8, 0.15, 0.6))
BEHIND_HEAD: Arm = ((0.85, 0.5, -0.1), (-0.85, 0.45, -0.15))
ROBOT: Arm = ((0.35, -0.95, 0.0), (0.1, 0.05, 1))
WAVE_HAND: Arm = ((1, -0.35, 0.1), (0.6, 0.85, 0.1))
WAVE_ELBOW: Arm = ((0.85, 0.65, 0.1), (0.6, -0.85, 0.1))
STAR: Arm = ((0.9, 0.45, 0.1), (0.85, 0.55, 0.1))
FLAT: Arm = ((0.6, 0.75, 0.1), (-0.6, 0.8, 0.1))


@dataclass(frozen=True)
class Move:
    """A pattern of steps and, danced over it, one of several patterns of arms.

    A pattern returns to its beat 0 when it comes round again; there both feet are at home, but in
    ``running_man``. Patterns last 2, 4 or 8 beats; mirrored ones are danced to both sides in turn.
    """

    says: str
    """What a viewer sees."""
    beats: int
    steps: tuple[KeyPose, ...]
    arms: tuple[tuple[KeyPose, ...], ...]
    """The first is the move's own; the others are variations."""
    mirror: bool = False
    snap: float = 1.6
    bounce: float = 0.03
    turn: float = 0.0
    """Degrees by which the pattern turns the dancer; a mirrored repeat turns back."""

    def pattern(self, arms: int = 0) -> tuple[int, list[KeyPose]]:
        """Return the length in beats and the keys, with the mirror image where it has one."""
        keys = [*self.steps, *self._repeated(self.arms[arms % len(self.arms)])]
        if not self.mirror:
            return self.beats, keys
        other = [mirrored_key(key) for key in keys]
        return 2 * self.beats, keys + [KeyPose(key.beat + self.beats, key.parts) for key in other]

    def _repeated(self, arms: tuple[KeyPose, ...]) -> list[KeyPose]:
        """Return a pattern of 2, 4 or 8 beats as often as the steps leave room for it."""
        last = int(arms[-1].beat)
        length = next(beats for beats in (2, 4, 8) if last < beats)
        starts = range(0, self.beats, length)
        return [KeyPose(start + key.beat, key.parts) for start in starts for key in arms]


SWINGING = (
    at(0, arm_l=SWING, arm_r=LOW_OUT), at(1, arm_l=OUT, arm_r=LOW_OUT),
    at(2, arm_l=LOW_OUT, arm_r=SWING), at(3, arm_l=LOW_OUT, arm_r=OUT),
)  # fmt: skip
CLAPPING = (at(0, arms=CLAP), at(1, arms=OUT), at(2, arms=CLAP), at(3, arms=OUT))
ROOF = (at(0, arms=GUARD), at(1, arms=FLAT), at(2, arms=GUARD), at(3, arms=FLAT))
CROSSING = (at(0, arms=CROSS), at(1, arms=LOW_OUT), at(2, arms=CROSS), at(3, arms=HIGH))
PUNCHING = (
    at(0, arm_l=GUARD, arm_r=GUARD), at(1, arm_l=POINT_UP, arm_r=BENT),
    at(2, arm_l=GUARD, arm_r=GUARD), at(3, arm_l=BENT, arm_r=POINT_UP),
)  # fmt: skip
SIDEWAYS = (
    at(0, arm_l=OUT, arm_r=CHEST), at(1, arm_l=CHEST, arm_r=OUT),
    at(2, arm_l=OUT, arm_r=CHEST), at(3, arm_l=CHEST, arm_r=OUT),
)  # fmt: skip

MOVES: dict[str, Move] = {
    "two_step": Move(
        "side to side, a touch at each end, arms swinging across", 4,
        (
            at(0, feet=(H, 0), weight=-0.8, drop=0.03, tilt=-7, chest=14, hip=-6, head_tilt=-8),
            at(1, foot_l=(0.52, 0), weight=0.35, drop=0.12, tilt=-8, chest=-8, hip=8, head=10,
               head_tilt=0),
            at(2, foot_r=(0.28, 0), weight=0.85, drop=0.03, tilt=8, chest=-16, hip=6,
               head_tilt=9, hip_roll=-6),
            at(3, foot_r=(-H, 0), weight=-0.35, drop=0.12, tilt=8, chest=8, hip=-8, head=-10,
               head_tilt=0, hip_roll=0),
        ),
        (SWINGING, CLAPPING, CROSSING, PUNCHING),
    ),
    "grapevine": Move(
        "travels sideways, crossing behind, a clap at each end", 8,
        (
            at(0, feet=(H, 0), weight=-0.8, drop=0.04, tilt=-5, chest=0, hip=0, head=10),
            at(1, foot_l=(0.5, 0), weight=0.6, drop=0.09, tilt=-6, chest=12, hip=0, head=20),
            at(2, foot_r=(0.68, -0.22), weight=-0.8, drop=0.13, tilt=-4, chest=-18, hip=14),
            at(3, foot_l=(1.05, 0), weight=0.5, drop=0.09, tilt=-7, chest=14, hip=0),
            at(4, foot_r=(0.8, 0), weight=0.9, drop=0.04, tilt=9, chest=0, head=-10),
            at(5, foot_r=(0.45, 0), weight=-0.6, drop=0.09, tilt=6, chest=-12, head=-20),
            at(6, foot_l=(0.26, -0.22), weight=0.8, drop=0.13, tilt=4, chest=18, hip=-14),
            at(7, foot_r=(-H, 0), weight=-0.5, drop=0.09, tilt=7, chest=-14, hip=0),
        ),
        (
            (at(0, arms=CLAP), at(1, arms=LOW_OUT), at(2, arms=CROSS_LOW), at(3, arms=OUT),
             at(4, arms=CLAP), at(5, arms=LOW_OUT), at(6, arms=CROSS_LOW), at(7, arms=OUT)),
            (at(0, arms=CLAP_TOP), at(1, arms=OUT), at(2, arms=CHEST), at(3, arms=OUT),
             at(4, arms=CLAP_TOP), at(5, arms=OUT), at(6, arms=CHEST), at(7, arms=OUT)),
            ROOF,
        ),
    ),
    "disco_point": Move(
        "points up to one side and down across the hip, hips against the arm", 4,
        (
            at(0, feet=(H, 0), weight=0.0, drop=0.05, tilt=0, chest=0, head=0, nod=0, hip=0),
            at(1, foot_r=(-0.36, 0), weight=0.7, drop=0.06, tilt=-5, chest=-16, hip=8,
               hip_roll=6, head=-28, nod=-16),
            at(2, weight=-0.7, drop=0.14, tilt=9, chest=24, hip=-8, hip_roll=-6, head=20, nod=14),
            at(3, weight=0.7, drop=0.06, tilt=-5, chest=-16, hip=8, hip_roll=6, head=-28,
               nod=-16),
        ),
        (
            (at(0, arm_r=POINT_ACROSS, arm_l=HIP), at(1, arm_r=POINT_UP, arm_l=HIP),
             at(2, arm_r=POINT_ACROSS), at(3, arm_r=POINT_UP)),
            (at(0, arm_r=POINT_ACROSS, arm_l=BENT), at(1, arm_r=POINT_UP, arm_l=LOW_OUT),
             at(2, arm_r=POINT_ACROSS, arm_l=BACK), at(3, arm_r=POINT_UP, arm_l=LOW_OUT)),
        ),
        mirror=True, snap=1.9, bounce=0.02,
    ),
    "running_man": Move(
        "runs on the spot, knees up, fists pumping", 2,
        (
            at(0, foot_l=(H, -0.26), foot_r=(-H, 0.16), weight=0, drop=0.15, lean=13, tilt=-6,
               chest=14, hip=-8, nod=8),
            at(0.5, foot_l=(H + 0.03, 0.2, 0.34), weight=-0.75, drop=0.02,
               lean=4, tilt=2, nod=0),
            at(1, foot_l=(H, 0.16), foot_r=(-H, -0.26), weight=0, drop=0.15, lean=13, tilt=6,
               chest=-14, hip=8, nod=8),
            at(1.5, foot_r=(-H - 0.03, 0.2, 0.34), weight=0.75, drop=0.02,
               lean=4, tilt=-2, nod=0),
        ),
        (
            (at(0, arm_l=GUARD, arm_r=LOW_OUT), at(0.5, arms=HIGH),
             at(1, arm_l=LOW_OUT, arm_r=GUARD), at(1.5, arms=HIGH)),
            (at(0, arms=GUARD), at(0.5, arms=TOP), at(1, arms=GUARD), at(1.5, arms=TOP)),
            (at(0, arms=CROSS), at(0.5, arms=GOAL), at(1, arms=LOW_OUT), at(1.5, arms=GOAL)),
        ),
        snap=2.0, bounce=0.0,
    ),
    "cabbage_patch": Move(
        "both fists stir a big circle before the chest, hips answering", 8,
        (
            at(0, feet=(H, 0), weight=0.0, drop=0.08, tilt=0, lean=6, chest=0, hip=0),
            at(1, foot_l=(0.36, 0), weight=0.7, drop=0.16, tilt=-6, chest=26, hip=-8, head=16,
               x=0.02),
            at(1.5, lean=14, z=-0.05), at(2, weight=-0.7, drop=0.1, tilt=6, chest=-26, hip=8,
               head=-16, lean=2),
            at(2.5, lean=-5, z=0.03), at(3, foot_r=(-0.36, 0), weight=0.7, drop=0.18, tilt=-6,
               chest=26, hip=-8, head=16, lean=6),
            at(3.5, lean=14, z=-0.05), at(4, weight=-0.7, drop=0.1, tilt=6, chest=-26, hip=8,
               head=-16, lean=2),
            at(4.5, lean=-5, z=0.03), at(5, weight=0.7, drop=0.2, tilt=-6, chest=26, hip=-8,
               head=16, lean=6),
            at(6, weight=-0.7, drop=0.12, tilt=6, chest=-26, hip=8, head=-16, lean=2),
            at(7, foot_l=(H, 0), weight=-0.6, drop=0.1, tilt=-4, chest=20, head=10, lean=6),
        ),
        (
            tuple(
                key
                for beat in range(0, 8, 2)
                for key in (
                    at(beat, arm_r=AWAY, arm_l=ACROSS),
                    at(beat + 0.5, arms=GUARD),
                    at(beat + 1, arm_l=AWAY, arm_r=ACROSS),
                    at(beat + 1.5, arms=FRONT),
                )
            ),
        ),
        snap=1.4, bounce=0.03,
    ),
    "arm_wave": Move(
        "a wave runs from one hand through the shoulders to the other", 4,
        (
            at(0, feet=(H, 0), weight=-0.5, drop=0.05, tilt=6, chest=-6, head=-22, shrug=0,
               hip_roll=0),
            at(1, foot_l=(0.34, 0), weight=0.8, drop=0.1, tilt=-7, chest=8, head=28, shrug_l=0,
               shrug_r=0, hip_roll=5),
            at(2, weight=0.3, drop=0.16, tilt=10, chest=0, head=5, shrug_l=26, shrug_r=-8),
            at(3, weight=-0.4, drop=0.08, tilt=-10, chest=-8, head=-18, shrug_l=-8, shrug_r=26,
               hip_roll=-5),
        ),
        (
            (at(0, arm_l=((1, 0.0, 0.1), (1, 0.1, 0.1)), arm_r=WAVE_HAND),
             at(1, arm_l=WAVE_HAND, arm_r=((1, -0.2, 0.1), (1, -0.3, 0.1))),
             at(1.5, arm_l=((1, 0.35, 0.1), (0.9, -0.2, 0.1))),
             at(2, arm_l=WAVE_ELBOW, arm_r=((1, -0.4, 0.1), (1, -0.1, 0.1))),
             at(3, arm_l=((1, -0.45, 0.1), (1, -0.3, 0.1)), arm_r=WAVE_ELBOW),
             at(3.5, arm_r=((1, 0.1, 0.1), (0.95, -0.3, 0.1)))),
        ),
        mirror=True, snap=1.7, bounce=0.02,
    ),
    "body_roll": Move(
        "reaches up, rolls down through chest and hips into the knees, and rises", 4,
        (
            at(0, feet=(H, 0), weight=-0.4, drop=0.03, lean=0, z=0, tilt=-4, chest=0, nod=0, x=0),
            at(1, foot_l=(0.34, 0), weight=0.5, drop=0.02, lean=-9, z=0.03, tilt=-8, nod=-18,
               chest=10, x=0.03),
            at(2, weight=0.1, drop=0.14, lean=26, z=-0.14, tilt=0, nod=16, chest=0, x=0),
            at(3, weight=-0.5, drop=0.27, lean=-8, z=0.08, tilt=9, nod=-12, chest=-12, x=-0.03),
        ),
        (
            (at(0, arms=DOWN), at(1, arms=TOP), at(2, arms=CHEST), at(3, arms=HIP)),
            (at(0, arms=CROSS), at(1, arms=HIGH), at(2, arms=GUARD), at(3, arms=LOW_OUT)),
            (at(0, arms=BENT), at(1, arm_l=TOP, arm_r=HIP), at(2, arm_l=CHEST, arm_r=HIP),
             at(3, arm_l=LOW_OUT, arm_r=LOW_OUT)),
        ),
        mirror=True, snap=1.8, bounce=0.0,
    ),
    "shimmy": Move(
        "shakes the shoulders while sinking low and rising again, arms wide", 8,
        (
            at(0, feet=(H, 0), weight=0.0, drop=0.04, lean=0, chest=-20, tilt=-5, shrug_l=10,
               shrug_r=-10, hip=8),
            at(1, foot_l=(0.36, 0), weight=0.5, drop=0.1, chest=22, tilt=7, shrug_l=-14,
               shrug_r=14, hip=-8, lean=4),
            at(2, weight=-0.3, drop=0.17, chest=-22, tilt=-7, shrug_l=14, shrug_r=-14, hip=8),
            at(3, weight=0.3, drop=0.24, chest=22, tilt=7, shrug_l=-14, shrug_r=14, hip=-8,
               lean=12),
            at(4, weight=-0.3, drop=0.3, chest=-22, tilt=-7, shrug_l=14, shrug_r=-14, hip=8,
               lean=16),
            at(5, weight=0.5, drop=0.22, chest=22, tilt=8, shrug_l=-14, shrug_r=14, hip=-8),
            at(6, weight=-0.5, drop=0.14, chest=-22, tilt=-8, shrug_l=14, shrug_r=-14, hip=8,
               lean=0),
            at(7, foot_l=(H, 0), weight=-0.5, drop=0.06, chest=18, tilt=6, shrug_l=-12,
               shrug_r=12, hip=-6),
        ),
        (
            (at(0, arms=BENT), at(1, arms=OUT), at(2, arms=LOW_OUT), at(3, arms=OUT),
             at(4, arms=LOW_OUT), at(5, arms=OUT), at(6, arms=HIGH), at(7, arms=OUT)),
            (at(0, arms=CHEST), at(1, arms=GOAL), at(2, arms=CHEST), at(3, arms=GOAL),
             at(4, arms=CHEST), at(5, arms=GOAL), at(6, arms=CHEST), at(7, arms=GOAL)),
        ),
        snap=1.6, bounce=0.0,
    ),
    "twist": Move(
        "knees one way, chest the other, sinking and rising", 8,
        tuple(
            at(beat, **({"feet": (0.15 if beat % 8 else H, 0.0)} if beat in (0, 1, 7) else {}),
               drop=(0.05, 0.11, 0.17, 0.23, 0.28, 0.22, 0.15, 0.09)[beat],
               hip=26 * side, chest=-22 * side, knee_l=14 + 32 * side, knee_r=-14 + 32 * side,
               weight=0.55 * side, tilt=-7 * side, head=-8 * side, x=0.03 * side, lean=6)
            for beat, side in enumerate((-1, 1) * 4)
        ),
        (
            tuple(at(b, arm_l=(SWING, OUT)[b % 2], arm_r=(OUT, SWING)[b % 2]) for b in range(4)),
            tuple(at(b, arm_l=(BENT, GUARD)[b % 2], arm_r=(GUARD, BENT)[b % 2]) for b in range(4)),
            SIDEWAYS,
        ),
        snap=1.6, bounce=0.0,
    ),
    "kick_ball_change": Move(
        "a kick, two quick steps, and out to the side with open arms", 4,
        (
            at(0, feet=(H, 0), weight=-0.7, drop=0.06, tilt=-4, chest=0, lean=0, hip=0, head=0),
            at(1, foot_l=(0.42, 0.42, 0.42), weight=-0.92, drop=0.04, tilt=-12, chest=-16,
               lean=-6, head=10),
            at(1.5, foot_l=(0.1, -0.16), weight=0.6, drop=0.08, tilt=3, lean=6),
            at(2, foot_l=(0.1, -0.16), foot_r=(-0.18, 0.02), weight=-0.7, drop=0.11, tilt=5,
               chest=10, lean=8, head=0),
            at(3, foot_l=(0.48, 0), weight=0.5, drop=0.2, tilt=-7, chest=-12, lean=4, head=18),
        ),
        (
            (at(0, arms=CLAP), at(1, arm_l=BACK, arm_r=POINT_UP), at(2, arms=CROSS),
             at(3, arms=OUT)),
            (at(0, arms=BENT), at(1, arm_l=SWING, arm_r=OUT), at(2, arms=GUARD),
             at(3, arm_l=POINT_UP, arm_r=LOW_OUT)),
            (at(0, arms=CLAP_TOP), at(1, arms=LOW_OUT), at(2, arms=CROSS_LOW), at(3, arms=HIGH)),
        ),
        mirror=True, snap=2.2,
    ),
    "charleston": Move(
        "kicks forward and back with the arms swinging against the legs", 4,
        (
            at(0, feet=(H, 0), weight=-0.4, drop=0.08, lean=4, tilt=0, chest=0, head=0,
               knee_l=-8, knee_r=8),
            at(1, foot_l=(0.3, 0.5, 0.38), weight=-0.92, drop=0.05, lean=-6, tilt=-9, chest=-20,
               knee_l=24, knee_r=-24, head=8),
            at(2, foot_l=(0.16, -0.12), weight=0.8, drop=0.13, lean=8, tilt=4, chest=6,
               knee_l=-10, knee_r=10, head=0),
            at(3, foot_r=(-0.3, -0.42, 0.36), weight=0.92, drop=0.1, lean=22, tilt=8, chest=22,
               knee_l=24, knee_r=-24, head=-10, nod=-14),
            at(3.9, foot_r=(-H, 0)),
        ),
        (
            (at(0, arms=BENT), at(1, arm_l=BACK, arm_r=AWAY), at(2, arms=LOW_OUT),
             at(3, arm_l=AWAY, arm_r=BACK)),
            (at(0, arms=GOAL), at(1, arm_l=HANG, arm_r=GOAL), at(2, arms=GOAL),
             at(3, arm_l=GOAL, arm_r=HANG)),
        ),
        mirror=True, snap=1.6, bounce=0.02,
    ),
    "bounce_cross": Move(
        "a heavy hip-hop bounce: arms thrown open, then crossed", 8,
        (
            at(0, feet=(H, 0), weight=0, drop=0.08, tilt=0, chest=0, lean=6, head=0, nod=6),
            at(1, foot_l=(0.3, 0), weight=0.5, drop=0.18, tilt=8, chest=-14, lean=4, nod=-6),
            at(2, weight=-0.5, drop=0.08, tilt=-8, chest=14, lean=14, nod=12),
            at(3, foot_r=(-0.3, 0), weight=-0.5, drop=0.2, tilt=-8, chest=14, lean=4, nod=-6),
            at(4, weight=0.5, drop=0.08, tilt=8, chest=-14, lean=14, nod=12),
            at(5, weight=0.6, drop=0.24, tilt=12, chest=10, lean=6, head=16, nod=0),
            at(6, weight=-0.6, drop=0.1, tilt=-12, chest=-10, lean=10, head=-16),
            at(7, foot_l=(H, 0), weight=-0.3, drop=0.18, tilt=4, chest=0, lean=4, head=0),
        ),
        (
            (at(0, arms=CROSS), at(1, arms=LOW_OUT), at(2, arms=CROSS), at(3, arms=OUT),
             at(4, arms=CROSS), at(5, arm_l=POINT_UP, arm_r=LOW_OUT), at(6, arm_l=LOW_OUT,
             arm_r=POINT_UP), at(7, arms=HIGH)),
            (at(0, arms=CROSS_LOW), at(1, arms=GOAL), at(2, arms=CROSS_LOW), at(3, arms=GOAL),
             at(4, arms=CROSS), at(5, arms=HANG), at(6, arms=GOAL), at(7, arms=LOW_OUT)),
        ),
        snap=1.9, bounce=0.03,
    ),
    "lunge_clap": Move(
        "lunges to the side and comes up into a clap overhead", 2,
        (
            at(0, feet=(H, 0), weight=0, drop=0.02, tilt=0, chest=0, head=0, nod=-10, lean=-3),
            at(1, foot_l=(0.7, 0), weight=0.55, drop=0.24, tilt=-9, chest=14, head=18, nod=8,
               lean=8, knee_l=30),
        ),
        (
            (at(0, arms=CLAP_TOP), at(1, arms=LOW_OUT)),
            (at(0, arms=CLAP_TOP), at(1, arm_l=OUT, arm_r=CHEST)),
            (at(0, arms=CLAP), at(1, arms=HIGH)),
        ),
        mirror=True, snap=1.6, bounce=0.0,
    ),
    "robot": Move(
        "stiff hits: forearms swing from the elbows, body turns in steps", 4,
        (
            at(0, feet=(H, 0), weight=0, drop=0.04, tilt=0, chest=0, hip=0, head=0, lean=0),
            at(1, foot_l=(0.3, 0), weight=0.7, drop=0.08, tilt=9, chest=18, hip=6, head=34),
            at(2, weight=-0.4, drop=0.08, tilt=-9, chest=-18, hip=-6, head=-34),
            at(3, weight=0.4, drop=0.16, tilt=0, chest=0, hip=0, head=0, lean=16),
        ),
        (
            (at(0, arms=ROBOT), at(1, arm_l=GOAL, arm_r=HANG), at(2, arm_l=HANG, arm_r=GOAL),
             at(3, arms=HANG)),
            (at(0, arms=HANG), at(1, arm_l=GOAL, arm_r=ROBOT), at(2, arm_l=GOAL, arm_r=GOAL),
             at(3, arm_l=ROBOT, arm_r=HANG)),
        ),
        mirror=True, snap=2.4, bounce=0.0,
    ),
    "egyptian": Move(
        "arms in angles, one up and one down, stepping from side to side", 4,
        (
            at(0, feet=(H, 0), weight=-0.6, drop=0.06, chest=12, hip=-10, head=-30, tilt=4),
            at(1, foot_l=(0.45, 0), weight=0.8, drop=0.13, chest=-16, hip=14, head=34, tilt=-6),
            at(2, foot_r=(0.2, 0), weight=0.8, drop=0.05, chest=14, hip=-10, head=34, tilt=6),
            at(3, foot_r=(-H, 0), weight=-0.8, drop=0.13, chest=16, hip=-14, head=-34, tilt=6),
        ),
        (
            (at(0, arm_l=HANG, arm_r=GOAL), at(1, arm_l=GOAL, arm_r=HANG),
             at(2, arm_l=OUT, arm_r=GOAL), at(3, arm_l=HANG, arm_r=OUT)),
            (at(0, arms=FLAT), at(1, arm_l=GOAL, arm_r=HANG), at(2, arms=FLAT),
             at(3, arm_l=HANG, arm_r=GOAL)),
        ),
        snap=1.8, bounce=0.02,
    ),
    "star_jump": Move(
        "crouches, jumps into a star, lands wide and jumps back", 4,
        (
            at(0, feet=(H, 0), weight=0, drop=0.06, lean=4, nod=0, hop=0, tilt=0, chest=0),
            at(1, drop=0.26, lean=20, nod=8, hop=0, tilt=0, feet=(H, 0), chest=8),
            at(1.5, drop=0.0, lean=-4, nod=-12, hop=0.2, feet=(0.4, 0)),
            at(2, drop=0.2, lean=6, nod=-6, hop=0, feet=(0.36, 0), tilt=6, chest=-6),
            at(3, drop=0.28, lean=16, nod=6, hop=0, tilt=-6, weight=0, feet=(0.36, 0)),
            at(3.5, drop=0.02, lean=0, nod=-8, hop=0.16, feet=(H, 0)),
        ),
        (
            (at(0, arms=GUARD), at(1, arms=BENT), at(2, arms=HIGH), at(3, arms=BENT)),
            (at(0, arms=CLAP_TOP), at(1, arms=LOW_OUT), at(2, arms=HIGH), at(3, arms=LOW_OUT)),
            (at(0, arms=CLAP), at(1, arms=CROSS), at(2, arms=STAR), at(3, arms=CROSS)),
        ),
        snap=2.4, bounce=0.0,
    ),
    "lasso": Move(
        "swings a lasso overhead, hips rocking", 4,
        (
            at(0, feet=(H, 0), weight=0.4, drop=0.06, tilt=6, chest=6, hip_roll=-5, head=8),
            at(1, foot_r=(-0.34, 0), weight=-0.7, drop=0.14, tilt=-8, chest=-8, hip_roll=6,
               head=-8, lean=4),
            at(2, weight=0.7, drop=0.08, tilt=8, chest=8, hip_roll=-6, head=8),
            at(3, weight=-0.7, drop=0.14, tilt=-8, chest=-8, hip_roll=6, head=-8),
        ),
        (
            tuple(
                key
                for beat in (0, 2)
                for key in (
                    at(beat, arm_r=((0.3, 0.95, 0.2), (-0.85, 0.55, 0.2)), arm_l=HIP),
                    at(beat + 0.5, arm_r=((0.45, 0.8, 0.4), (0.0, 0.6, 0.8))),
                    at(beat + 1, arm_r=((0.75, 0.65, 0.2), (0.9, 0.45, 0.2)), arm_l=HIP),
                    at(beat + 1.5, arm_r=((0.6, 0.8, 0.0), (0.1, 0.85, -0.4))),
                )
            ),
        ),
        mirror=True, snap=1.3, bounce=0.03,
    ),
    "sprinkler": Move(
        "hand behind the head, the other arm ticks round like a sprinkler", 4,
        (
            at(0, feet=(H, 0), weight=0.6, drop=0.1, chest=34, tilt=6, head=30, hip=8),
            at(1, foot_r=(-0.3, 0), weight=0.2, drop=0.16, chest=10, tilt=-2, head=8),
            at(2, weight=-0.3, drop=0.1, chest=-14, tilt=4, head=-16, hip=0),
            at(3, weight=-0.8, drop=0.18, chest=-38, tilt=-8, head=-40, hip=-8),
        ),
        (
            (at(0, arm_r=((-0.3, -0.05, 1), (-0.3, 0, 1)), arm_l=BEHIND_HEAD),
             at(1, arm_r=((0.3, 0.0, 1), (0.3, 0.05, 1)), arm_l=BEHIND_HEAD),
             at(2, arm_r=((0.75, 0.05, 0.6), (0.75, 0.1, 0.6))),
             at(3, arm_r=((1, 0.12, 0.15), (1, 0.16, 0.2)))),
        ),
        mirror=True, snap=2, bounce=0.02,
    ),
    "squat_pulse": Move(
        "wide squats with pulsing knees, arms driving up and down", 8,
        (
            at(0, feet=(H, 0), weight=0, drop=0.04, lean=0, tilt=0, chest=0, nod=0),
            at(1, foot_l=(0.42, 0), weight=0.3, drop=0.2, lean=8, tilt=-6, knee_l=34,
               knee_r=-20),
            at(2, foot_r=(-0.42, 0), weight=0, drop=0.34, lean=14, tilt=0, knee_l=38, knee_r=-38),
            at(3, drop=0.16, lean=2, tilt=8, weight=0.35, chest=10, nod=-8),
            at(4, drop=0.36, lean=14, tilt=0, weight=0, chest=0, nod=4),
            at(5, drop=0.16, lean=2, tilt=-8, weight=-0.35, chest=-10, nod=-8),
            at(6, drop=0.36, lean=12, tilt=0, weight=0, chest=0, nod=4, knee_l=38, knee_r=-38),
            at(7, foot_l=(0.14, 0), drop=0.14, lean=4, tilt=6, weight=-0.3, knee_l=14,
               knee_r=-24),
        ),
        (
            (at(0, arms=BENT), at(1, arms=OUT), at(2, arms=CROSS), at(3, arm_l=TOP, arm_r=HIP),
             at(4, arms=CROSS), at(5, arm_r=TOP, arm_l=HIP), at(6, arms=CROSS), at(7, arms=HIGH)),
            (at(0, arms=GUARD), at(1, arms=FLAT), at(2, arms=GUARD), at(3, arms=FLAT)),
        ),
        snap=1.6, bounce=0.0,
    ),
    "turning_step": Move(
        "winds up, spins once round with the arms drawn in, and opens up out of it", 4,
        (
            at(0, feet=(H, 0), weight=-0.2, drop=0.05, turn=0, chest=0, tilt=-3, head=0, hip=0,
               lean=0),
            at(1, foot_r=(-0.3, 0), weight=-0.7, drop=0.17, turn=-10, chest=-24, tilt=-8, head=14,
               hip=-8, lean=6),
            at(1.5, foot_r=(-0.07, 0.11)),
            at(2, foot_l=(-0.08, -0.1), weight=0.3, drop=0.03, turn=130, chest=14, tilt=0,
               head=26, hip=0, lean=0),
            at(2.5, foot_r=(0.11, -0.08)),
            at(3, foot_l=(0.05, 0.12), weight=-0.3, drop=0.15, turn=290, chest=8, head=20,
               tilt=3),
            at(3.5, foot_r=(-0.11, -0.06)),
        ),
        (
            (at(0, arms=HIGH), at(1, arm_l=ACROSS, arm_r=LOW_OUT), at(2, arms=CROSS),
             at(3, arms=CHEST)),
            (at(0, arms=OUT), at(1, arm_l=SWING, arm_r=LOW_OUT), at(2, arms=TOP),
             at(3, arms=CLAP_TOP)),
            (at(0, arms=LOW_OUT), at(1, arm_l=ACROSS, arm_r=LOW_OUT), at(2, arms=CHEST),
             at(3, arm_l=TOP, arm_r=HIP)),
        ),
        mirror=True, snap=1.35, bounce=0.0, turn=360.0,
    ),
    "floss": Move(
        "straight arms swing to one side, hips to the other", 4,
        (
            at(0, feet=(H, 0), weight=0.6, x=0.05, drop=0.1, chest=-6, tilt=-6, hip_roll=6),
            at(1, weight=-0.7, x=-0.05, drop=0.1, chest=6, tilt=6, hip_roll=-6, head=6),
            at(2, weight=0.6, x=0.05, drop=0.14, chest=-6, tilt=-6, hip_roll=6, head=-6),
            at(3, weight=-0.7, x=-0.05, drop=0.1, chest=6, tilt=6, hip_roll=-6, head=6),
        ),
        (
            (at(0, arm_r=((0.75, -0.65, 0.3), (0.75, -0.6, 0.3)),
                arm_l=((-0.45, -0.75, 0.55), (-0.75, -0.6, 0.3))),
             at(1, arm_l=((0.75, -0.65, 0.3), (0.75, -0.6, 0.3)),
                arm_r=((0.1, -0.85, -0.5), (-0.5, -0.8, -0.1))),
             at(2, arm_r=((0.75, -0.65, 0.1), (0.75, -0.6, 0.2)),
                arm_l=((-0.45, -0.75, 0.55), (-0.75, -0.6, 0.3))),
             at(3, arm_l=((0.75, -0.65, 0.3), (0.75, -0.6, 0.3)),
                arm_r=((-0.45, -0.75, 0.55), (-0.75, -0.6, 0.3)))),
        ),
        snap=1.6, bounce=0.0,
    ),
    "raise_the_roof": Move(
        "palms push the roof up, stepping wide with a rolling chest", 4,
        (
            at(0, feet=(H, 0), weight=-0.3, drop=0.1, tilt=-3, lean=8, nod=8, chest=6),
            at(1, foot_l=(0.42, 0), weight=0.7, drop=0.06, tilt=8, lean=-3, nod=-12, chest=-8),
            at(2, weight=0.1, drop=0.18, tilt=0, lean=10, nod=8, chest=0),
            at(3, weight=-0.7, drop=0.06, tilt=-8, lean=-3, nod=-12, chest=8),
        ),
        (ROOF, PUNCHING, (at(0, arms=CHEST), at(1, arms=TOP), at(2, arms=CHEST), at(3, arms=TOP))),
        mirror=True, snap=1.6, bounce=0.0,
    ),
    "sway_high": Move(
        "arms wave high overhead from side to side, hips the other way", 4,
        (
            at(0, feet=(H, 0), weight=-0.7, drop=0.06, tilt=11, hip_roll=-8, head_tilt=10, x=-0.03,
               head=8),
            at(1, foot_l=(0.3, 0), weight=0.8, drop=0.12, tilt=-13, hip_roll=8, head_tilt=-10,
               x=0.04, head=-8),
            at(2, weight=-0.7, drop=0.06, tilt=13, hip_roll=-8, head_tilt=10, x=-0.04, head=8),
            at(3, weight=0.7, drop=0.16, tilt=-13, hip_roll=8, head_tilt=-10, x=0.04, head=-8),
        ),
        (
            tuple(
                at(b, arm_l=((0.75, 0.75, 0.1), (0.8, 0.65, 0.1)),
                   arm_r=((-0.15, 1, 0.25), (-0.75, 0.65, 0.2))) if b % 2 == 0 else
                at(b, arm_r=((0.75, 0.75, 0.1), (0.8, 0.65, 0.1)),
                   arm_l=((-0.15, 1, 0.25), (-0.75, 0.65, 0.2)))
                for b in range(4)
            ),
            (at(0, arms=HIGH), at(1, arm_l=CLAP_TOP, arm_r=CLAP_TOP), at(2, arms=HIGH),
             at(3, arms=CLAP_TOP)),
            tuple(at(b, arm_l=(POINT_UP, HIP)[b % 2], arm_r=(HIP, POINT_UP)[b % 2])
                  for b in range(4)),
        ),
        snap=1.4, bounce=0.02,
    ),
    "elbow_to_knee": Move(
        "lifts a knee to the opposite elbow, and opens wide", 2,
        (
            at(0, feet=(H, 0), weight=-0.2, drop=0.1, tilt=0, chest=0, lean=0, hip=0, nod=-6),
            at(1, foot_l=(0.2, 0.16, 0.5), weight=-0.95, drop=0.03, tilt=9, chest=28, lean=14,
               hip=-10, nod=8, knee_l=-6),
        ),
        (
            (at(0, arms=HIGH), at(1, arm_r=((0.1, -0.6, 0.75), (-0.5, 0.6, 0.6)), arm_l=BACK)),
            (at(0, arms=GOAL), at(1, arms=CLAP)),
            (at(0, arms=LOW_OUT), at(1, arm_l=HANG, arm_r=POINT_UP)),
        ),
        mirror=True, snap=1.6, bounce=0.0,
    ),
    "windmill": Move(
        "both arms circle wide, out and up and down through the middle, over deep knees", 4,
        (
            at(0, feet=(H, 0), weight=0, drop=0.2, lean=16, tilt=0, nod=10, chest=0),
            at(1, foot_l=(0.42, 0), weight=0.7, drop=0.04, lean=-5, tilt=9, nod=-14, chest=-8),
            at(2, weight=0.0, drop=0.26, lean=16, tilt=0, nod=10, chest=0),
            at(3, weight=-0.6, drop=0.06, lean=-5, tilt=-9, nod=-14, chest=8),
        ),
        (
            tuple(
                key
                for beat in (0, 2)
                for key in (
                    at(beat, arms=CROSS_LOW), at(beat + 0.5, arms=OUT), at(beat + 1, arms=HIGH),
                    at(beat + 1.5, arms=UP_ACROSS),
                )
            ),
            tuple(
                key
                for beat in (0, 2)
                for key in (
                    at(beat, arms=CROSS_LOW), at(beat + 0.5, arms=UP_ACROSS),
                    at(beat + 1, arms=HIGH), at(beat + 1.5, arms=OUT),
                )
            ),
        ),
        mirror=True, snap=1.4, bounce=0.0,
    ),
    "side_push": Move(
        "slides to one side, pushing both palms the other way", 4,
        (
            at(0, feet=(H, 0), weight=-0.5, drop=0.08, tilt=0, chest=0, lean=2, head=0, hip=0),
            at(1, foot_l=(0.62, 0), weight=0.6, drop=0.22, tilt=10, chest=-22, lean=4, head=-30,
               hip=8),
            at(2, foot_r=(0.38, 0), weight=0.4, drop=0.05, tilt=-4, chest=0, head=0, hip=0),
            at(3, foot_r=(-H, 0), weight=-0.6, drop=0.22, tilt=-10, chest=22, head=30, hip=-8),
        ),
        (
            (at(0, arms=GUARD), at(1, arm_r=OUT, arm_l=ACROSS), at(2, arms=GUARD),
             at(3, arm_l=OUT, arm_r=ACROSS)),
            (at(0, arms=CROSS), at(1, arm_r=POINT_UP, arm_l=LOW_OUT), at(2, arms=CROSS),
             at(3, arm_l=POINT_UP, arm_r=LOW_OUT)),
        ),
        snap=1.7, bounce=0.0,
    ),
}  # fmt: skip
