#!/usr/bin/env bash
# Short runs of everything that writes files, for one question: does a change leave the bytes as they were?
#
#   LATTIGRAD_DATA=FOLDER proptests/same-bytes.sh CHECKOUT SUMS
#
# runs the scripts of a checkout and writes the SHA-256 of every file they made, and what they printed, to the folder
# SUMS; run it for the checkout before and the one after and compare with `diff -r`. Runs lie in one place for both,
# because paths stand in configurations. What tells of time or machine is left out: environment.json, log.txt, seconds.
set -uo pipefail
checkout=$(cd "$1" && pwd)
mkdir -p "$2"
sums=$(cd "$2" && pwd)
data=${LATTIGRAD_DATA:?the folder of real data}
out=${TMPDIR:-/tmp}/same-bytes
rm -rf "$out" && mkdir -p "$out"
cd "$checkout"

# Each line: a name, and the words of `npm run`.
run() {
  local name=$1
  shift
  npm run --silent "$@" >"$sums/$name.txt" 2>&1
  echo "exit $?" >>"$sums/$name.txt"
  sed -i -E 's/[0-9]+ s\./TIME s./; s/[0-9.]+ (ms|seconds)/TIME/' "$sums/$name.txt"
}
small="--preset smoke --most 40 --epochs 2"
forces=$data/pretrain/mpf-TP.extxyz.gz
more=$data/pretrain/Fe-magnetic.extxyz.gz
relaxed=$data/properties/jdft2d-exfoliation.extxyz.gz
pretrain() { run "pretrain-$1" pretrain -- $small --out "$out/$1" "${@:2}"; }
finetune() { run "finetune-$1" finetune -- $small --seeds 1,2 --out "$out/fine-$1" --data "$relaxed" "${@:2}"; }

pretrain forces --data "$forces" "$more" --weights 1:500:500
pretrain energy --data "$forces" --weights energy
pretrain only-forces --data "$forces" --weights forces --average 0.9
pretrain transformer --data "$forces" --model torchmd-et --weights forces-stress
pretrain restoring --data "$relaxed" --strategy derivative-denoising --sign restoring
pretrain paper --data "$relaxed" --strategy derivative-denoising --sign paper --model torchmd-et
pretrain head --data "$relaxed" --strategy head-denoising
pretrain transformer-head --data "$relaxed" --strategy head-denoising --model torchmd-et
pretrain universe --crystals 40
pretrain unequal --data "$forces" --set references=none --set model.form=paper
finetune untrained --pool mean
finetune forces --from "$out/forces"
finetune kept --from "$out/forces" --keep-head --freeze conv_list --patience 1
finetune transformer --from "$out/transformer"
finetune head --from "$out/head" --scaling none
finetune pooled --from "$out/restoring" --reinitialise post_lin_list
run finetune-universe finetune -- $small --crystals 40 --target bulk_modulus --seeds 1 --out "$out/fine-universe"
run evaluate-forces evaluate -- "$out/forces" --data "$more" --out "$out/evaluated"
run evaluate-only-forces evaluate -- "$out/only-forces" --data "$forces" --out "$out/evaluated-forces"
run evaluate-property evaluate -- "$out/fine-forces/seed-1" --data "$relaxed" --out "$out/evaluated-property"
run compare compare -- "$out/fine-untrained" "$out/fine-forces" --out "$out/compared"
run explain explain -- "$relaxed" --out "$out/explained"
run start start -- --preset smoke --seeds 1,2 --out "$out/start"
for table in 1 2 3 4 5; do
  run "table$table" "table$table" -- --preset smoke --datasets jdft2d --most 40 --seeds 1,2 --out "$out/tables"
done
run parity parity -- --preset smoke --datasets jdft2d --most 40 --seeds 1,2 --out "$out/tables"
run embeddings embeddings -- --preset smoke --datasets jdft2d --out "$out/tables"
run record record -- "$out/tables"

# Seconds and starts are of the machine; a record of runs holds both.
(cd "$out" && find . -type f ! -name environment.json ! -name log.txt ! -name '*times*' ! -name runs.jsonl.gz -print0 |
  sort -z | xargs -0 sha256sum) >"$sums/sums"
