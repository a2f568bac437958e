# Records of real rivers, where they are: MOPEX with a station that cannot be used, headerless files of Russian rivers.
. "$(dirname "$0")/lib.bash"

shared=${FRS_SHARED:-$FRS_SOURCE/../shared}
if [ ! -d "$shared/data/mopex" ]; then
    echo "skipped: no ../shared"
    exit 0
fi
small run.yml "data_dir: $shared/data/mopex" "dynamic_inputs: [prcp, pet, tmax, tmin]" "sites: [01060000]"
refused "01060000" "pet" -- "$freshet" run run.yml --out run
ends 2 "$freshet" check run.yml
has out.txt "hard" "01060000"
small run.yml "data_dir: $shared/data/mopex" "dynamic_inputs: [prcp, pet, tmax, tmin]" "sites: ['01567000']"
ends 0 "$freshet" run run.yml --out mopex --quiet

# packed with attributes, the same record gives the same bits
ends 0 "$freshet" pack "$shared/data/mopex" --out mopex.frs --attributes "$shared/data/mopex/attributes.csv"
has out.txt "Sites written: 42"
ends 0 "$freshet" run run.yml --out store --quiet --set data_dir=mopex.frs
same mopex/scores.csv store/scores.csv

ends 0 "$freshet" convert "$shared/data/russia" --to csv --out rivers
head -1 rivers/taz.csv > head.txt
has head.txt "date,q"
