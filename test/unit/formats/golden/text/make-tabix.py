# pip install pysam==0.24.1; python make-tabix.py
# Writes regions.bed.gz, calls.vcf.gz and genes.gff3.gz with their indexes, and what htslib fetches and
# parses from them, as tabix.json. All records are made up.
import json
import os
import random

import pysam

rng = random.Random(5)
# Makes the file several blocks long; it compresses to nothing.
PADDING = "_" * 600


def pack(name, text, preset, csi=False):
    with open(name, "w") as out:
        out.write(text)
    pysam.tabix_compress(name, name + ".gz", force=True)
    os.remove(name)
    pysam.tabix_index(name + ".gz", preset=preset, force=True)
    if csi:
        pysam.tabix_index(name + ".gz", preset=preset, force=True, csi=True)


bed = []
for chrom in ["chr1", "chr2", "chrM"]:
    rows = [(16383, 16384), (16384, 16386)]
    for _ in range(150):
        start = int(10 ** rng.uniform(0, 8.5))
        rows.append((start, start + int(10 ** rng.uniform(0, 7))))
    for start, end in sorted(rows):
        bed.append(f"{chrom}\t{start}\t{end}\t{chrom}_{start}_{end}{PADDING}\n")
pack("regions.bed", "".join(bed), "bed", csi=True)

vcf = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=250000000>
##contig=<ID=chr2,length=250000000>
##contig=<ID=chr3,length=1000>
##FILTER=<ID=q10,Description="Quality, below 10">
##FILTER=<ID=s50,Description="few">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency, \\"estimated\\"">
##INFO=<ID=DB,Number=0,Type=Flag,Description="dbSNP">
##INFO=<ID=NOTE,Number=1,Type=String,Description="Text">
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=GL,Number=G,Type=Float,Description="Likelihoods">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tn1\tn2
"""
for chrom in ["chr1", "chr2"]:
    for pos in sorted(int(10 ** rng.uniform(0, 8)) + 1 for _ in range(60)):
        ref = "".join(rng.choice("ACGT") for _ in range(rng.choice([1, 1, 1, 2, 5])))
        kind = rng.random()
        if kind < 0.1:
            alt, info = "<DEL>", f"END={pos + rng.randrange(50, 100000)}"
            ref = "N"
        else:
            alts = ["".join(rng.choice("ACGT") for _ in range(rng.choice([1, 3]))) + "A" for _ in range(rng.choice([1, 1, 2]))]
            alt = ",".join(alts)
            info = f"DP={rng.randrange(100)};AF=" + ",".join(f"{rng.random():.4g}" for _ in alts)
        if rng.random() < 0.2:
            info += ";DB"
        if rng.random() < 0.1:
            info += ";NOTE=a b"
        if rng.random() < 0.1:
            alt, info = ".", "."
        count = 1 if alt == "." else 1 + len(alt.split(","))

        def sample():
            if rng.random() < 0.1:
                return "./."
            a, b = rng.randrange(count), rng.randrange(count)
            depths = ",".join(str(rng.randrange(40)) for _ in range(count))
            return f"{a}{rng.choice('/|')}{b}:{rng.choice(['.', '7', '12'])}:{depths}"

        name = rng.choice([".", f"rs{pos}", f"rs{pos};x{pos}"])
        quality = rng.choice([".", "30", "9.5"])
        filters = rng.choice([".", "PASS", "q10", "q10;s50"])
        vcf += "\t".join([chrom, str(pos), name, ref, alt, quality, filters, info, "GT:DP:AD", sample(), sample()]) + "\n"
pack("calls.vcf", vcf, "vcf", csi=True)

gff = "##gff-version 3\n"
for chrom in ["chrI", "chrII"]:
    for start in sorted(rng.randrange(1, 3_000_000) for _ in range(60)):
        end = start + rng.randrange(1, 90_000)
        gff += f"{chrom}\tmade\tgene\t{start}\t{end}\t.\t{rng.choice('+-')}\t.\tID={chrom}_{start}_{end};Note=a%3Bb\n"
pack("genes.gff3", gff, "gff")

regions = []
for _ in range(60):
    start = int(10 ** rng.uniform(0, 8.3))
    regions.append((start, start + int(10 ** rng.uniform(0, 8))))
regions += [(16383, 16385), (16384, 16385), (0, 1 << 29), (0, 16384)]
golden = {"bed": [], "vcf": [], "gff": [], "records": []}
with pysam.TabixFile("regions.bed.gz") as file:
    for start, end in regions:
        chrom = rng.choice(["chr1", "chr2", "chrM"])
        golden["bed"].append([chrom, start, end, [line.split("\t")[3].rstrip("_") for line in file.fetch(chrom, start, end)]])
with pysam.TabixFile("calls.vcf.gz") as file:
    for start, end in regions:
        chrom = rng.choice(["chr1", "chr2"])
        golden["vcf"].append([chrom, start, end, [int(line.split("\t")[1]) - 1 for line in file.fetch(chrom, start, end)]])
with pysam.TabixFile("genes.gff3.gz") as file:
    for start, end in regions:
        start, end = start % 3_000_000, start % 3_000_000 + end % 100_000 + 1
        chrom = rng.choice(["chrI", "chrII"])
        found = [line.split("\t")[8][3:].split(";")[0] for line in file.fetch(chrom, start, end)]
        golden["gff"].append([chrom, start, end, found])
for record in pysam.VariantFile("calls.vcf.gz"):
    golden["records"].append(
        {
            "chrom": record.chrom,
            "start": record.start,
            "end": record.stop,
            "id": record.id,
            "ref": record.ref,
            "alt": list(record.alts or []),
            "quality": record.qual,
            "filter": list(record.filter.keys()),
            "info": {key: value for key, value in record.info.items() if key != "END"},
            "genotypes": [list(sample.allele_indices or []) for sample in record.samples.values()],
            "phased": [sample.phased for sample in record.samples.values()],
            "depths": [list(sample.get("AD") or []) for sample in record.samples.values()],
        }
    )
with open("tabix.json", "w") as out:
    json.dump(golden, out, separators=(",", ":"))
