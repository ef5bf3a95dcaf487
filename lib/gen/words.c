/* SPDX-License-Identifier: MIT */
#include "gen/words.h"

#include "base/banned.h"

#define COUNT(list)   ((uint32_t)(sizeof(list) / sizeof((list)[0])))
#define PICK(list, r) (list)[rng_below((r), COUNT(list))]

/* clang-format off */
static const char *const onset[] = {
	"b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k",
	"kr", "l", "m", "n", "p", "qu", "r", "s", "sh", "st", "t", "th", "tr",
	"v", "w", "y", "z",
};
static const char *const vowel[] = {
	"a", "a", "e", "e", "i", "i", "o", "o", "u", "ai", "ea", "ei", "io",
	"ou", "\u00e1", "\u00e9", "\u00f6", "\u00fc", "\u00f8",
};
static const char *const coda[] = {
	"", "", "", "", "l", "n", "n", "r", "s", "m", "x", "nd", "rk", "ss",
};
static const char *const adjective[] = {
	"Amber", "Ancient", "Blind", "Blue", "Bright", "Broken", "Burning",
	"Cold", "Copper", "Crimson", "Crooked", "Distant", "Electric", "Empty",
	"Endless", "Faded", "Falling", "Fearless", "Fragile", "Frozen",
	"Gentle", "Golden", "Hidden", "Hollow", "Honest", "Idle", "Ivory",
	"Late", "Lazy", "Little", "Lonely", "Lost", "Loud", "Lucky", "Magnetic",
	"Midnight", "Modern", "Naked", "Neon", "New", "Northern", "Old",
	"Paper", "Plastic", "Polar", "Purple", "Quiet", "Radio", "Restless",
	"Rusty", "Sacred", "Second", "Secret", "Silent", "Silver", "Sleepless",
	"Slow", "Southern", "Strange", "Sudden", "Sweet", "Tender", "Velvet",
	"Violet", "Wandering", "Wasted", "White", "Wild", "Winter", "Young",
};
static const char *const noun[] = {
	"Airport", "Anchor", "Animal", "Arrow", "Autumn", "Avenue", "Balcony",
	"Bird", "Bloom", "Boulevard", "Bridge", "Canyon", "Captain", "Castle",
	"Cathedral", "Circle", "City", "Cloud", "Coast", "Comet", "Compass",
	"Corner", "Country", "Dancer", "Desert", "Devil", "Diamond", "Doctor",
	"Dream", "Echo", "Elephant", "Engine", "Evening", "Falcon", "Feather",
	"Fever", "Fiction", "Fire", "Flower", "Forest", "Fountain", "Garden",
	"Ghost", "Giant", "Glass", "Gravity", "Harbour", "Heart", "Highway",
	"Holiday", "Horizon", "Horse", "Hotel", "Island", "January", "Jungle",
	"Kingdom", "Lantern", "Letter", "Light", "Lion", "Machine", "Magazine",
	"Mirror", "Moment", "Monday", "Moon", "Morning", "Motel", "Mountain",
	"Museum", "Needle", "Night", "Ocean", "October", "Orchard", "Palace",
	"Parade", "Pearl", "Picture", "Pilot", "Planet", "Promise", "Queen",
	"Rain", "Ribbon", "River", "Road", "Rocket", "Room", "Sailor", "Saint",
	"Satellite", "Season", "Shadow", "Shore", "Signal", "Sister", "Sky",
	"Snow", "Soldier", "Spark", "Spider", "Stairway", "Station", "Storm",
	"Stranger", "Street", "Summer", "Sunday", "Sunrise", "Telephone",
	"Theatre", "Thunder", "Tiger", "Tomorrow", "Tower", "Traffic", "Train",
	"Valley", "Village", "Voice", "Wave", "Weather", "Window", "Wolf",
	"Wonder", "Yesterday", "Zodiac",
};
static const char *const phrase[] = {
	"After the", "All I Want Is a", "Another", "Back to the", "Beneath the",
	"Between the", "Beyond the", "Call Me", "Carry the", "Chasing",
	"Dancing with the", "Don't Tell the", "Every", "Far from the",
	"Follow the", "Give Me a", "Goodbye", "Hello", "Hold On to the",
	"I Saw a", "In the", "Into the", "Leave the", "Let's Go,", "Like a",
	"Long Live the", "My", "Never Trust a", "No", "Nothing but",
	"One More", "Over the", "Remember the", "Run,", "Save the", "She's a",
	"Song for a", "Take Me to the", "This", "Through the", "Under the",
	"Waiting for", "We Were", "When the", "Where's My", "Without a",
	"Your", "You're My",
};
static const char *const foreign[] = {
	"Cora\u00e7\u00e3o", "Canci\u00f3n", "\u00c9toile", "For\u00eat",
	"M\u00e4dchen", "Gl\u00fcck", "Stra\u00dfe", "S\u00f8ndag", "\u00c5rstid",
	"Ma\u00f1ana", "Ilus\u00e3o", "Ni\u00f1a", "\u00c2me", "Na\u00efve",
	"\u017bycie", "Noc", "\u041d\u043e\u0447\u044c", "\u590f", "\u604b",
	"\ud55c\ubc24", "Sen", "A\u015fk", "Habibi", "Saudade", "Alegr\u00eda",
	"K\u00e4rlek", "Regen", "Fr\u00fchling",
};
static const char *const behind[] = {
	" (Live)", " (Acoustic)", " - Radio Edit", " (Remix)", " - Remastered",
	" (\\\"Demo\\\" Version)", ", Pt. 2", " (Interlude)", " / Outro",
	" [Instrumental]",
};
/* clang-format on */

static size_t
add(char *dst, size_t at, const char *s)
{
	size_t n = strlen(s);

	memcpy(dst + at, s, n);
	return at + n;
}

/* A made-up word of one to three syllables, with a capital. */
static size_t
add_word(char *dst, size_t at, struct rng *r, unsigned syllables)
{
	size_t start = at;

	for (unsigned i = 0; i < syllables; i++) {
		at = add(dst, at, PICK(onset, r));
		at = add(dst, at, PICK(vowel, r));
		if (i + 1 == syllables || rng_below(r, 3) == 0)
			at = add(dst, at, PICK(coda, r));
	}
	dst[start] = (char)(dst[start] - 'a' + 'A');
	return at;
}

static size_t
add_name(char *dst, size_t at, struct rng *r)
{
	at = add_word(dst, at, r, 1 + rng_below(r, 2));
	at = add(dst, at, " ");
	return add_word(dst, at, r, 1 + rng_below(r, 3));
}

size_t
words_artist(char *dst, struct rng *r)
{
	size_t at = 0;

	switch (rng_below(r, 16)) {
	case 0:
	case 1:
	case 2:
		at = add(dst, at, "The ");
		at = add(dst, at, PICK(adjective, r));
		at = add(dst, at, " ");
		at = add(dst, at, PICK(noun, r));
		return add(dst, at, "s");
	case 3:
		at = add(dst, at, PICK(noun, r));
		at = add(dst, at, " & ");
		return add_word(dst, at, r, 2);
	case 4:
		at = add(dst, at, rng_below(r, 2) ? "DJ " : "MC ");
		return add_word(dst, at, r, 2);
	case 5:
		at = add_name(dst, at, r);
		at = add(dst, at, " and the ");
		at = add(dst, at, PICK(noun, r));
		return add(dst, at, "s");
	case 6:
	case 7:
		at = add(dst, at, PICK(adjective, r));
		at = add(dst, at, " ");
		return add(dst, at, PICK(noun, r));
	case 8:
	case 9:
	case 10:
		return add_word(dst, at, r, 2 + rng_below(r, 2));
	default:
		return add_name(dst, at, r);
	}
}

static size_t
add_title(char *dst, size_t at, struct rng *r)
{
	switch (rng_below(r, 10)) {
	case 0:
		return add(dst, at, PICK(noun, r));
	case 1:
		return add(dst, at, PICK(foreign, r));
	case 2:
		at = add(dst, at, PICK(noun, r));
		at = add(dst, at, " of ");
		return add_word(dst, at, r, 2);
	case 3:
	case 4:
	case 5:
		at = add(dst, at, PICK(phrase, r));
		at = add(dst, at, " ");
		return add(dst, at, PICK(noun, r));
	case 6:
		at = add(dst, at, PICK(phrase, r));
		at = add(dst, at, " ");
		at = add(dst, at, PICK(adjective, r));
		at = add(dst, at, " ");
		return add(dst, at, PICK(noun, r));
	default:
		at = add(dst, at, PICK(adjective, r));
		at = add(dst, at, " ");
		return add(dst, at, PICK(noun, r));
	}
}

size_t
words_album(char *dst, struct rng *r)
{
	return add_title(dst, 0, r);
}

size_t
words_song(char *dst, struct rng *r)
{
	size_t at = add_title(dst, 0, r);

	switch (rng_below(r, 24)) {
	case 0:
	case 1:
		return add(dst, at, PICK(behind, r));
	case 2:
		at = add(dst, at, " (feat. ");
		at = add_name(dst, at, r);
		return add(dst, at, ")");
	default:
		return at;
	}
}
