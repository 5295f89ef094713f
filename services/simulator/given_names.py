"""Given names by community, sex and decade of birth: whom one would meet in Greater Manchester."""

from __future__ import annotations

from contracts.vocabulary import Sex

F = Sex.FEMALE
M = Sex.MALE

BRITISH: dict[int, dict[Sex, str]] = {
    1930: {
        F: "Margaret Jean Mary Joan Doreen Joyce Dorothy Sheila Barbara Betty Audrey Marjorie Edna"
        " Irene Hilda Vera Brenda Eileen Nora Winifred",
        M: "John William George James Ronald Kenneth Robert Thomas Derek Peter Dennis Eric Frank"
        " Harold Norman Jack Stanley Arthur Raymond Albert",
    },
    1950: {
        F: "Susan Linda Christine Margaret Carol Jennifer Janet Patricia Barbara Ann Sandra Pamela"
        " Pauline Jean Jacqueline Kathleen Sheila Valerie Maureen Gillian Lesley Marilyn Elaine",
        M: "David John Peter Michael Alan Robert Stephen Paul Brian Graham Philip Anthony Colin"
        " Christopher Geoffrey William Keith Barry Terence Roger Malcolm Trevor Derek",
    },
    1960: {
        F: "Susan Julie Karen Jacqueline Deborah Tracey Jane Helen Diane Sharon Tracy Angela Sarah"
        " Alison Caroline Amanda Sandra Linda Catherine Elizabeth Carol Joanne Wendy Janet Dawn",
        M: "David Paul Andrew Mark John Michael Stephen Ian Robert Richard Christopher Peter Simon"
        " Anthony Kevin Gary Steven Martin James Philip Alan Neil Nigel Timothy Colin Graham",
    },
    1970: {
        F: "Sarah Claire Nicola Emma Lisa Joanne Michelle Helen Samantha Karen Victoria Rachel"
        " Louise Julie Clare Rebecca Sharon Tracey Amanda Kelly Alison Catherine Kerry Donna Zoe",
        M: "Paul Mark David Andrew Richard Christopher James Simon Michael Matthew Stephen Lee John"
        " Robert Darren Daniel Steven Jason Nicholas Jonathan Ian Neil Peter Stuart Anthony Craig",
    },
    1980: {
        F: "Sarah Laura Gemma Emma Rebecca Claire Victoria Samantha Rachel Amy Jennifer Nicola"
        " Lisa Kelly Natalie Louise Michelle Hayley Hannah Helen Charlotte Joanne Lucy Elizabeth"
        " Leanne Danielle Donna Katherine Clare Stephanie Stacey Lauren Jane Kerry",
        M: "Christopher James David Daniel Michael Matthew Andrew Richard Paul Mark Thomas Adam"
        " Robert John Lee Benjamin Steven Jonathan Craig Stephen Simon Nicholas Peter Anthony"
        " Alexander Gary Ian Ryan Darren Barry Jamie Stuart Philip Gareth Liam",
    },
    1990: {
        F: "Rebecca Lauren Jessica Charlotte Hannah Sophie Amy Emily Laura Emma Chloe Sarah Lucy"
        " Katie Bethany Jade Megan Danielle Natasha Alice Abigail Olivia Leah Kayleigh Shannon"
        " Georgia Natalie Stephanie Elizabeth Eleanor Holly Chelsea Courtney Paige",
        M: "Thomas James Jack Daniel Matthew Ryan Joshua Luke Samuel Jordan Adam Michael Alexander"
        " Christopher Benjamin Joseph Liam Jake William Andrew George Lewis Oliver David Robert"
        " Jamie Nathan Connor Jonathan Harry Callum Aaron Ashley Kieran Kyle",
    },
    2000: {
        F: "Chloe Emily Jessica Ellie Sophie Megan Charlotte Lucy Hannah Olivia Lauren Amy Katie"
        " Grace Holly Georgia Bethany Molly Caitlin Leah Ella Abigail Mia Erin Paige Amelia Jasmine"
        " Eleanor Niamh Courtney Shannon Ruby Summer",
        M: "Jack Thomas James Joshua Daniel Harry Samuel Joseph Matthew Callum Luke William Lewis"
        " Oliver Ryan Benjamin George Liam Jordan Adam Alexander Jake Connor Cameron Nathan Kieran"
        " Mason Dylan Ethan Charlie Ben Kyle Jamie Owen",
    },
    2010: {
        F: "Olivia Amelia Emily Isla Ava Jessica Ruby Lily Sophie Grace Evie Ella Poppy Isabella"
        " Mia Charlotte Freya Daisy Lola Millie Summer Lexi Scarlett Erin Maisie Phoebe Layla"
        " Holly Imogen Ellie Sienna Eva Matilda",
        M: "Oliver Jack Harry Alfie Charlie Thomas William James George Joshua Ethan Noah Riley"
        " Jacob Oscar Daniel Archie Max Leo Mason Logan Lucas Tyler Dylan Finley Harrison Jayden"
        " Theo Joseph Samuel Henry Kai Jenson",
    },
    2020: {
        F: "Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace"
        " Daisy Sienna Poppy Elsie Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda"
        " Maisie Maeve Aurora Bonnie Penelope Mabel",
        M: "Noah Oliver George Arthur Muhammad Leo Harry Oscar Archie Jack Henry Charlie Freddie"
        " Theodore Alfie Theo Finley Arlo Luca Jacob Tommy Roman Oakley Albie Reggie Louie Hugo"
        " Rory Ezra Jude Otis Teddy Elijah",
    },
}

SOUTH_ASIAN: dict[Sex, str] = {
    F: "Aisha Fatima Maryam Zainab Khadija Amina Shabana Nasreen Rukhsana Yasmin Saima Sadia Farah"
    " Nazia Rubina Shazia Samina Noreen Parveen Razia Zahra Hafsa Sumaiya Iqra Aliza Inaya Anaya"
    " Priya Anjali Pooja Meera Sunita Kavita Ritu Nisha Jaspreet Simran Harpreet Rina Shirin Salma",
    M: "Mohammed Muhammad Mohammad Ahmed Ali Imran Tariq Asif Khalid Shahid Nadeem Zahid Rashid"
    " Bilal Usman Hamza Ibrahim Yusuf Hassan Zain Adam Omar Faisal Kamran Adnan Waqas Rehan Sajid"
    " Raj Sanjay Anil Vikram Amit Rohan Arjun Gurpreet Manjit Harjit Shah Kabir Rafiq Abdul",
}
POLISH: dict[Sex, str] = {
    F: "Anna Katarzyna Agnieszka Malgorzata Magdalena Joanna Monika Ewa Karolina Natalia Zuzanna"
    " Julia Maja Oliwia Aleksandra Wiktoria Beata Dorota Paulina Justyna Alicja Hanna",
    M: "Piotr Krzysztof Tomasz Marcin Pawel Michal Jakub Adam Marek Grzegorz Lukasz Mateusz"
    " Kacper Szymon Filip Bartosz Kamil Rafal Dawid Antoni Jan",
}
IRISH: dict[Sex, str] = {
    F: "Bridget Siobhan Aoife Niamh Sinead Ciara Maeve Roisin Orla Grainne Caoimhe Mairead Kathleen"
    " Nuala Deirdre Eimear Clodagh Margaret Bernadette Saoirse",
    M: "Patrick Sean Liam Conor Declan Brendan Eoin Cormac Ciaran Padraig Fergal Niall Oisin Aidan"
    " Michael Martin Dermot Donal Ruairi Cian",
}
CARIBBEAN: dict[Sex, str] = {
    F: "Marcia Beverley Yvonne Claudette Sonia Jada Shanice Keisha Tanisha Aaliyah Monique Paulette"
    " Lorna Simone Chantelle Naomi Imani Nevaeh Renee Latoya Sharon Hyacinth",
    M: "Winston Leroy Delroy Errol Clive Marlon Tyrone Jermaine Andre Dwayne Curtis Leon Kieron"
    " Malachi Jerome Reuben Isaiah Tyrell Devonte Courtney Carlton Glenroy",
}
AFRICAN: dict[Sex, str] = {
    F: "Amina Ngozi Chioma Blessing Precious Grace Abena Ama Efua Folake Yetunde Halima Hodan"
    " Zeinab Selam Hanan Tendai Rudo Chipo Adaeze Ifeoma",
    M: "Emeka Chinedu Kwame Kofi Tunde Femi Samuel Emmanuel Daniel Abdi Ahmed Yusuf Mustafa Tesfaye"
    " Tendai Tinashe Farai Ikechukwu Obinna Olumide Kwabena Hassan",
}
CHINESE: dict[Sex, str] = {
    F: "Mei Ling Xiu Yan Li Na Jing Hui Fang Wai Siu Ka-Yan Wing Sze Yuk Hoi Ching Emily Joyce"
    " Vivian Michelle",
    M: "Wei Ming Jun Hao Chun Kwok Wing Ka-Ho Tsz Chi Man Kin Yiu Hong Tao Lei Jason Kevin Eric"
    " Vincent Alan Raymond",
}
ARABIC: dict[Sex, str] = {
    F: "Fatima Maryam Noor Layla Huda Rania Samira Amal Zahra Salma Hanan Shirin Dilan Rojin Leila"
    " Mina Parisa Nasrin Yara Sarah",
    M: "Mohammed Ahmed Omar Ali Hassan Hussein Khaled Mustafa Karim Yusuf Ibrahim Saeed Reza Amir"
    " Farhad Azad Dilshad Rebwar Samir Tariq",
}
