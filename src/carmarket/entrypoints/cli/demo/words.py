"""
What people of the demo say to and of each other. All of it is made up.
"""

from __future__ import annotations

from carmarket.core.search.saved import HowOften

OF_DEALERS = (
    (5, "Honest people. The car was just as it was described, and nobody pushed me to sign anything."),
    (5, "They had the car ready at the door, washed and warmed up. I took all the time I needed."),
    (4, "A good test drive and a fair price. The coffee could be better."),
    (5, "Answered every question about the history of the car, with the papers on the table."),
    (3, "The car was fine, but I had to wait for twenty minutes though I had booked a slot."),
    (4, "Friendly and quick. They let me take it on the highway, which not everybody does."),
    (2, "There was a scratch on the door that no picture showed. They did say sorry."),
    (5, "Second time here. They remembered me, and what I was looking for."),
    (4, "Easy to find, clean yard, clear prices. I would come again."),
    (1, "Nobody knew of my booking, and the car stood behind three others. I left."),
    (5, "My daughter wanted to see under the hood, and they explained all of it to her."),
    (3, "Neither good nor bad. The tyres were older than I had hoped."),
)
"""Stars and words."""
OF_CUSTOMERS = (
    (5, "On time, and the car came back as it left."),
    (5, "Knew what they wanted to know. A pleasure."),
    (4, "Came a little late, but called ahead."),
    (5, "Welcome back at any time."),
)
REPLIES = (
    "Thank you for coming by. We look forward to the next time.",
    "Thank you. We have passed this on to everybody in the yard.",
    "We are sorry about that, and have changed how we plan our slots since.",
)
REASONS_TO_CANCEL = (
    "I have found another car, sorry.",
    "I cannot get off work on that day.",
    "We have decided to keep the old one for another year.",
)
REASONS_TO_DECLINE = (
    "The car is in the workshop on that day. Please book another one.",
    "We are at an auction on that day and the yard is closed.",
)
REPORT = "This is about another dealer: we have never had a car behind three others."
QUESTIONS = (
    ("Is the price open to talk about?", "A little, if you come by with the papers for your own car."),
    ("Does it come with a second key?", "Yes, with two keys and the printed manual."),
    ("Was it ever in an accident?", "No. We have the report here and will gladly show it to you."),
    ("When were the brakes last done?", "In spring, front and rear. The invoice is in the glove box."),
    ("Would you take my hatchback in part exchange?", None),
    ("Can I see it on a Saturday?", None),
)
"""What is asked about a car, and what the dealer answers, if anything yet."""
THANKS = "Thank you, I will come by and have a look."
SEARCHES = (
    ("electric under 30k", HowOften.DAILY),
    ("red convertible", HowOften.AT_ONCE),
    ("honda civic under 15k", HowOften.WEEKLY),
    ("pickup 4wd under 40k miles", HowOften.DAILY),
    ("volvo wagon", HowOften.WEEKLY),
)
"""What the first customers go on looking for."""
