"""
What users test with: `open_market("memory://")` is the harness; here are contract suites, builders and strategies.
"""
