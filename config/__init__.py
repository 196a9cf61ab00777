"""What an operator sets: settings, and files of rules, replies and phrases.

``settings`` reads one TOML file and the environment; ``files`` reads the files
shipped here with the operator's own over them. Neither knows what the entries
of the files mean: those who use them check them.
"""
