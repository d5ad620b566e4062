"""Red Property (红色物业): estates rated by the stars, subsidised by them, and none left unmanaged."""
