"""Stories with real parts: real libraries, real sockets, real databases."""
