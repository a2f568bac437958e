# Version, help, refused command lines, the pages made from the lists.
. "$(dirname "$0")/lib.bash"

ends 0 "$freshet" --version
[ "$(cat out.txt)" = "freshet $(sed -n 's/.*FRS_VERSION "\(.*\)"/\1/p' "$FRS_SOURCE/include/freshet/base.h")" ] || fail "--version"
ends 0 "$freshet" version
has out.txt "freshet: " "oneDNN: " "lstm" "netcdf"
ends 0 "$freshet" --help
has out.txt "freshet VERB" "run " "--threads N" "demo"
lacks out.txt " dev "
for verb in run train evaluate forecast report check pack convert synth demo version help; do
    ends 0 "$freshet" $verb --help
    has out.txt "Usage: freshet $verb" "--quiet"
    cp out.txt one.txt
    ends 0 "$freshet" help $verb
    same one.txt out.txt
done

ends 2 "$freshet"
has out.txt "Usage: freshet VERB"
refused "which config?" "freshet demo" -- "$freshet" run
refused "no verb rnu" "did you mean run?" -- "$freshet" rnu
refused "no verb xyzzy" -- "$freshet" xyzzy
refused "no option --treads" "did you mean --threads?" -- "$freshet" run a.yml --treads 3
refused "no option -x" -- "$freshet" run -x
refused '`freshet check` has no option --seed' -- "$freshet" check a.yml --seed 3
refused '`freshet check` needs CONFIG' -- "$freshet" check
refused "one argument too many: b.yml" -- "$freshet" check a.yml b.yml
refused "--threads: expected a whole number" "'two'" -- "$freshet" run a.yml --threads two
refused "threads must be 0 to" "99999999" -- "$freshet" run a.yml --threads 99999999
refused "--threads needs a value" -- "$freshet" run a.yml --threads
refused "--quiet takes no value" -- "$freshet" run a.yml --quiet=3
refused "--isa: expected scalar|avx2|avx512" "'sse'" -- "$freshet" run a.yml --isa sse
refused "--issue: expected a date that exists" "2001-02-29" -- "$freshet" forecast x --issue 2001-02-29
refused "--resume takes everything from its folder" -- "$freshet" run a.yml --resume x
refused "x: no such run folder" -- "$freshet" run --resume x
refused "there is no verb nothing" -- "$freshet" help nothing
refused "a.yml" -- "$freshet" run a.yml
refused "-b.yml" -- "$freshet" run -- -b.yml
[ -z "$(find . -type d -name 'x')" ] || fail "a refused command made a folder"

# Standard output that cannot be written is not silence.
if [ -w /dev/full ]; then
    status=0
    "$freshet" version > /dev/full 2> err.txt || status=$?
    [ $status = 2 ] || fail "full standard output: status $status"
    has err.txt "standard output could not be written"
fi

# Programs get one JSON object a line, on standard output only.
ends 2 "$freshet" --json run a.yml
has out.txt '{"event":"error","status":"FRS_E_IO"' 'a.yml'
[ ! -s err.txt ] || fail "--json wrote to standard error"
ends 2 "$freshet" --json $'run\x01\xff"\\'
has out.txt '"text":"there is no verb run ?\"\\'

# The pages made from the lists.
ends 0 "$freshet" dev keys
cmp -s out.txt "$FRS_SOURCE/docs/config.md" || fail "docs/config.md is not what 'freshet dev keys' writes"
ends 0 "$freshet" dev layers
cmp -s out.txt "$FRS_SOURCE/docs/layers.md" || fail "docs/layers.md is not what 'freshet dev layers' writes"
ends 0 "$freshet" dev completion
bash -n out.txt || fail "the completion is no bash"
(
    . ./out.txt
    compopt() { :; }
    COMP_WORDS=(freshet run a.yml --set hidden) COMP_CWORD=4
    _freshet
    [[ " ${COMPREPLY[*]} " == *" hidden_size= "* ]] || fail "completion of --set: ${COMPREPLY[*]}"
    COMP_WORDS=(freshet conv) COMP_CWORD=1
    _freshet
    [ "${COMPREPLY[*]}" = convert ] || fail "completion of a verb: ${COMPREPLY[*]}"
    COMP_WORDS=(freshet convert --at) COMP_CWORD=2
    _freshet
    [ "${COMPREPLY[*]}" = --attributes ] || fail "completion of an option: ${COMPREPLY[*]}"
)
ends 0 "$freshet" dev man
cp out.txt page.1
has page.1 ".TH FRESHET 1" '\-\-attributes' "EXIT STATUS"
if command -v groff > /dev/null; then
    ends 0 groff -man -Tutf8 -ww page.1
    [ ! -s err.txt ] || fail "the man page has faults"
fi

# Nothing is loaded that --version does not need: under 10 ms, and on a busy machine it may try again.
best=999999999
for _ in $(seq 100); do
    start=$(date +%s%N)
    "$freshet" --version > /dev/null
    took=$(($(date +%s%N) - start))
    [ $took -ge $best ] || best=$took
    [ $best -ge 10000000 ] || break
done
grep -q '^FRS_SANITIZE:[A-Z]*=.' "$FRS_BUILD/CMakeCache.txt" || [ $best -lt 10000000 ] || fail "--version takes $((best / 1000)) us"
