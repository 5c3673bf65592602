"""
A suite for each port: subclass it, say by a fixture how your adapter is opened, and run it with pytest and anyio.
"""
