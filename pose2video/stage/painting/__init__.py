"""Ways of painting what the stage shows."""

from pose2video.stage.developing import bloomed, displayed, eight_bits


def painted_frame(layers, staged, scene, time):
    place = staged.place
    return eight_bits(displayed(bloomed(layers.light, place.bloom), place.exposure))
