# What the tests from outside share, to be sourced: the example as a process on a free loopback port, and packages that
# are installed under target/, never into the source tree. Everything ends with the script, by its own id.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
service_folder=$(mktemp -d)
service=

# Copies tests/$1 to target/$1, installs what its package-lock.json pins, and goes there.
enter_node_folder() {
    local folder=$target/$1
    mkdir -p "$folder"
    cp -R "$root/tests/$1/." "$folder"
    cd "$folder"
    if ! cmp -s package-lock.json node_modules/.installed.json; then
        npm ci --no-audit --no-fund --loglevel=error
        cp package-lock.json node_modules/.installed.json
    fi
}

# Starts the example over a temporary database; its address is in $service_url then.
start_posters() {
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p posters --features postgres
    local said=$service_folder/said line
    mkfifo "$said"
    env -u PXT_PUBLIC_URL -u PXT_CONFIG PXT_LOG=warn \
        PXT_DATABASE="sqlite://$service_folder/pxt.db" PXT_MEDIA="$service_folder/media" \
        "$target/debug/posters" serve --host 127.0.0.1 --port 0 >"$said" 2>"$service_folder/log" &
    service=$!
    service_url=
    while read -r line; do
        if [[ $line == *"Listening on "* ]]; then
            service_url=${line##* }
            break
        fi
    done <"$said"
    if [[ -z $service_url ]]; then
        echo "the example did not start:" >&2
        cat "$service_folder/log" >&2
        return 1
    fi
}

# Stops the example as an operator would. It has to be running still, and to stop without an error.
stop_posters() {
    local id=$service
    service=
    kill -TERM "$id"
    wait "$id"
}

end_service() {
    if [[ -n $service ]]; then
        kill -KILL "$service" 2>/dev/null || true
        wait "$service" 2>/dev/null || true
    fi
    if [[ -s $service_folder/log ]]; then
        echo "the end of the example's log:" >&2
        tail -n 40 "$service_folder/log" >&2
    fi
    rm -rf "$service_folder"
}
trap end_service EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
