/* SPDX-License-Identifier: MIT */
/*
 * Names that are common in the public registers of births and censuses,
 * typed by hand as plain facts, commoner ones first. First and last names
 * are drawn apart, so nobody in particular is meant.
 */
#include "gen/people.h"

#include "base/banned.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* clang-format off */
static const char *const english_female[] = {
	"Olivia", "Emma", "Charlotte", "Amelia", "Sophia", "Isabella", "Ava",
	"Mia", "Evelyn", "Luna", "Harper", "Sofia", "Camila", "Eleanor",
	"Elizabeth", "Violet", "Scarlett", "Emily", "Hazel", "Lily", "Grace",
	"Chloe", "Zoe", "Nora", "Aria", "Hannah", "Addison", "Stella", "Lucy",
	"Claire", "Audrey", "Naomi", "Alice", "Ruby", "Sarah", "Katherine",
	"Molly", "Jade", "Rachel", "Megan", "Lauren", "Jasmine", "Kayla",
	"Brooke", "Paige", "Tessa", "Holly", "Freya", "Imogen", "Niamh",
};

static const char *const english_male[] = {
	"Liam", "Noah", "Oliver", "James", "Elijah", "Mateo", "Theodore",
	"Henry", "Lucas", "William", "Benjamin", "Levi", "Jack", "Daniel",
	"Samuel", "Michael", "Ethan", "Asher", "Owen", "Leo", "Jackson",
	"Mason", "Ezra", "John", "Hudson", "Luca", "Aiden", "Joseph", "David",
	"Jacob", "Logan", "Luke", "Julian", "Gabriel", "Grayson", "Wyatt",
	"Matthew", "Dylan", "Isaac", "Anthony", "Thomas", "Charles", "Caleb",
	"Josiah", "Nathan", "Ryan", "Adrian", "Connor", "Harry", "Alfie",
};

static const char *const english_last[] = {
	"Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller",
	"Davis", "Rodriguez", "Martinez", "Hernandez", "Lopez", "Gonzalez",
	"Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson",
	"Martin", "Lee", "Perez", "Thompson", "White", "Harris", "Sanchez",
	"Clark", "Ramirez", "Lewis", "Robinson", "Walker", "Young", "Allen",
	"King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores",
	"Green", "Adams", "Nelson", "Baker", "Hall", "Rivera", "Campbell",
	"Mitchell", "Carter", "Roberts", "Gomez", "Phillips", "Evans",
	"Turner", "Diaz", "Parker", "Cruz", "Edwards", "Collins", "Reyes",
	"Stewart", "Morris", "Morales", "Murphy", "Cook", "Rogers",
	"Gutierrez", "Ortiz", "Morgan", "Cooper", "Peterson", "Bailey",
	"Reed", "Kelly", "Howard", "Ramos", "Kim", "Cox", "Ward",
	"Richardson", "Watson", "Brooks", "Chavez", "Wood", "James",
	"Bennett", "Gray", "Mendoza", "Ruiz", "Hughes", "Price", "Alvarez",
	"Castillo", "Sanders", "Patel", "Myers", "Long", "Ross", "Foster",
	"Jimenez", "Powell", "Jenkins", "Perry", "Russell", "Sullivan",
	"Bell", "Coleman", "Butler", "Henderson", "Barnes", "Gonzales",
	"Fisher", "Vasquez", "Simmons", "Romero", "Jordan", "Patterson",
	"Alexander", "Hamilton", "Graham", "Reynolds", "Griffin", "Wallace",
	"Moreno", "West", "Cole", "Hayes", "Bryant", "Herrera", "Gibson",
	"Ellis", "Tran", "Medina", "O'Brien", "O'Connor", "MacDonald",
	"Fraser", "Hawthorne", "Ashworth", "Pemberton",
};

static const char *const iberian_female[] = {
	"María", "Sofía", "Valentina", "Isabella", "Camila", "Lucía",
	"Martina", "Valeria", "Daniela", "Elena", "Paula", "Carla", "Júlia",
	"Ana", "Beatriz", "Mariana", "Helena", "Laura", "Alice", "Manuela",
	"Gabriela", "Luísa", "Inês", "Leonor", "Matilde", "Carolina",
	"Renata", "Fernanda", "Ximena", "Regina", "Antonia", "Catalina",
	"Florencia", "Agustina", "Julieta", "Rocío", "Andrea", "Irene",
	"Alba", "Noelia", "Chiara", "Giulia", "Aurora", "Ginevra",
	"Francesca", "Bruna", "Letícia", "Rafaela", "Thaís", "Begoña",
};

static const char *const iberian_male[] = {
	"Santiago", "Mateo", "Matías", "Sebastián", "Benjamín", "Martín",
	"Diego", "Nicolás", "Samuel", "Alejandro", "Daniel", "Lucas", "Hugo",
	"Pablo", "Álvaro", "Adrián", "Mario", "Miguel", "Arthur", "Heitor",
	"Bernardo", "Davi", "Gabriel", "Pedro", "Lorenzo", "Rafael", "João",
	"Francisco", "Afonso", "Duarte", "Tomás", "Rodrigo", "Emiliano",
	"Leonardo", "Joaquín", "Thiago", "Felipe", "Vicente", "Juan", "José",
	"Carlos", "Andrés", "Iván", "Óscar", "Rubén", "Alessandro", "Matteo",
	"Riccardo", "Caio",
};

static const char *const iberian_last[] = {
	"Silva", "Santos", "Oliveira", "Souza", "Pereira", "Lima", "Ferreira",
	"Costa", "Rodrigues", "Almeida", "Nascimento", "Carvalho", "Araújo",
	"Ribeiro", "Gomes", "Martins", "Rocha", "Barbosa", "Alves", "Vieira",
	"Monteiro", "Cardoso", "García", "González", "Rodríguez", "Fernández",
	"López", "Martínez", "Sánchez", "Pérez", "Gómez", "Martín", "Jiménez",
	"Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero",
	"Alonso", "Gutiérrez", "Navarro", "Torres", "Domínguez", "Vázquez",
	"Ramos", "Gil", "Ramírez", "Serrano", "Blanco", "Molina", "Morales",
	"Suárez", "Ortega", "Delgado", "Castro", "Ortiz", "Rubio", "Marín",
	"Núñez", "Medina", "Castillo", "Cortés", "Rojas", "Contreras",
	"Sepúlveda", "Quispe", "Mamani", "Flores", "Vargas", "Castañeda",
	"Peña", "Zúñiga", "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi",
	"Romano", "Colombo", "Ricci", "Marino", "Greco", "Gonçalves",
	"Magalhães", "Conceição", "Assunção", "Brandão",
};

static const char *const french_female[] = {
	"Jade", "Louise", "Ambre", "Alba", "Emma", "Rose", "Alice", "Romy",
	"Anna", "Lina", "Léna", "Mia", "Lou", "Julia", "Chloé", "Inès",
	"Agathe", "Juliette", "Zoé", "Manon", "Camille", "Léa", "Sarah",
	"Margaux", "Élise", "Océane", "Clémence", "Éloïse", "Aurélie",
	"Noémie",
};

static const char *const french_male[] = {
	"Gabriel", "Raphaël", "Léo", "Louis", "Maël", "Noah", "Jules",
	"Arthur", "Adam", "Lucas", "Liam", "Sacha", "Hugo", "Nathan", "Paul",
	"Gaspard", "Théo", "Antoine", "Étienne", "François", "Benoît",
	"Jérôme", "Loïc", "Rémi", "Clément", "Mathéo", "Baptiste", "Émile",
	"Xavier", "Olivier",
};

static const char *const french_last[] = {
	"Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand",
	"Dubois", "Moreau", "Laurent", "Simon", "Michel", "Lefebvre", "Leroy",
	"Roux", "David", "Bertrand", "Morel", "Fournier", "Girard", "Bonnet",
	"Dupont", "Lambert", "Fontaine", "Rousseau", "Vincent", "Müller",
	"Lefèvre", "Faure", "André", "Mercier", "Blanc", "Guérin", "Boyer",
	"Garnier", "Chevalier", "François", "Legrand", "Gauthier", "Garcia",
	"Perrin", "Robin", "Clément", "Morin", "Nicolas", "Henry", "Roussel",
	"Mathieu", "Gautier", "Masson", "Tremblay", "Gagnon", "Roy", "Côté",
	"Bouchard", "Lavoie", "Fortin", "Gagné", "Bélanger", "Lévesque",
};

static const char *const germanic_female[] = {
	"Emilia", "Mia", "Sophia", "Emma", "Hannah", "Lina", "Mila", "Ella",
	"Leni", "Clara", "Lea", "Marie", "Johanna", "Frieda", "Greta", "Ida",
	"Charlotte", "Lotte", "Maja", "Alma", "Astrid", "Ebba", "Freja",
	"Saga", "Wilma", "Elsa", "Ingrid", "Sigrid", "Nora", "Julie", "Sanne",
	"Femke", "Lieke", "Anouk", "Fleur", "Aino", "Helmi", "Aada",
	"Sólveig", "Jördis", "Käthe", "Åsa",
};

static const char *const germanic_male[] = {
	"Noah", "Matteo", "Finn", "Leon", "Elias", "Paul", "Emil", "Luca",
	"Henry", "Ben", "Jonas", "Felix", "Moritz", "Anton", "Jakob", "Oskar",
	"Maximilian", "Lukas", "Karl", "Jürgen", "Jörg", "Günther", "William",
	"Lucas", "Liam", "Hugo", "Nils", "Axel", "Magnus", "Håkon", "Sverre",
	"Bjørn", "Søren", "Lars", "Daan", "Sem", "Bram", "Thijs", "Eino",
	"Väinö", "Þór", "Göran",
};

static const char *const germanic_last[] = {
	"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer",
	"Wagner", "Becker", "Schulz", "Hoffmann", "Schäfer", "Koch", "Bauer",
	"Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz",
	"Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange",
	"Schmitt", "Werner", "Krause", "Lehmann", "Köhler", "Maier", "Huber",
	"Kaiser", "Fuchs", "Peters", "Lang", "Scholz", "Möller", "Weiß",
	"Jung", "Hahn", "Vogel", "Günther", "Keller", "Frank", "Berger",
	"Winkler", "Roth", "Beck", "Lorenz", "Baumann", "Gruber", "Steiner",
	"Jansen", "Bakker", "Visser", "Smit", "Meijer", "Bos", "Mulder",
	"Peeters", "Janssens", "Andersson", "Johansson", "Karlsson",
	"Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson",
	"Gustafsson", "Lindström", "Åkesson", "Öberg", "Hansen", "Jensen",
	"Nielsen", "Pedersen", "Sørensen", "Jørgensen", "Møller", "Nordmann",
	"Bergström", "Korhonen", "Virtanen", "Mäkinen", "Nieminen",
	"Hämäläinen", "Jónsdóttir", "Sigurðsson",
};

static const char *const slavic_female[] = {
	"Zofia", "Zuzanna", "Hanna", "Maja", "Julia", "Oliwia", "Laura",
	"Alicja", "Lena", "Maria", "Eliška", "Tereza", "Adéla", "Anna",
	"Karolína", "Nikola", "Lucija", "Mia", "Ema", "Jelena", "Milica",
	"Olena", "Oksana", "Kateryna", "Daria", "Elena", "Ioana", "Andreea",
	"Ștefania", "Eleni", "Katerina", "Viktória", "Petra", "Ivana",
	"Božena", "Łucja", "Agnieszka",
};

static const char *const slavic_male[] = {
	"Antoni", "Jan", "Aleksander", "Franciszek", "Jakub", "Leon",
	"Stanisław", "Mikołaj", "Szymon", "Filip", "Tomáš", "Matěj",
	"Vojtěch", "Ondřej", "Luka", "David", "Marko", "Stefan", "Nikola",
	"Lazar", "Oleksandr", "Dmytro", "Maksym", "Andrii", "Andrei",
	"Alexandru", "Ștefan", "Mihai", "Giorgos", "Dimitris", "Bence",
	"Máté", "Levente", "Georgi", "Ivan", "Paweł", "Łukasz",
};

static const char *const slavic_last[] = {
	"Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński",
	"Lewandowski", "Zieliński", "Szymański", "Woźniak", "Dąbrowski",
	"Kozłowski", "Jankowski", "Mazur", "Krawczyk", "Novák", "Svoboda",
	"Novotný", "Dvořák", "Černý", "Procházka", "Kučera", "Veselý",
	"Horák", "Němec", "Horvat", "Kovačević", "Babić", "Marić", "Petrović",
	"Jovanović", "Nikolić", "Đorđević", "Ilić", "Melnyk", "Shevchenko",
	"Bondarenko", "Kovalenko", "Tkachenko", "Popescu", "Ionescu", "Popa",
	"Dumitru", "Stoica", "Constantinescu", "Papadopoulos", "Georgiou",
	"Nagy", "Kovács", "Tóth", "Szabó", "Horváth", "Ivanov", "Georgiev",
	"Dimitrov", "Petrov", "Kazlauskas", "Tamm",
};

static const char *const asian_female[] = {
	"Yui", "Hina", "Rin", "Sakura", "Aoi", "Mei", "Haruka", "Yuna", "Ji-woo", "Seo-yeon", "Min-ji", "Ha-yoon", "Xin", "Yan", "Mei-Ling", "Jia-Yi", "Li", "Ying", "Siti", "Putri", "Dewi", "Ayu", "Nur", "Aisyah",
	"Maria", "Angel", "Jasmine", "Althea", "Linh", "Anh", "Hương", "Thảo",
	"Ngọc", "Mai", "Ploy", "Fah", "Nok", "Wati", "Rani", "Indah",
	"Kristine", "Rose",
};

static const char *const asian_male[] = {
	"Haruto", "Riku", "Sota", "Ren", "Yuto", "Minato", "Hiroshi", "Kenji",
	"Min-jun", "Seo-jun", "Do-yun", "Ji-ho", "Wei", "Jun", "Hao", "Ming",
	"Jian", "Chen", "Budi", "Agus", "Andi", "Rizky", "Bayu", "Dimas",
	"Ahmad", "Muhammad", "Jose", "Juan", "Mark", "John", "Minh", "Hùng",
	"Đức", "Quang", "Nam", "Somchai", "Niran", "Arthit", "Wayan", "Ketut",
	"Jericho", "Angelo",
};

static const char *const asian_last[] = {
	"Satō", "Suzuki", "Takahashi", "Tanaka", "Watanabe", "Itō",
	"Yamamoto", "Nakamura", "Kobayashi", "Katō", "Yoshida", "Yamada",
	"Sasaki", "Yamaguchi", "Matsumoto", "Inoue", "Kim", "Lee", "Park",
	"Choi", "Jung", "Kang", "Cho", "Yoon", "Jang", "Lim", "Chen", "Lin",
	"Huang", "Chang", "Li", "Wang", "Wu", "Liu", "Tsai", "Yang", "Wong",
	"Chan", "Cheung", "Tan", "Ng", "Goh", "Santoso", "Wijaya", "Setiawan",
	"Hidayat", "Saputra", "Nugroho", "Pratama", "Kurniawan", "Siregar",
	"Susanto", "dela Cruz", "Santos", "Reyes", "Bautista", "Ocampo",
	"Garcia", "Mendoza", "Villanueva", "Nguyễn", "Trần", "Lê", "Phạm",
	"Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Saetang", "Chaiyaporn",
	"Suwan", "Abdullah", "Ismail", "Rahman",
};

static const char *const southern_female[] = {
	"Aadhya", "Ananya", "Saanvi", "Diya", "Aaradhya", "Priya", "Neha",
	"Pooja", "Kavya", "Meera", "Isha", "Riya", "Sneha", "Lakshmi",
	"Fatima", "Aisha", "Maryam", "Zainab", "Hana", "Layla", "Noor",
	"Yasmin", "Salma", "Amira", "Nour", "Zeynep", "Elif", "Defne", "Ayşe",
	"Wanjiru", "Achieng", "Amara", "Chiamaka", "Ngozi", "Adaeze", "Ama",
	"Akosua", "Shira", "Noa", "Tamar", "Sunita",
};

static const char *const southern_male[] = {
	"Aarav", "Vivaan", "Aditya", "Arjun", "Rohan", "Rahul", "Karthik",
	"Sai", "Ishaan", "Krishna", "Vikram", "Sanjay", "Amit", "Raj",
	"Imran", "Ali", "Hassan", "Omar", "Yusuf", "Ahmed", "Mohamed",
	"Mustafa", "Khalid", "Tariq", "Karim", "Mehmet", "Emre", "Yiğit",
	"Kamau", "Otieno", "Chinedu", "Emeka", "Oluwaseun", "Tunde", "Kwame",
	"Kofi", "Noam", "Eitan", "Uri", "Bilal", "Çağan",
};

static const char *const southern_last[] = {
	"Sharma", "Verma", "Gupta", "Singh", "Kumar", "Patel", "Shah",
	"Mehta", "Reddy", "Rao", "Nair", "Iyer", "Menon", "Das", "Ghosh",
	"Banerjee", "Mukherjee", "Chatterjee", "Bose", "Joshi", "Kulkarni",
	"Deshmukh", "Patil", "Naidu", "Pillai", "Khan", "Ahmed", "Hussain",
	"Malik", "Chaudhry", "Sheikh", "Qureshi", "Rahman", "Islam",
	"Hossain", "Al-Rashid", "Al-Farsi", "Haddad", "Mansour", "Saleh",
	"Ibrahim", "Hassan", "Mahmoud", "El-Sayed", "Benali", "Alaoui",
	"Tazi", "Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Öztürk",
	"Okafor", "Adeyemi", "Okonkwo", "Balogun", "Eze", "Nwosu", "Mensah",
	"Owusu", "Boateng", "Mwangi", "Njoroge", "Odhiambo", "Cohen", "Levi",
	"Mizrahi", "Thapa", "Shrestha", "Gurung",
};

/* clang-format on */

#define NAMES(c)                                                               \
	{                                                                      \
		c##_female, c##_male, c##_last, COUNT(c##_female),             \
			COUNT(c##_male), COUNT(c##_last)                       \
	}

const struct gen_names gen_names[GEN_CULTURES] = {
	[GEN_ENGLISH] = NAMES(english),	  [GEN_IBERIAN] = NAMES(iberian),
	[GEN_FRENCH] = NAMES(french),	  [GEN_GERMANIC] = NAMES(germanic),
	[GEN_SLAVIC] = NAMES(slavic),	  [GEN_ASIAN] = NAMES(asian),
	[GEN_SOUTHERN] = NAMES(southern),
};
