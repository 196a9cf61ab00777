"""What goes wrong with configuration."""


class ConfigError(Exception):
    """One sentence that names the key or file and says what to do about it.

    It never holds the value of a setting, which may be a secret. The command
    line prints it and ends with status 2.
    """
