"""Names, streets and numbers of a whole region: as many as a million people have.

The lists of a borough are short on purpose, so that namesakes meet. A million people drawn from
them would all be namesakes: every key of a name past its bound, and no surname telling anything.
Here the commonest names keep their share and a long tail stands behind them, made of the elements
of northern English place-names, and of the surnames after them.
"""

from __future__ import annotations

import random

from contracts.vocabulary import Sex
from services.simulator import given_names
from services.simulator.communities import pick_family_name, pick_given_name

LONG_TAIL = {"british": 0.6, "irish": 0.4, "caribbean": 0.5, "polish": 0.3}
"""Share of family names that are none of a community's commonest: about as in the census."""
RARE_GIVEN = 0.25
"""Share of given names that are not among the commonest of their decade."""

_BEGINNINGS = (
    "Ald Alder Ap Ard Ark Ash Asp Ay Bad Bam Bar Bark Barn Beck Bent Ber Bil Birch Birk"
    " Black Blun Bol Bos Brad Bram Brans Brath Breck Brid Brin Brock Brom Brough Buck Bur"
    " Burn Cald Cam Can Carl Cat Chad Charl Chat Chor Clap Clay Clif Clou Cock Col Cop"
    " Cot Cow Cran Cray Cros Crow Cul Dal Dar Den Dew Dil Din Dob Dray Drink Dun Dut East"
    " Eck Edg Eger El Els Ent Fal Far Farn Fen Fern Fir Flet Ford Fos Ful Gar Gil Gold"
    " Gor Gos Gran Green Grim Had Hain Hal Ham Han Hard Har Hart Has Hat Haw Hay Heb Hen"
    " Hep Hes Hey Hin Hock Hol Hop Hor Hors Hud Hun Hur Ingle Ire Kel Ken Ker Kil Kirk"
    " Knap Lam Lang Lath Lay Led Lin Lit Long Lud Lund Lyn Mal Mar Mas Mel Mer Mid Mil"
    " Mor Mos Mot Nan New Nor Nut Oak Ol Or Os Ot Over Pad Par Pem Pen Pick Pil Pol Pres"
    " Quar Rad Rain Rams Rat Rave Red Rib Rich Rim Ring Riv Rod Roe Ros Row Rud Run Rush"
    " Sal San Sax Scar Sed Sef Shar Shel Sher Shir Sim Skel Slai Som South Sow Stain Stan"
    " Stap Stav Stir Stock Stret Sut Swain Swin Tar Tat Thack Thirl Thorn Thur Tock Tot"
    " Trough Tun Tur Twis Ul Up Wad Wake Wal Walm War Wat Wed Wel Wen Wes Whal Wheel Whit"
    " Wick Wil Win With Wol Wood Wors Wray Wyn Yar Yel"
)
_ENDINGS = (
    "worth ton ley field ham ford shaw bottom croft den dale by thwaite well burn bury"
    " cliffe cote gate head hill holme house hurst land more ridge rick side stead stock"
    " stone thorpe tree wall ward water way wick wood worthy bank beck brook combe fold"
    " garth law low man mere royd scough sett son ster tall wright ingham ington"
)
_RARE = {
    Sex.FEMALE: (
        "Adele Agnes Aileen Alma Althea Annabel Antonia Astrid Averil Beatrice Belinda"
        " Bernice Beryl Bianca Blanche Briony Camilla Candice Carys Cecily Celia Cheryl"
        " Christabel Clarissa Colette Constance Cora Cordelia Crystal Cynthia Daphne Davina"
        " Delia Delphine Denise Dinah Dulcie Edith Effie Elinor Elspeth Enid Erica Esme"
        " Estelle Esther Ethel Eunice Fay Felicity Fenella Fiona Flora Frances Francesca"
        " Freda Gaynor Gertrude Gillian Gloria Greta Gwen Hazel Heather Heidi Henrietta"
        " Hester Honor Ida Ingrid Iona Iris Isobel Jacinta Jemima Jessamy Jocelyn Judith"
        " Juliet June Kirsty Lavinia Leonora Leticia Lilian Lorraine Lucinda Lynette Mabel"
        " Madeleine Marcella Marianne Marina Martha Maud Mavis Melanie Mildred Minnie Miriam"
        " Moira Mona Muriel Myra Nadine Nancy Nerys Nina Norma Octavia Odette Olive Ottilie"
        " Pansy Pearl Petra Philippa Phyllis Polly Primrose Queenie Ramona Rhiannon Rhoda"
        " Rita Roberta Rosalind Rosamund Rowena Roxanne Ruth Sabrina Sally Selina Serena"
        " Sybil Sylvia Tabitha Tamsin Teresa Thea Theresa Tilly Ursula Vanessa Velma Verity"
        " Veronica Viola Vivien Winona Yolanda Zara Zelda"
    ),
    Sex.MALE: (
        "Abel Abraham Adrian Alastair Alban Aldous Alec Alistair Ambrose Angus Anton"
        " Archibald Arnold Aubrey Augustus Austin Barnaby Basil Bernard Bertram Boris Bradley"
        " Bruce Bryn Byron Caleb Calvin Carl Casper Cecil Cedric Clarence Claude Clayton"
        " Clement Clifford Conrad Cuthbert Cyril Damian Dane Darius Darcy Dean Denzil Desmond"
        " Dominic Donald Douglas Duncan Edgar Edmund Edwin Elliot Ellis Elwyn Emlyn Emrys"
        " Ernest Euan Eustace Fabian Felix Ferdinand Fergus Fletcher Floyd Francis Fraser"
        " Frederick Gabriel Gareth Gavin Gerald Gerard Gideon Gilbert Glen Glyn Gordon Grant"
        " Gregory Griffith Guy Hamish Hector Herbert Hilary Horace Howard Hubert Humphrey Huw"
        " Ifan Ignatius Isaac Ivan Ivor Jared Jarvis Jasper Jeremy Jerome Jethro Joel Jonah"
        " Julian Justin Kenelm Kingsley Kit Lance Laurence Lawrence Leighton Leonard Leopold"
        " Leslie Lester Linus Lionel Lloyd Lorcan Louis Lyle Magnus Marcus Marius Marshall"
        " Maurice Maxwell Melvin Merlin Miles Milo Mitchell Montague Mortimer Morgan Murray"
        " Nathaniel Nelson Neville Ned Norris Octavius Oswald Otto Owain Pascal Percy Perry"
        " Quentin Ralph Randolph Rex Rhodri Rhys Roderick Rodney Roland Rollo Rufus Rupert"
        " Russell Saul Sebastian Seth Shane Sidney Silas Spencer Stewart Tarquin Terrence"
        " Thaddeus Theodore Toby Tristan Vaughan Vernon Victor Vincent Walter Warren Wesley"
        " Wilfred Wyndham Zachary"
    ),
}
_NAME_BEGINNINGS, _NAME_ENDINGS = _BEGINNINGS.split(), _ENDINGS.split()
_RARE_NAMES = {sex: tuple(names.split()) for sex, names in _RARE.items()}
_EVERY_DECADE = {
    sex: tuple(sorted({n for table in given_names.BRITISH.values() for n in table[sex].split()}))
    for sex in (Sex.FEMALE, Sex.MALE)
}


def family_name(rng: random.Random, community: str) -> str:
    """One of the community's commonest, or one of thousands, the earlier the likelier."""
    if rng.random() < LONG_TAIL.get(community, 0.0):
        count = len(_NAME_BEGINNINGS) * len(_NAME_ENDINGS)
        # A prime step, so that neighbours in rank share neither beginning nor ending.
        ending, beginning = divmod(
            int(count * rng.random() ** 1.5) * 7919 % count, len(_NAME_BEGINNINGS)
        )
        return _NAME_BEGINNINGS[beginning] + _NAME_ENDINGS[ending]
    return pick_family_name(rng, community, _early)


def given_name(rng: random.Random, community: str, sex: Sex, year: int) -> str:
    """One usual for the year, or now and then one of another generation, or rare at any time."""
    if community == "british" and rng.random() < RARE_GIVEN:
        return rng.choice(_RARE_NAMES[sex] if rng.random() < 0.6 else _EVERY_DECADE[sex])
    return pick_given_name(rng, community, sex, year, _early)


def _early(rng: random.Random, names: tuple[str, ...]) -> str:
    """One of ``names``, the earlier the likelier, the last the least likely."""
    while (place := int(rng.expovariate(2.2) * len(names))) >= len(names):
        pass
    return names[place]


def street_name(rng: random.Random) -> str:
    """Streets are named after places and people, so after family names."""
    return family_name(rng, "british")
