# Sourced by check-containers and check-cluster: a compose project of their own, so that the volumes
# of a running service are left alone, and what both do with it. Needs docker and curl.
export COMPOSE_PROJECT_NAME=forecasting-check API_PORT=${API_PORT:-18000}
url=http://127.0.0.1:$API_PORT
tiny='"recipe": {"units": [4], "context_length": 12, "epochs": 1}'
long='"recipe": {"units": [4], "context_length": 12, "epochs": 4000, "patience": null}'

say() { printf '\n== %s\n' "$*"; }
get() { curl -fsS "$url$1"; }
post() { curl -fsS --json @- "$url$1"; }
up() { docker compose up --detach --no-build --wait --wait-timeout 300 "$@"; }
inside() { docker compose exec -T "$@"; }
id_of() { grep -o '"id":"[0-9a-f]*"' | sed -n 1p | cut -d'"' -f4; }
size_of() { echo $(($(docker image inspect --format '{{.Size}}' "$1") / 1000000)); }
wait_until() { # wait_until PATTERN PATH: wait until the answer has the pattern
    for _ in {300..1}; do
        answer=$(get "$2" 2>&1) || :  # It may not listen yet.
        grep -qE "$1" <<<"$answer" && return
        ! grep -qE '"state":"(failed|cancelled)"' <<<"$answer" || break
        sleep 1
    done
    echo "$answer"; return 1
}
clean_up() {
    status=$?
    [ $status -eq 0 ] || docker compose logs --tail 50
    docker compose down --volumes >/dev/null 2>&1
    exit $status
}
