#!/bin/bash
# Makes Tryton's web client (sao, series 7.0) ready to be served: its package and the libraries
# that it names in bower.json, from the npm registry. Half a minute and 60 MB.
#
#   client.sh DIRECTORY      (then DIRECTORY/package is the root that trytond serves)
set -euo pipefail

place=$(realpath -m "$1")
mkdir -p "$place/libraries"
cd "$place"
[ -d package ] || tar xzf "$(npm pack --silent tryton-sao@7.0.56)"
cd libraries
echo '{"private": true}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund jquery@3 bootstrap@3 moment@2 \
    gettext.js@0.7 d3@5 c3@0.7 papaparse@5 fullcalendar@3 mousetrap@1 sortablejs@1
from="$place/libraries/node_modules"
to="$place/package/bower_components"
rm -rf "$to"
mkdir -p "$to/d3" "$to/Sortable"
for one in jquery bootstrap moment gettext.js c3 papaparse fullcalendar mousetrap; do
    cp -r "$from/$one" "$to/$one"
done
cp "$from/d3/dist/d3.min.js" "$to/d3/"
cp "$from"/sortablejs/*.js "$to/Sortable/"
