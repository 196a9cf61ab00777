"""Stand-ins of the platforms, so that everything runs with no account and no network.

Each behaves as the platform's documents and servers do, over real sockets, for
the real client libraries. They share no code with the desk: an oracle that
shares code shares its errors. Never import anything of ours from here.
"""
