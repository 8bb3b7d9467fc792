"""A synthesiser of songs whose beats are known."""
