"""
Genuine servers of the six stores, on this machine, for tests and for trying things out.

Each module starts one of them on free loopback ports, in a process group of its own and in a folder that it is given.
`make servers` starts all of them, the tests those that they need.
"""
