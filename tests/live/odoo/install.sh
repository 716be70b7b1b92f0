#!/bin/bash
# Installs Odoo 19 beside the tests: Debian's own package (sid), unpacked and not installed, its
# Python libraries from the package index, and a PostgreSQL cluster of its own on loopback.
# Takes 90 s and 1.5 GB. Every step is left out when its result is there already.
#
#   install.sh DIRECTORY      (and stop.sh DIRECTORY ends the database server)
#
# Wants apt, Python 3.10 to 3.13 (PYTHON names another) and PostgreSQL 13 or later.
# The mirror and the index are the machine's own; DEBIAN_MIRROR names another mirror.
set -euo pipefail

place=$(realpath -m "$1")
python=${PYTHON:-python3.11}
mkdir -p "$place"

mirror() {
    local release
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' \
        | awk -v release="$release" '$1 == release && $2 == "main" { print $3; exit }'
}

unpack_odoo() {
    local apt="$place/apt" options
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "${DEBIAN_MIRROR:-$(mirror)} sid main" > "$apt/sources.list"
    options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    # The others are what the package's web client links to.
    (cd "$apt" && apt-get "${options[@]}" download odoo-19 libjs-jquery libjs-jquery-form \
        libjs-underscore fonts-font-awesome fonts-roboto-unhinted)
    dpkg-deb -f "$apt"/odoo-19_*.deb Version > "$place/version"
    for package in "$apt"/*.deb; do
        dpkg-deb -x "$package" "$place/unpacked.part"
        rm "$package"
    done
    mv "$place/unpacked.part" "$place/unpacked"
}

make_venv() {
    "$python" -m venv "$place/venv.part"
    # What Debian's package depends on, as far as invoicing without a printer needs it.
    "$place/venv.part/bin/python" -m pip install --quiet --disable-pip-version-check \
        asn1crypto babel cbor2 chardet cryptography decorator docutils freezegun geoip2 gevent \
        greenlet idna jinja2 libsass lxml lxml_html_clean markupsafe num2words ofxparse \
        openpyxl passlib pillow polib psutil psycopg2-binary pyopenssl pypdf pyserial \
        python-dateutil python-magic python-stdnum pytz pyusb qrcode reportlab requests \
        rjsmin 'setuptools<81' urllib3 vobject werkzeug xlrd XlsxWriter xlwt zeep
    mv "$place/venv.part" "$place/venv"
}

as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

make_cluster() {
    mkdir -p "$place/pg"
    [ "$(id -u)" != 0 ] || chown postgres "$place/pg"
    as_postgres "$bin/initdb" -D "$place/pg/data" -U postgres --auth=trust -E UTF8 \
        --locale=C.UTF-8 > /dev/null
}

free_port() {
    "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_cluster() {
    free_port > "$place/pg_port"
    (cd / && as_postgres "$bin/pg_ctl" -D "$place/pg/data" -w -s -l "$place/pg/log" start -o \
        "-c listen_addresses=127.0.0.1 -p $(cat "$place/pg_port") -k $place/pg -c fsync=off \
         -c synchronous_commit=off -c full_page_writes=off -c max_connections=200")
}

[ -d "$place/unpacked" ] || unpack_odoo
[ -d "$place/venv" ] || make_venv
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
[ -s "$place/pg/data/PG_VERSION" ] || make_cluster
as_postgres "$bin/pg_ctl" -D "$place/pg/data" status > /dev/null 2>&1 || start_cluster
psql=(psql -h 127.0.0.1 -p "$(cat "$place/pg_port")" -U postgres -qAt)
[ -n "$("${psql[@]}" -c "select 1 from pg_roles where rolname = 'odoo'")" ] \
    || "${psql[@]}" -c "create role odoo login createdb superuser password 'odoo'"
