#!/usr/bin/env bash
# Makes the logs in this folder again, with the real tools, against an embedded organism: bash make.sh [FOLDER]
# Needs `kept`, Python 3.11 or newer and npm on the PATH, some 10 GB of disk, and the registries; the runs need none.
set -euo pipefail

garak_version=${GARAK_VERSION:-0.17.1}
promptfoo_version=${PROMPTFOO_VERSION:-0.123.1}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(realpath "${1:-$here}")
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server"
  rm -rf "$work"
}
trap finish EXIT

install_tools() {
  python3 -m venv "$work/garak"
  "$work/garak/bin/pip" install --quiet "garak==$garak_version"
  mkdir "$work/node"
  npm install --prefix "$work/node" --no-audit --no-fund --loglevel error node@22 "promptfoo@$promptfoo_version"
}

serve() {
  kept models serve "organism:rules?seed=3" --port 8931 >"$work/serve.log" 2>&1 &
  server=$!
  until grep -q "is served at" "$work/serve.log"; do
    kill -0 "$server"
    sleep 0.2
  done
}

run_garak() {
  mkdir -p "$work/data/garak/data/payloads"
  cp "$here/cards.json" "$work/data/garak/data/payloads/"
  for name in garak garak-silent; do
    XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache \
      OPENAICOMPATIBLE_API_KEY=none HF_HUB_OFFLINE=1 \
      "$work/garak/bin/garak" --config "$here/$name.yaml" 2>"$work/$name.err" | grep -a "ok on"
    scrub "$work/data/garak/garak_runs/$name.report.jsonl" >"$out/$name.report.jsonl"
  done
}

run_promptfoo() {
  # It exits with 100 where a test failed, and some fail here.
  (
    cd "$work"
    PATH=$work/node/node_modules/node/bin:$PATH PROMPTFOO_CONFIG_DIR=$work/promptfoo PROMPTFOO_DISABLE_TELEMETRY=1 \
      PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=1 \
      node/node_modules/.bin/promptfoo eval --config "$here/promptfoo.yaml" --output "$work/results.json" \
      --no-cache --no-progress-bar --no-table --max-concurrency 1 | grep -A 3 "^Results:"
  ) || [ $? -eq 100 ]
  scrub "$work/results.json" | python3 -c 'import json, sys
json.dump(json.load(sys.stdin), sys.stdout, ensure_ascii=False, separators=(",", ":"))' >"$out/promptfoo.json"
}

# This machine's folders give way to one that tells nothing.
scrub() {
  sed -e "s#$here#/home/user/cards#g" -e "s#$work#/home/user#g" "$1"
}

install_tools
serve
run_garak
run_promptfoo
wc -c "$out"/garak*.jsonl "$out/promptfoo.json"
