# shellcheck shell=bash
# azurite_lib.sh - an Azurite of our own on loopback, and the environment that
# names it. Source it after lib.sh, with `scratch` a folder; then:
#
#	need_azurite		fetched once into ~/.cache/playpipe/azurite, else skip
#	azurite_start		on a free port, with the container `lake`
#	azurite_stop		by its process id; what it held is gone
#	azurite_container NAME	one more container
#	azurite_options		delta-rs' storage options, as JSON
#
# After azurite_start, AZURE_STORAGE_USE_EMULATOR and AZURITE_BLOB_STORAGE_URL
# are exported; $azurite_port is the port.

azurite_version=3.37.0 # 3.35 ignores startFrom, on which delta-rs relies
azurite_pid=
: "${scratch=}" # the test sets it before azurite_start

need_azurite() {
	local home=${XDG_CACHE_HOME:-$HOME/.cache}/playpipe/azurite
	azurite=$home/node_modules/.bin/azurite-blob
	command -v node >/dev/null || skip_all "node is not installed"
	mkdir -p "$home"
	(
		flock 9
		[ -x "$azurite" ] && exit 0
		command -v npm >/dev/null &&
			npm install --prefix "$home" --no-audit --no-fund \
				"azurite@$azurite_version" >"$home/log" 2>&1
	) 9>"$home/lock" ||
		skip_all "azurite $azurite_version cannot be had: $home/log"
}

azurite_free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

azurite_start() {
	local try
	azurite_port=$(azurite_free_port)
	mkdir -p "$scratch/azurite"
	# its log stays here: it tells what has come of a request
	(cd "$scratch/azurite" && exec "$azurite" --blobHost 127.0.0.1 \
		--blobPort "$azurite_port" --disableTelemetry \
		--skipApiVersionCheck --silent --location "$scratch/azurite") \
		>"$scratch/azurite.log" 2>&1 &
	azurite_pid=$!
	export AZURE_STORAGE_USE_EMULATOR=true
	export AZURITE_BLOB_STORAGE_URL=http://127.0.0.1:$azurite_port
	export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
	for try in $(seq 1 150); do
		if (exec 3<>"/dev/tcp/127.0.0.1/$azurite_port") 2>/dev/null; then
			azurite_container lake
			return
		fi
		kill -0 "$azurite_pid" 2>/dev/null || break
		sleep 0.2
	done
	sed 's/^/# /' "$scratch/azurite.log"
	skip_all "Azurite does not start (try $try)"
}

azurite_stop() {
	[ -n "$azurite_pid" ] || return 0
	kill "$azurite_pid" 2>/dev/null
	wait "$azurite_pid" 2>/dev/null
	azurite_pid=
}

# Its account and key are published ones: Azurite's README.
azurite_account=devstoreaccount1
azurite_key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

# azurite_container NAME - Create Container, signed here with nothing of ours
azurite_container() {
	python3 - "$AZURITE_BLOB_STORAGE_URL" "$azurite_account" "$azurite_key" \
		"$1" <<-'END'
		import base64, email.utils, hashlib, hmac, sys, urllib.request
		url, account, key, name = sys.argv[1:]
		date = email.utils.formatdate(usegmt=True)
		text = ("PUT\n\n\n\n\n\n\n\n\n\n\n\n"
		        f"x-ms-date:{date}\nx-ms-version:2023-11-03\n"
		        f"/{account}/{account}/{name}\nrestype:container")
		code = base64.b64encode(hmac.new(base64.b64decode(key),
		                                 text.encode(), hashlib.sha256).digest())
		r = urllib.request.Request(
		    f"{url}/{account}/{name}?restype=container", method="PUT", data=b"",
		    headers={"x-ms-date": date, "x-ms-version": "2023-11-03",
		             "Content-Length": "0", "Content-Type": "",
		             "Authorization": f"SharedKey {account}:{code.decode()}"})
		urllib.request.build_opener(urllib.request.ProxyHandler({})).open(r)
	END
}

azurite_options() {
	printf '{"azure_storage_account_name":"%s","azure_storage_account_key":"%s",' \
		"$azurite_account" "$azurite_key"
	printf '"azure_storage_endpoint":"%s/%s","allow_http":"true"}\n' \
		"$AZURITE_BLOB_STORAGE_URL" "$azurite_account"
}
