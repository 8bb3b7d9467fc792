"""Poses as files hold them: joint orders, units, canvases and people of many programs."""
