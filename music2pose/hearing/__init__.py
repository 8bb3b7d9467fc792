"""A sound file becomes what can be heard in it: spectrogram, onsets, beats, sections."""
