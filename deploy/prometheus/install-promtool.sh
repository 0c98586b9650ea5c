#!/bin/sh
# Installs promtool, with which the tests check the alert rules, and Prometheus, with which
# `make observe` tries them. Debian and Ubuntu have both in one package.
set -eu
PATH="$PATH:/usr/local/bin:/usr/bin"
if command -v promtool >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "promtool is missing: install Prometheus (on Debian, as root: apt-get install prometheus)" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends prometheus >&2
