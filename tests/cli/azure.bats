#!/usr/bin/env bats
# Tables in the lake, at a little service of our own (azure_service.py): each
# kind of credentials, answers that are lost, refusals in words, and no secret
# in anything that is told.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

# serve [CERT KEY] - start the service; its address is in url
serve() {
	rm -f service/port
	python3 "$BATS_TEST_DIRNAME/azure_service.py" "$PWD/service" "$@" \
		</dev/null >>service/out 2>&1 3>&- &
	service=$!
	for _ in $(seq 1 100); do
		[ -s service/port ] && break
		sleep 0.1
	done
	url=http${1:+s}://127.0.0.1:$(cat service/port)
	export AZURE_STORAGE_ENDPOINT=$url
}

setup() {
	use_tools
	unset "${!AZURE_@}" IDENTITY_ENDPOINT IDENTITY_HEADER \
		CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
	mkdir service
	serve
	export no_proxy=127.0.0.1 PLAYPIPE_LAKE_PATIENCE_MS=20000
	export AZURE_STORAGE_ACCOUNT_NAME=acc
	key=$(printf 'a key of sixty-four bytes, or of as many as there are' | base64 -w 0)
	printf '{"a":%d}\n' 1 2 3 >in
}

teardown() {
	kill "$service" 2>/dev/null || :
	wait "$service" 2>/dev/null || :
}

use_key() {
	export AZURE_STORAGE_ACCOUNT_KEY=$key
}

# A table is made, read, and resumed from, by whoever we now are.
there_and_back() {
	lake-put az://lake/t in 2>err && lake-cat az://lake/t | cmp - in
}

asked() { # PATTERN - how many requests were of this kind
	grep -c -- "$1" service/log || :
}

@test "an account key" {
	use_key
	there_and_back
	lake-cat --count 'abfss://lake@acc.dfs.core.windows.net/t'
}

@test "a SAS, with and without its question mark" {
	export AZURE_STORAGE_SAS_TOKEN='?sv=2023-11-03&sig=good%25%2Bsig'
	there_and_back
	AZURE_STORAGE_SAS_TOKEN='sig=good%25%2Bsig' lake-cat az://lake/t | cmp - in
}

@test "a token that is given" {
	export AZURE_STORAGE_TOKEN=given
	there_and_back
}

principal() {
	export AZURE_AUTHORITY_HOST=$url/ AZURE_TENANT_ID=tenant
	export AZURE_CLIENT_ID=client
}

@test "a principal's secret, and one token for many requests" {
	principal
	export AZURE_CLIENT_SECRET='s3cr&t+%'
	there_and_back
	[ "$(asked 'POST /tenant/oauth2/v2.0/token')" = 2 ] # a process each
}

@test "a workload identity, its file read again for each token" {
	principal
	export AZURE_FEDERATED_TOKEN_FILE=$PWD/service/federated
	echo one >service/federated
	there_and_back
	# it lasts no longer than what is left for renewing: a token a request
	echo 200 >service/expires_in
	mkfifo pipe
	lake-put --batch-rows 1 az://lake/t <pipe &
	exec 9>pipe
	head -n 1 in >&9
	for _ in $(seq 1 100); do
		[ "$(asked 'PUT.* .*1.json')" = 1 ] && break
		sleep 0.1
	done
	echo two >service/federated # and the service knows no other any more
	cat in >&9
	exec 9>&-
	wait $!
	[ "$(lake-cat --count az://lake/t)" = 7 ]
	[ "$(asked 'POST /tenant')" -gt 5 ]
}

@test "a machine's managed identity" {
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=$url
	there_and_back
	[ "$(asked 'GET /metadata/identity')" = 2 ]
}

@test "the managed identity of App Service" {
	export IDENTITY_ENDPOINT=$url/msi IDENTITY_HEADER=header-secret
	there_and_back
	[ "$(asked 'GET /msi')" = 2 ]
}

@test "who is logged in to az" {
	mkdir bin
	cat >bin/az <<-'END'
		#!/bin/sh
		echo "$*" >>az.args
		echo '{"accessToken":"given","expires_on":99999999999}'
	END
	chmod +x bin/az
	PATH=$PWD/bin:$PATH
	export AZURE_USE_AZURE_CLI=true
	there_and_back
	grep -qx 'account get-access-token --resource https://storage.azure.com/ --output json' az.args
	printf '#!/bin/sh\nexit 1\n' >bin/az
	status_is 77 lake-cat az://lake/t
	grep -q "az login" err
}

@test "a token that is refused before its time is renewed, once" {
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=$url
	there_and_back
	: >service/log
	echo 'PUT 401 InvalidAuthenticationInfo' >service/script
	lake-put az://lake/t in
	[ "$(asked 'GET /metadata/identity')" = 2 ]
	printf '%s\n' 'PUT 401 InvalidAuthenticationInfo' \
		'PUT 401 InvalidAuthenticationInfo' >service/script
	status_is 77 lake-put az://lake/t in
	grep -q 'not allowed to write (InvalidAuthenticationInfo) with the managed identity' err
}

@test "what is read, too, is asked for once more with a new token" {
	principal
	export AZURE_CLIENT_SECRET='s3cr&t+%'
	there_and_back
	: >service/log
	echo 'GET 401 InvalidAuthenticationInfo' >service/script
	lake-cat az://lake/t | cmp - in
	[ "$(asked 'POST /tenant')" = 2 ]
}

@test "no credentials: the environment's names are told" {
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:9
	PLAYPIPE_LAKE_PATIENCE_MS=300 status_is 75 lake-cat az://lake/t
	grep -q 'AZURE_STORAGE_ACCOUNT_KEY' err
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=$url
	echo 'GET 403 Forbidden' >service/script
	status_is 77 lake-cat az://lake/t
	grep -q 'names no credentials .* the managed identity refuses a token (403)' err
}

@test "wrong credentials are 77, in words, and are not told" {
	local env
	principal
	export AZURE_CLIENT_SECRET=hush-hush
	status_is 77 lake-put az://lake/t in
	grep -q 'AADSTS7000215: Invalid client secret' err
	[ "$(grep -c hush err)" = 0 ]
	unset AZURE_CLIENT_SECRET
	for env in AZURE_STORAGE_ACCOUNT_KEY=aHVzaC1odXNo \
		AZURE_STORAGE_SAS_TOKEN='sig=hush-hush' \
		AZURE_STORAGE_TOKEN=hush-hush; do
		status_is 77 env "$env" lake-put -v az://lake/t in
		grep -q "not allowed to read (AuthenticationFailed) with the " err
		[ "$(grep -c 'hush\|aHVz' err)" = 0 ]
	done
	status_is 75 env PLAYPIPE_LAKE_PATIENCE_MS=300 \
		AZURE_STORAGE_SAS_TOKEN='sig=hush-hush' \
		AZURE_STORAGE_ENDPOINT=http://127.0.0.1:9 lake-put -v az://lake/t in
	[ "$(grep -c hush err)" = 0 ]
	status_is 2 lake-cat 'https://acc.blob.core.windows.net/lake/t?sig=hush'
	[ "$(grep -c hush err)" = 0 ]
}

@test "a commit whose answer is lost has happened once" {
	local what n=0
	use_key
	for what in lose drop 503 429 '500 InternalError'; do
		echo "PUT:log $what" >service/script
		lake-put az://lake/t in
		n=$((n + 3))
		[ "$(lake-cat --count az://lake/t)" = $n ]
		[ ! -s service/script ]
	done
	# twice in a row, so that what is read back is not there the first time
	printf '%s\n' 'PUT:log drop' 'PUT:log lose' >service/script
	lake-put az://lake/t in
	[ "$(lake-cat --count az://lake/t)" = 18 ]
	[ "$(grep -c '^PUT:log .*[0-9].json' service/log)" = 11 ]
}

@test "blocks and their list are sent again when an answer is lost" {
	use_key
	head -c 30000000 /dev/urandom | base64 -w 400 | sed 's/.*/{"a":"&"}/' >big
	printf '%s\n' 'PUT:block lose' 'PUT:block 503' 'PUT:block drop' \
		'PUT:list lose' 'GET drop' 'GET 503' >service/script
	lake-put az://lake/big big
	[ "$(asked PUT:block)" -ge 6 ] && [ "$(asked PUT:list)" = 2 ]
	echo 'GET drop' >service/script
	lake-cat az://lake/big | cmp - big
}

@test "what the service refuses is told in one sentence, with its reason" {
	use_key
	there_and_back
	echo 'PUT 403 AuthorizationPermissionMismatch' >service/script
	status_is 77 lake-put az://lake/t in
	grep -q "^lake-put: 'az://lake/t/part-.*': not allowed to write (AuthorizationPermissionMismatch) with the account key: ask who administers" err
	echo 'PUT 400 InvalidResourceName' >service/script
	status_is 2 lake-put az://lake/t in
	grep -q 'the service says 400 InvalidResourceName: This is why$' err
	echo 'PUT 409 LeaseIdMissing' >service/script
	status_is 75 lake-put az://lake/t in
	status_is 2 lake-put az://none/t in
	grep -q "no container 'none' in the account 'acc'; make it with: az storage container create" err
}

@test "what is wrong is told by the kind of credentials" {
	local past='se=2026-01-02T03%3A04%3A05Z&sig=good%25%2Bsig'
	export AZURE_STORAGE_TOKEN=given
	there_and_back
	refuse_with() { # CODE ENV TEXT
		echo "PUT 403 $1" >service/script
		status_is 77 env -u AZURE_STORAGE_TOKEN "$2" lake-put az://lake/t in
		grep -q "$3" err
	}
	refuse_with AuthorizationPermissionMismatch AZURE_STORAGE_TOKEN=given \
		'AZURE_STORAGE_TOKEN: the role Storage Blob Data Contributor'
	refuse_with AuthorizationPermissionMismatch \
		AZURE_STORAGE_SAS_TOKEN='sig=good%25%2Bsig' \
		'with the SAS: the SAS does not permit this: .* read and list)$'
	refuse_with AuthorizationFailure AZURE_STORAGE_ACCOUNT_KEY="$key" \
		"with the account key: a wrong key, or the account's network rules$"
	refuse_with AuthenticationFailed AZURE_STORAGE_ACCOUNT_KEY="$key" \
		'with the account key: the key is wrong$'
	refuse_with AuthenticationFailed AZURE_STORAGE_SAS_TOKEN="$past" \
		'with the SAS: it has expired (2026-01-02T03:04:05Z)$'
	refuse_with AuthenticationFailed AZURE_STORAGE_SAS_TOKEN="${past/2026/2996}" \
		'with the SAS: the SAS is wrong or has expired$'
}

@test "an account that is nowhere, and one the service does not know" {
	local nowhere
	use_key
	echo 'GET:list 404 ResourceNotFound' >service/script
	status_is 2 lake-cat az://lake/t
	grep -q 'says 404 ResourceNotFound: This is why; is there such an account?$' err
	# a name that is too long to be asked for
	nowhere=$(printf 'a%.0s' $(seq 1 64))
	unset AZURE_STORAGE_ENDPOINT
	AZURE_STORAGE_ACCOUNT_NAME=$nowhere PLAYPIPE_LAKE_PATIENCE_MS=300 \
		status_is 75 lake-cat az://lake/t
	grep -q "; is there an account '$nowhere'?\$" err
}

@test "the emulator has its own command for a container" {
	export AZURE_STORAGE_USE_EMULATOR=true AZURITE_BLOB_STORAGE_URL=$url
	unset AZURE_STORAGE_ENDPOINT
	use_key
	echo 'GET:list 404 ContainerNotFound' >service/script
	status_is 2 lake-cat az://lake/t
	grep -q "no container 'lake' in the emulator at '$url/acc'\$" err
}

@test "a clock that is wrong is told by how much" {
	echo 1800 >service/clock
	AZURE_STORAGE_ACCOUNT_KEY=aHVzaC1odXNo status_is 77 lake-cat az://lake/t
	grep -q "this machine's clock is 30 minutes behind that of the service" err
}

@test "what was written for a commit that fails is deleted" {
	use_key
	there_and_back
	echo 'PUT:log 403 AuthorizationFailure' >service/script
	status_is 77 lake-put --partition-by a az://lake/parts in
	[ "$(asked 'PUT /lake/parts/')" = 3 ] && [ "$(asked 'DELETE /lake/parts/')" = 3 ]
	[ "$(asked 'POST /lake$')" = 1 ] # this service knows no batches
}

@test "a service that lists from no name on is asked without it" {
	use_key
	for _ in $(seq 1 12); do
		lake-put -q az://lake/t in
	done
	: >service/log
	echo 'GET:list 400 UnsupportedQueryParameter' >service/script
	[ "$(lake-cat --count az://lake/t)" = 36 ]
	[ "$(asked GET:list)" -gt 1 ]
}

@test "a certificate is verified, and one of our own can be named" {
	command -v openssl >/dev/null || skip "no openssl here"
	kill "$service"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 -keyout service/key \
		-out service/cert 2>/dev/null
	serve service/cert service/key
	use_key
	status_is 77 lake-put az://lake/t in
	grep -q "certificate is not trusted" err
	export CURL_CA_BUNDLE=$PWD/service/cert
	there_and_back
}

@test "--check tells what may be done, and leaves nothing" {
	use_key
	lake-put --check az://lake/t >out
	diff out - <<-'END'
		list: yes
		create if absent: yes
		read: yes
		write: yes
		delete: yes
	END
	there_and_back
	printf '%s\n' 'PUT:log 403 AuthorizationPermissionMismatch' \
		'DELETE 403 AuthorizationPermissionMismatch' >service/script
	status_is 77 lake-put --check az://lake/t >out
	[ "$(grep -c ': yes$' out)" = 3 ]
	grep -q '^create if absent: no: .*not allowed to create (AuthorizationPermissionMismatch)' out
	grep -q '^delete: no: .*not allowed to delete' out
	lake-put --check folder >out
	[ "$(grep -c ': yes$' out)" = 5 ] && [ -z "$(ls -A folder)" ]
}

@test "jobs, positions and state in the lake: killed or not, the same rows" {
	use_key
	evgen --users 50 --seed 3 --from 2026-11-16 --to 2026-11-17 \
		--job sim --barrier-every 6h >events
	lake-put --schema playpipe --job sim az://lake/bronze events
	for _ in 1 2; do
		lake-cat --job silver --resume az://lake/silver az://lake/bronze |
			sessionize --state az://lake/_state |
			lake-put --job silver --schema sessions az://lake/silver
	done
	[ "$(lake-cat --count az://lake/bronze)" = "$(grep -vc '@barrier' events)" ]
	[ "$(lake-cat --count az://lake/silver)" -gt 10 ]
	lake-cat --print positions az://lake/silver | grep -q 'silver:state/sessionize'
	[ "$(asked 'PUT /lake/_state/silver/sessionize-.*state')" -ge 1 ]
}

@test "a table in the lake is tidied, and a row erased" {
	use_key
	for _ in 1 2 3; do
		lake-put az://lake/t in 2>/dev/null
	done
	lake-tidy --compact --checkpoint az://lake/t |
		grep -q 'put together: 3,.* into 1,'
	lake-tidy --delete-where 'a = 2' --vacuum --retain 0s --now 2100-01-01 \
		az://lake/t
	[ "$(lake-cat az://lake/t | sort | uniq -c | tr -s ' \n' ' ')" = \
		' 3 {"a":1} 3 {"a":3} ' ]
	[ "$(lake-tidy --report json az://lake/t |
		jq -c '[.files, .waste.files, .orphans.files, .oldestVersion]')" = \
		'[1,0,0,4]' ]
}
