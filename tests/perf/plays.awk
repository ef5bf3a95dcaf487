# plays.awk - a million synthetic plays, 13 columns and some 286 bytes a line:
# the table by which lake-put is compared with writers of Parquet. The same
# lines on every machine: the generator is its own (Park and Miller's, exact
# in doubles).
#
#	awk -v lines=1000000 -f tests/perf/plays.awk
function below(n) {
	seed = seed * 16807 % 2147483647
	return seed % n
}
# Few are many: the square of a uniform share.
function skewed(n,   u) {
	u = below(1000000) / 1000000
	return int(u * u * n)
}
function hex(n) {
	return sprintf("%04x", n)
}
function id(   s, i) {
	s = hex(below(65536)) hex(below(65536))
	for (i = 0; i < 4; i++)
		s = s "-" hex(below(65536))
	return s hex(below(65536)) hex(below(65536))
}
BEGIN {
	seed = 20261122
	countries = split("US BR MX DE GB FR IN ES ID SE PL JP TR CA AU NL", country)
	platforms = split("ios android web desktop tv speaker", platform)
	plans = split("free premium family student", plan)
	sources = split("playlist album artist radio search library", source)
	words = split("midnight river golden echo paper summer neon winter silver garden thunder velvet " \
		"ocean hollow crimson wandering", word)
	us = 0
	for (i = 0; i < lines; i++) {
		us += below(160)
		track = skewed(100000)
		artist = int(track / 12)
		user = skewed(150000)
		duration = 120000 + track * 7919 % 240000
		printf "{\"id\":\"%s\",\"ts\":\"2026-11-22T%02d:%02d:%02d.%03dZ\",\"user\":\"u%07d\"," \
			"\"session\":%d,\"track\":\"t%06d\",\"title\":\"%s %s %d\",\"artist\":\"%s %ss %d\"," \
			"\"country\":\"%s\",\"device\":\"%s\",\"plan\":\"%s\",\"source\":\"%s\",\"ms\":%d," \
			"\"skipped\":%s}\n",
			id(), us / 3600000, us / 60000 % 60, us / 1000 % 60, us % 1000, user,
			user * 1000 + below(20), track, word[1 + track % words], word[1 + int(track / 16) % words],
			track, word[1 + artist % words], word[1 + int(artist / 16) % words], artist,
			country[1 + skewed(countries)], platform[1 + skewed(platforms)], plan[1 + skewed(plans)],
			source[1 + skewed(sources)], below(3) ? duration : below(duration),
			below(3) ? "false" : "true"
	}
}
