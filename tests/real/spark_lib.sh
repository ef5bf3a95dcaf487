# shellcheck shell=bash
# spark_lib.sh - Spark with Delta, as its users have it. Source it after
# lib.sh; then:
#
#	need_spark	0, and $python can import it, with its jars in
#			$spark_jars; else 1, and why in $spark_lack
#
# pyspark comes from PyPI (into build/real-venv), Delta's jars from Maven
# Central (into ~/.cache/playpipe/delta-jars): 850 and 15 MB.

spark_version=4.2.0
delta_version=4.4.0
spark_jars=${XDG_CACHE_HOME:-$HOME/.cache}/playpipe/delta-jars/$delta_version
spark_lack=

# delta_jars FOLDER - all that Delta needs beside Spark
delta_jars() {
	mkdir -p "$1.new" &&
		cat >"$1.new/pom.xml" <<-END &&
			<project xmlns="http://maven.apache.org/POM/4.0.0">
			<modelVersion>4.0.0</modelVersion>
			<groupId>playpipe</groupId><artifactId>jars</artifactId>
			<version>1</version>
			<dependencies><dependency><groupId>io.delta</groupId>
			<artifactId>delta-spark_4.2_2.13</artifactId>
			<version>$delta_version</version></dependency></dependencies>
			</project>
		END
		mvn -B -ntp -q -f "$1.new/pom.xml" \
			org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
			-DoutputDirectory="$1.new/out" -DincludeScope=runtime &&
		find "$1.new/out" -name '*.jar' ! -name 'delta-*' \
			! -name 'unitycatalog*' -delete &&
		mv "$1.new/out" "$1" && rm -rf "$1.new"
}

need_spark() {
	local log=$real_root/build/spark.log
	if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
		spark_lack='java or mvn is not installed'
		return 1
	fi
	mkdir -p "${spark_jars%/*}" "$real_root/build"
	(
		flock 9
		[ -d "$spark_jars" ] || delta_jars "$spark_jars" || exit 1
		"$python" -c 'import pyspark' 2>/dev/null ||
			"${python%/*}/pip" install -q "pyspark==$spark_version"
	) 9>"$spark_jars.lock" >"$log" 2>&1 && return
	spark_lack="Spark or its jars cannot be had: see $log"
	return 1
}
