#!/usr/bin/env bash
# kcat_login.t - kcat-in's ways into real Kafka: passwords, tokens and
# certificates, good ones and bad ones, and how soon a bad one is told.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"
seq 100 | sort >numbers
echo alice-secret >good
echo wrong >bad

# reads OPTION... - all of the topic, and in time
reads() {
	timeout 20 kcat-in "$@" numbers | sort | diff numbers -
}

# denied TEXT OPTION... - within seconds, and with a sentence
denied() {
	local text=$1 began=$SECONDS
	shift
	exits 77 "$text" kcat-in "$@" numbers && [ $((SECONDS - began)) -le 5 ]
}

# as MECHANISM - sets what "via" adds to a command line
as() {
	via=(-b "$KAFKA_SASL_BROKERS" -X security.protocol=SASL_PLAINTEXT
		-X sasl.mechanism="$1")
}

password() { # MECHANISM FILE
	as "$1"
	reads "${via[@]}" -X sasl.username=alice -X sasl.password=@"$2"
}

wrong_password() { # MECHANISM FILE
	as "$1"
	denied 'uthentication failed' "${via[@]}" -X sasl.username=alice \
		-X sasl.password=@"$2"
}

property_file() {
	printf '%s\n' '# to log in' "security.protocol = SASL_PLAINTEXT" \
		'' 'sasl.mechanism=PLAIN' 'sasl.username=alice' \
		'sasl.password=alice-secret' >properties
	chmod 600 properties
	reads -b "$KAFKA_SASL_BROKERS" --properties properties
}

# Neither said nor shown to others.
secret_on_command_line() {
	exits 2 'sasl.password=@FILE' kcat-in -b "$KAFKA_SASL_BROKERS" \
		-X sasl.password=alice-secret numbers &&
		! grep -q alice-secret exits.err
}

url64() {
	base64 -w 0 | tr '+/' '-_' | tr -d =
}

# jwt SECONDS - a token without signature that lives so long
jwt() {
	local now
	now=$(date +%s)
	printf '%s.%s.' "$(printf '{"alg":"none"}' | url64)" \
		"$(printf '{"sub":"alice","iat":%d,"exp":%d}' \
			$((now - 60)) $((now + $1)) | url64)"
}

token() { # COMMAND
	as OAUTHBEARER
	reads "${via[@]}" --token-command "$1"
}

tokens() {
	jwt 300 >text &&
		printf '{"access_token":"%s","expires_in":60}\n' "$(cat text)" \
			>object && token 'cat text' && token 'cat object'
}

no_token() { # TEXT COMMAND
	as OAUTHBEARER
	denied "$1" "${via[@]}" --token-command "$2"
}

bad_tokens() {
	jwt -10 >old && no_token 'unexpired' 'cat old' &&
		no_token 'invalid_token' 'echo garbage' &&
		no_token 'printed no token' true &&
		no_token 'failed (status 3)' 'exit 3' &&
		as OAUTHBEARER &&
		exits 2 'needs --token-command' kcat-in "${via[@]}" numbers
}

tls() {
	reads -b "$KAFKA_SSL_BROKERS" -X security.protocol=SSL \
		-X ssl.ca.location="$KAFKA_CA" "$@"
}

unknown_ca() {
	denied 'certificate verify failed' -b "$KAFKA_SSL_BROKERS" \
		-X security.protocol=SSL
}

# 127.1 is the same machine by a name that is not in the certificate.
other_name() {
	local brokers=127.1:${KAFKA_SSL_BROKERS##*:}
	denied 'certificate verify failed' -b "$brokers" \
		-X security.protocol=SSL -X ssl.ca.location="$KAFKA_CA" &&
		reads -b "$brokers" -X security.protocol=SSL \
			-X ssl.ca.location="$KAFKA_CA" \
			-X ssl.endpoint.identification.algorithm=none
}

# No answer that makes sense: it may be a broker that starts.
wrong_listener() {
	exits 75 "no broker answers at '$KAFKA_BROKERS'" kcat-in \
		-b "$KAFKA_BROKERS" -X security.protocol=SSL --timeout 2s \
		numbers &&
		exits 75 "no broker answers at '$KAFKA_SASL_BROKERS'" kcat-in \
			-b "$KAFKA_SASL_BROKERS" --timeout 2s numbers
}

is_scram_broken() { # before 2.6.1, against Kafka 4
	kcat-in --version | grep -Eq 'librdkafka (1\.|2\.[0-5]\.|2\.6\.0)'
}

scram() {
	if [ "$1" = 4.4.0 ] && is_scram_broken; then
		wrong_password SCRAM-SHA-256 good &&
			grep -q 'cannot log in by SCRAM to Kafka 4.0' exits.err
	else
		password SCRAM-SHA-256 good && wrong_password SCRAM-SHA-256 bad
	fi
}

for version in "${kafka_versions[@]}"; do
	on "$version"
	tool create numbers 3 && put numbers <numbers
	tap "$version: PLAIN" password PLAIN good
	tap "$version: PLAIN, wrong password" wrong_password PLAIN bad
	tap "$version: SCRAM, or a sentence why not" scram "$version"
	tap "$version: properties in a file" property_file
	tap "$version: OAUTHBEARER by a command" tokens
	tap "$version: commands that print no good token" bad_tokens
	tap "$version: TLS" tls
	tap "$version: TLS by an unknown authority" unknown_ca
	tap "$version: TLS by another name" other_name
	tap "$version: another listener's protocol" wrong_listener
done
tap 'a secret on the command line' secret_on_command_line
tap_end
