"""What households say of themselves: strengths and good days, in their own sort of words."""

from __future__ import annotations

STRENGTHS = (
    "Nan lives round the corner and has the children on Saturdays",
    "Dad cooks from scratch most nights",
    "The girls look out for each other at school",
    "Keeps every appointment once it is in the diary",
    "Knows everyone on the street and they know her",
    "Goes to the allotment and brings veg back for the neighbours",
    "Never misses a parents' evening",
    "Good with money when there is some",
    "Sings in the church choir",
    "Has kept the same job for six years",
    "Mends bikes for the lads on the estate",
    "Brothers are close and talk things through",
    "Walks the dog every morning, whatever the weather",
    "Plays five-a-side on Tuesdays with friends from work",
    "Asks for help early now",
    "Speaks three languages and helps others fill in forms",
    "Volunteers at the food pantry",
    "The mosque has been a great support",
    "Keeps a tidy home and is proud of it",
    "Funny; can make the whole room laugh",
    "Has stopped drinking since the spring",
    "Reads to the little ones every night",
    "Good friends from the mother and baby group",
    "Finished a joinery course last year",
)

GOOD_DAYS = (
    "Everybody up on time, school without shouting, tea together at the table.",
    "A walk round the park, a brew with my sister, and the kids asleep by eight.",
    "Getting through my shift and coming home to a warm house.",
    "No letters. The phone does not ring. We watch the match.",
    "When I have slept, and my daughter tells me about her day.",
    "Sunday dinner with all of us there.",
    "Going to the library and talking to somebody.",
    "Fishing on the canal with my lad.",
    "Getting out of the flat before noon and seeing people.",
    "Baking with my grandchildren.",
)
