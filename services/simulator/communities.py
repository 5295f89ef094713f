"""Communities: which names, languages and household habits go together, and how many live where.

Weights are rough and for demonstration; they claim nothing about any real borough.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from contracts.vocabulary import Sex
from services.simulator import given_names as given

Pick = Callable[[random.Random, tuple[str, ...]], str]
_DECADES = sorted(given.BRITISH)

_FAMILY_NAMES: dict[str, str] = {
    "british": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson"
    " Evans Walker White Roberts Green Hall Wood Jackson Clarke Clark Harrison Scott Cooper King"
    " Morris Ward Turner Hill Moore Baker Harris Morgan Edwards Parker Cook Bailey Shaw Mitchell"
    " Richardson Carter Phillips Collins Lee Marshall Bennett Hughes Barnes Holmes Chapman Booth"
    " Ashworth Entwistle Hargreaves Greenhalgh Crompton Haslam Horrocks Kershaw Schofield"
    " Butterworth Ogden Hopwood Clegg Whitworth Barlow Fletcher Seddon Pilkington Rigby Unsworth"
    " Lomax Openshaw Fairhurst Gaskell Hindley Aspinall Bradshaw Hilton Hulme Kenyon Leigh Massey"
    " Partington Pendlebury Ramsden Sutcliffe Taberner Tonge Wardle Whittaker Warburton Yates"
    " Bowker Buckley Cheetham Chadwick Dewhurst Duckworth Grimshaw Heyes Heywood Howarth Isherwood"
    " Mather Nuttall Ormerod Rothwell Royle Shepherd Stott Thornley Tyldesley Wolstenholme"
    " Owen Price Reid Murphy Watson Gibson Stewart Robertson Thomson Campbell Anderson Young Allen"
    " Adams Nelson Hunt Palmer Webb Simpson Foster Butler Russell Barker Stevens Knight Lloyd"
    " Powell Berry Dixon Harvey Mason Rogers Gray Hudson Duffy Carroll Burns Higgins Boyle Nolan",
    "south_asian": "Khan Ahmed Hussain Ali Begum Akhtar Bibi Malik Iqbal Mahmood Shah Rehman"
    " Chaudhry Aslam Mirza Qureshi Siddiqui Sheikh Butt Raja Javed Rafiq Miah Uddin Islam Rahman"
    " Chowdhury Khatun Patel Singh Kaur Sharma Desai Mistry Vohra Gill Sandhu Bhatti Nawaz Hanif"
    " Akram Zaman Anwar Younis Saleem Hashmi Mohammed Farooq Ashraf",
    "polish": "Nowak Kowalski Wisniewski Wojcik Kowalczyk Kaminski Lewandowski Zielinski Szymanski"
    " Wozniak Dabrowski Kozlowski Jankowski Mazur Krawczyk Piotrowski Grabowski Pawlak Michalski"
    " Zajac Krol Wieczorek Jablonski Wrobel Stepien Gorski Sikora Baran Duda Walczak",
    "irish": "Murphy Kelly O'Sullivan Walsh O'Brien Byrne Ryan O'Connor O'Neill O'Reilly Doyle"
    " McCarthy Gallagher Doherty Kennedy Lynch Murray Quinn McLoughlin Connolly Daly O'Connell"
    " Brennan Burke Collins Dunne Clarke Fitzgerald McDonagh Ward Maguire Flanagan Mulligan Keane",
    "caribbean": "Campbell Brown Williams Grant Gordon Francis Clarke Reid Morgan Thompson Stewart"
    " Powell Henry Bailey Lewis Joseph Charles Edwards Samuels Blake Wright Barrett Douglas"
    " Richards Bennett Palmer Sinclair Beckford McKenzie Dacosta",
    "african": "Okafor Adeyemi Mensah Owusu Boateng Okonkwo Nwosu Eze Adebayo Balogun Ibrahim"
    " Mohamed Abdi Hassan Ali Osman Yusuf Warsame Tekle Tesfaye Moyo Ncube Sibanda Dube Asante"
    " Addo Appiah Oyelaran Chukwu Diallo",
    "chinese": "Wong Chan Cheung Lee Li Wang Zhang Chen Liu Lam Leung Ho Ng Cheng Yip Tang Huang Wu"
    " Lin Yeung Kwok Tsang Lau Mak Chow Xu Zhou Fung Tse Yu",
    "arabic": "Ahmed Ali Hassan Hussein Ibrahim Mohammed Mahmoud Abdullah Saleh Omar Rashid Karim"
    " Rahimi Ahmadi Hosseini Karimi Mohammadi Salih Rasul Aziz Hamid Nasser Haddad Khoury Saeed",
}


@dataclass(frozen=True, slots=True)
class Community:
    """``languages``: BCP 47 tags spoken besides English, likeliest first."""

    name: str
    languages: tuple[str, ...] = ()
    multigenerational: float = 0.02
    wife_keeps_name: float = 0.15


COMMUNITIES: dict[str, Community] = {
    community.name: community
    for community in (
        Community("british"),
        Community("south_asian", ("ur", "pa", "bn", "gu"), 0.25, 0.7),
        Community("polish", ("pl",)),
        Community("irish", multigenerational=0.03),
        Community("caribbean", multigenerational=0.06, wife_keeps_name=0.3),
        Community("african", ("so", "ti", "yo", "fr"), 0.1, 0.5),
        Community("chinese", ("yue", "zh"), 0.1, 0.8),
        Community("arabic", ("ar", "ckb", "fa"), 0.08, 0.9),
    )
}

_USUAL = {"british": 82, "south_asian": 6, "polish": 4, "irish": 3, "caribbean": 1, "african": 2}
_SHARES: dict[str, dict[str, int]] = {
    "bolton": {
        "british": 72,
        "south_asian": 18,
        "polish": 4,
        "irish": 2,
        "african": 3,
        "arabic": 1,
    },
    "manchester": {
        "british": 54,
        "south_asian": 16,
        "polish": 5,
        "irish": 5,
        "caribbean": 6,
        "african": 7,
        "chinese": 4,
        "arabic": 3,
    },
    "oldham": {"british": 70, "south_asian": 24, "polish": 2, "irish": 2, "african": 2},
    "rochdale": {"british": 74, "south_asian": 19, "polish": 3, "irish": 2, "african": 2},
    "salford": {"british": 78, "polish": 6, "irish": 4, "african": 5, "chinese": 2, "arabic": 5},
    "trafford": {"british": 78, "south_asian": 9, "irish": 5, "caribbean": 4, "chinese": 4},
}

_GIVEN: dict[str, dict[Sex, tuple[str, ...]]] = {
    name: {sex: tuple(names.split()) for sex, names in table.items()}
    for name, table in (
        ("south_asian", given.SOUTH_ASIAN),
        ("polish", given.POLISH),
        ("irish", given.IRISH),
        ("caribbean", given.CARIBBEAN),
        ("african", given.AFRICAN),
        ("chinese", given.CHINESE),
        ("arabic", given.ARABIC),
    )
}
_BRITISH = {
    decade: {sex: tuple(names.split()) for sex, names in table.items()}
    for decade, table in given.BRITISH.items()
}
_FAMILY = {name: tuple(names.split()) for name, names in _FAMILY_NAMES.items()}


def pick_community(rng: random.Random, locality: str) -> Community:
    """The community of a new household in ``locality``."""
    shares = _SHARES.get(locality, _USUAL)
    return COMMUNITIES[rng.choices(tuple(shares), tuple(shares.values()))[0]]


def _early(rng: random.Random, names: tuple[str, ...]) -> str:
    """One of ``names``, the earlier the likelier: names are shared by many, as in life."""
    return names[min(int(rng.expovariate(2.2) * len(names)), len(names) - 1)]


def pick_given_name(
    rng: random.Random, community: str, sex: Sex, year: int, pick: Pick = _early
) -> str:
    """A given name usual for people born in ``year``; families settled here borrow British ones."""
    borrowed = {"irish": 0.5, "caribbean": 0.5, "chinese": 0.2, "polish": 0.1}.get(community, 0.02)
    if community == "british" or rng.random() < borrowed:
        decade = max((d for d in _DECADES if d <= year), default=_DECADES[0])
        return pick(rng, _BRITISH[decade][sex])
    return pick(rng, _GIVEN[community][sex])


def pick_family_name(rng: random.Random, community: str, pick: Pick = _early) -> str:
    """A family name; the first in each list are the commonest."""
    return pick(rng, _FAMILY[community])
