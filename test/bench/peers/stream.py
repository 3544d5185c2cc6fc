"""A large FASTA and a large VCF from start to end by pysam. The files are those of rows/stream.ts."""

import pysam

from bench_peer import serve


def prepare_fasta(folder):
    file = str(folder.parent / "genome" / "stream.fa")

    def run():
        with pysam.FastxFile(file) as records:
            return sum(len(record.sequence) for record in records)

    return run


def prepare_vcf(folder):
    file = str(folder.parent / "genome" / "stream.vcf")

    def run():
        with pysam.VariantFile(file) as records:
            return sum(record.start for record in records)

    return run


serve({"stream-fasta pysam": prepare_fasta, "stream-vcf pysam": prepare_vcf})
