"""Makes test/unit/sequence/golden/maize-clusters.json: every fourth labelled maize promoter, and its
clusters by MMseqs2 and cd-hit-est. Needs both tools (Debian: mmseqs2, cd-hit) and 8 GB of memory.

    python3 test/oracles/cluster_golden.py
"""

import gzip
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
TABLE = ROOT / "notebooks/data/maize/maize_nam_promoters_tpm.tsv.gz"
TARGET = ROOT / "test/unit/sequence/golden/maize-clusters.json"
WORD_LENGTHS = {"0.8": 5, "0.9": 8}


def read_sequences():
    with gzip.open(TABLE, "rt") as lines:
        column = next(lines).rstrip("\r\n").split("\t").index("promoter")
        rows = [line.rstrip("\r\n").split("\t")[column] for line in lines]
    return {index: row for index, row in enumerate(rows) if index % 4 == 0 and len(row) >= 20}


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def mmseqs(folder, identity, count):
    out = f"{folder}/mmseqs{identity}"
    run("mmseqs", "easy-cluster", f"{folder}/in.fa", out, f"{folder}/tmp{identity}",
        "--min-seq-id", identity, "--threads", "1", "-v", "1")
    clusters = {}
    of = {}
    for line in open(f"{out}_cluster.tsv"):
        representative, member = line.split()
        of[int(member)] = clusters.setdefault(representative, len(clusters))
    return [of[index] for index in range(count)]


def cd_hit(folder, identity, count):
    out = f"{folder}/cdhit{identity}"
    run("cd-hit-est", "-i", f"{folder}/in.fa", "-o", out, "-c", identity,
        "-n", str(WORD_LENGTHS[identity]), "-d", "0", "-T", "1", "-M", "0")
    of = {}
    cluster = -1
    for line in open(f"{out}.clstr"):
        if line.startswith(">"):
            cluster += 1
        else:
            of[int(line.split(">")[1].split("...")[0])] = cluster
    return [of[index] for index in range(count)]


def main():
    sequences = read_sequences()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.fa", "w") as out:
            for index, sequence in enumerate(sequences.values()):
                out.write(f">{index}\n{sequence}\n")
        clusters = {
            identity: {
                "mmseqs": mmseqs(folder, identity, len(sequences)),
                "cdHit": cd_hit(folder, identity, len(sequences)),
            }
            for identity in WORD_LENGTHS
        }
    TARGET.write_text(json.dumps({"rows": list(sequences), "clusters": clusters}) + "\n")


main()
