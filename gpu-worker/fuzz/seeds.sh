#!/usr/bin/env bash
# Gathers the corpus that fuzzing begins from: this checkout's small models, stored tensors and data sets, and those of a tree of
# ONNX's backend tests where one is given.
#
#     ./seeds.sh [FOLDER]        for example site-packages/onnx/backend/test/data of the PyPI package onnx
set -euo pipefail
cd "$(dirname "$0")"
folders=(../tests/fixtures ../src/diagnosis ../../e2e/models ../../e2e/data "$@")

# Copies files that are small enough to be mutated quickly, under names that tell where they are from.
gather() { # TARGET PATTERN
    mkdir -p "corpus/$1"
    find "${folders[@]}" -name "$2" -size -32k -print0 | while IFS= read -r -d '' file; do
        name=${file#../}
        cp "$file" "corpus/$1/${name//\//_}"
    done
    echo "$1: $(find "corpus/$1" -type f | wc -l) files"
}

gather model '*.onnx'
gather value '*.pb'
gather dataset '*.np[yz]'
gather dataset '*.parquet'
gather dataset '*.safetensors'
# Models of this target are made of its bytes: nothing can be copied.
mkdir -p corpus/operator
