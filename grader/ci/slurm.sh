#!/usr/bin/env bash
# Grades a class in parts on a cluster, and merges the results.
#
# Fill in:  `submissions`, `results` and `seed` below, and the number of parts in `--array`.
# Runs on:  Slurm, on nodes with Linux 6.7 or later, Rust and a C compiler. All nodes share the
#           file system of this clone, of the submissions and of the results. File locks must hold
#           on all nodes together, as on NFS 4. `cargo grade doctor` must name the same level of
#           the sandbox on all nodes.
# Start:    bash grader/ci/slurm.sh, in the top folder of the clone on the login node.
#
# The gradebook and the pages are then in `class` below `results`, next to the logs of the jobs.
# The same command again continues: what has a result is not graded again. If a submission could
# not be graded, its job and the merge exit with 3, and the others have their results.

#SBATCH --job-name=streamlings
#SBATCH --array=1-20
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=4G
#SBATCH --time=02:00:00

set -euo pipefail

submissions=$HOME/class/submissions
results=$HOME/class/results
seed=7

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
  cargo grade class "$submissions" --out "$results/part-$SLURM_ARRAY_TASK_ID" --seed "$seed" \
    --partition "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --jobs "$SLURM_CPUS_PER_TASK"
else
  # Grading builds the grader, so that the jobs find it. It also shows that it works.
  cargo grade 1 --dir solutions
  mkdir -p "$results"
  job=$(sbatch --parsable --output="$results/log-%a.txt" "$0")
  sbatch --dependency="afterany:$job" --job-name=streamlings-merge \
    --output="$results/log-merge.txt" \
    --wrap "cargo grade class merge '$results'/part-* --out '$results/class'"
fi
