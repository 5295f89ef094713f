"""How names are written wrong: fingers, ears, nicknames and more than one right spelling.

Each function takes a name and a ``random.Random`` and returns a name that is never empty.
"""

from __future__ import annotations

import random

_KEYS = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "kp", "m": "n", "n": "bm", "o": "ip", "p": "ol",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "xa",
}  # fmt: skip
"""Neighbours of each key on a British keyboard."""

_SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("c", "k"), ("k", "c"), ("y", "i"), ("ie", "y"), ("ey", "y"),
    ("s", "z"), ("z", "s"), ("ee", "ea"), ("ea", "ee"), ("ou", "ow"), ("ei", "ie"), ("ie", "ei"),
    ("ll", "l"), ("nn", "n"), ("tt", "t"), ("ss", "s"), ("son", "sen"), ("er", "ar"), ("ar", "er"),
    ("th", "t"), ("w", "v"), ("x", "ks"), ("mac", "mc"), ("mc", "mac"), ("wh", "w"), ("gh", "g"),
    ("l", "ll"), ("n", "nn"), ("t", "tt"), ("au", "or"), ("o", "oe"), ("ai", "ay"), ("ay", "ai"),
)  # fmt: skip
"""Spellings that sound alike in the North West."""

_SHORT_FORMS = {
    "william": "Will Bill Billy Liam", "robert": "Rob Bob Bobby", "richard": "Rich Rick Dick",
    "james": "Jim Jimmy Jamie", "john": "Jack Johnny Jonny", "thomas": "Tom Tommy",
    "michael": "Mike Mick Mickey", "christopher": "Chris Kit", "matthew": "Matt Matty",
    "andrew": "Andy Drew", "anthony": "Tony Ant", "stephen": "Steve Ste", "steven": "Steve Ste",
    "david": "Dave Davey", "daniel": "Dan Danny", "joseph": "Joe Joey", "samuel": "Sam Sammy",
    "benjamin": "Ben Benny", "alexander": "Alex Sandy Al", "nicholas": "Nick Nicky",
    "jonathan": "Jon Jonny", "kenneth": "Ken Kenny", "ronald": "Ron Ronnie", "peter": "Pete",
    "edward": "Ted Eddie", "charles": "Charlie Chas", "george": "Georgie", "joshua": "Josh",
    "nathan": "Nath", "philip": "Phil", "gregory": "Greg", "patrick": "Pat Paddy", "lee": "Leigh",
    "jacob": "Jake", "theodore": "Theo Teddy", "oliver": "Ollie", "harry": "Harold Harrison",
    "henry": "Harry", "zachary": "Zach", "timothy": "Tim", "martin": "Marty", "gary": "Gaz",
    "darren": "Daz", "barry": "Baz", "jeremy": "Jez", "kevin": "Kev", "simon": "Si",
    "elizabeth": "Liz Beth Lizzie Betty Eliza", "margaret": "Maggie Peggy Meg Madge",
    "catherine": "Cath Kate Cathy", "katherine": "Kath Kate Kathy", "kathleen": "Kath Kathy",
    "rebecca": "Becky Becca", "jennifer": "Jen Jenny", "victoria": "Vicky Tori",
    "susan": "Sue Susie", "patricia": "Pat Trish", "barbara": "Barb Babs", "deborah": "Debbie Deb",
    "christine": "Chris Chrissie", "jacqueline": "Jackie Jacqui", "samantha": "Sam Sammy",
    "amanda": "Mandy", "nicola": "Nicky Nic", "joanne": "Jo", "michelle": "Shell Chelle",
    "charlotte": "Lottie Charlie Char", "isabella": "Bella Izzy", "abigail": "Abby Abi",
    "bethany": "Beth", "natalie": "Nat", "natasha": "Tasha", "stephanie": "Steph",
    "danielle": "Dani", "eleanor": "Ellie Nell", "alexandra": "Alex Sandra", "olivia": "Liv Livvy",
    "amelia": "Millie Amy", "matilda": "Tilly", "florence": "Flo Florrie", "georgia": "Georgie",
    "katie": "Kate", "jessica": "Jess Jessie", "lauren": "Loz", "dorothy": "Dot Dolly",
    "sandra": "Sandy", "pamela": "Pam", "gillian": "Gill", "kimberley": "Kim", "angela": "Angie",
    "agnieszka": "Aga", "katarzyna": "Kasia Kate", "malgorzata": "Gosia", "magdalena": "Magda",
    "aleksandra": "Ola", "krzysztof": "Krzys Chris", "tomasz": "Tomek Tom", "piotr": "Piotrek",
    "bridget": "Bridie Biddy", "bernadette": "Bernie", "sean": "Shaun", "mohammed": "Mo",
    "muhammad": "Mo", "khadija": "Dija", "harpreet": "Harp", "emmanuel": "Manny",
}  # fmt: skip

_SPELLINGS = (
    "Mohammed Muhammad Mohammad Mohamed Muhammed", "Hussain Hussein Husain Hussian",
    "Ahmed Ahmad Achmed", "Fatima Fatimah Fathima", "Aisha Ayesha Aishah Aysha",
    "Maryam Mariam Marium", "Yusuf Yousuf Yousaf Yusef", "Chowdhury Chaudhry Choudhury Choudhry",
    "Zainab Zaynab Zeinab", "Usman Osman Uthman", "Bibi Beebee", "Siddiqui Siddique Sidiqi",
    "Iqbal Eqbal", "Malik Malick", "Shah Shaw", "Sheikh Shaikh Sheik", "Hassan Hasan",
    "Sean Shaun Shawn", "Stephen Steven Stefan", "Claire Clare Clair",
    "Catherine Katherine Kathryn",
    "Sarah Sara", "Ann Anne", "Nicola Nichola", "Philip Phillip", "Geoffrey Jeffrey",
    "Clark Clarke", "Thompson Thomson Tompson", "Davies Davis", "Stewart Stuart", "Reid Reed Read",
    "Smith Smyth Smythe", "Brown Browne", "Murphy Murphey", "Leigh Lee", "Johnson Johnston Jonson",
    "Barker Parker", "Greenhalgh Greenhough Greenall", "Haslam Haslem", "Kershaw Kirshaw",
    "Schofield Scholfield", "Heywood Haywood", "Howarth Haworth", "Whittaker Whitaker",
    "Wisniewski Wisniewska", "Kowalski Kowalska", "Lewandowski Lewandowska", "Nowak Novak",
    "Siobhan Shivaun Chevonne", "Niamh Neve", "Aoife Eefa", "Caoimhe Keeva", "Saoirse Sersha",
)  # fmt: skip

_ALTERNATIVES: dict[str, tuple[str, ...]] = {
    spelling.lower(): tuple(other for other in group.split() if other != spelling)
    for group in _SPELLINGS
    for spelling in group.split()
}


def mistype(rng: random.Random, name: str) -> str:
    """One slip of the finger: a neighbour key, two letters swapped, one doubled or one dropped."""
    at = rng.randrange(len(name))
    slip = rng.randrange(4)
    if slip == 0 and name[at].lower() in _KEYS:
        return name[:at] + _as(name[at], rng.choice(_KEYS[name[at].lower()])) + name[at + 1 :]
    if slip == 1 and at + 1 < len(name):
        first, second = name[at], name[at + 1]
        return name[:at] + _as(first, second) + _as(second, first) + name[at + 2 :]
    if slip == 2 and len(name) > 2 and at > 0:
        return name[:at] + name[at + 1 :]
    return name[: at + 1] + name[at].lower() + name[at + 1 :]


def mishear(rng: random.Random, name: str) -> str:
    """The name as it sounds: another usual spelling if there is one, or one sound written anew."""
    if others := _ALTERNATIVES.get(name.lower()):
        return rng.choice(others)
    lowered = name.lower()
    fits = [(old, new) for old, new in _SOUNDS if old in lowered]
    if not fits:
        return mistype(rng, name)
    old, new = rng.choice(fits)
    at = lowered.index(old)
    written = name[:at] + new + name[at + len(old) :]
    return written[:1].upper() + written[1:]


def misspell(rng: random.Random, name: str) -> str:
    """Heard or typed wrong, now and then both."""
    written = mishear(rng, name) if rng.random() < 0.5 else mistype(rng, name)
    return mistype(rng, written) if rng.random() < 0.06 else written


def nickname(rng: random.Random, given_name: str) -> str:
    """A short form that people use; the name itself where none is usual."""
    forms = _SHORT_FORMS.get(given_name.lower())
    return rng.choice(forms.split()) if forms else given_name


def _as(model: str, letter: str) -> str:
    return letter.upper() if model.isupper() else letter.lower()
