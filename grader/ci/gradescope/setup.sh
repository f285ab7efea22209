#!/usr/bin/env bash
# Installs Rust and builds the grader, once, when Gradescope makes the image of the autograder.
#
# Fill in:  nothing.
# Runs in:  Gradescope, as root, in its image for Ubuntu. `run_autograder` then grades.
# Start:    upload the file that this command makes, in the top folder of the repository:
#
#   git archive --format zip --output autograder.zip \
#     --add-file grader/ci/gradescope/setup.sh --add-file grader/ci/gradescope/run_autograder \
#     --prefix streamlings/ HEAD

set -euo pipefail

export RUSTUP_HOME=/opt/rust/rustup CARGO_HOME=/opt/rust/cargo PATH=/opt/rust/cargo/bin:$PATH

apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
  build-essential ca-certificates curl
curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
  sh -s -- -y --no-modify-path --profile minimal

cd /autograder/source/streamlings
# Grading builds the grader, and shows that it works here.
cargo grade 1 --untrusted --dir solutions
