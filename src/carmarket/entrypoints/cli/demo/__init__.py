"""
The demo: a stock of made-up offers of real cars, and their pictures.
"""
