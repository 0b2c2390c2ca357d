"""The organisms whose genes are known: their names, NCBI tax ids and Ensembl prefixes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Organism:
    """An organism under the one name that studies and references share.

    Attributes
    ----------
    tax_id
        NCBI's number of the species, as text.
    gene_ids
        A pattern of the stable ids that Ensembl gives its genes.
    """

    name: str
    scientific_name: str
    tax_id: str
    gene_ids: str


HUMAN: Final = Organism("human", "Homo sapiens", "9606", r"ENSG\d{11}")
ORGANISMS: Final = (
    HUMAN,
    Organism("mouse", "Mus musculus", "10090", r"ENSMUSG\d{11}"),
    Organism("rat", "Rattus norvegicus", "10116", r"ENSRNOG\d{11}"),
    Organism("rabbit", "Oryctolagus cuniculus", "9986", r"ENSOCUG\d{11}"),
    Organism("rhesus macaque", "Macaca mulatta", "9544", r"ENSMMUG\d{11}"),
    Organism("chicken", "Gallus gallus", "9031", r"ENSGALG\d{11}"),
    Organism("zebrafish", "Danio rerio", "7955", r"ENSDARG\d{11}"),
    Organism("fruit fly", "Drosophila melanogaster", "7227", r"FBgn\d{7}"),
)


def common_name(name: str) -> str:
    """Return an organism's one name, or the name itself in lower case where it is not known."""
    lower = name.strip().lower()
    return next((o.name for o in ORGANISMS if o.scientific_name.lower() == lower), lower)


def organism_of_gene(gene_id: str) -> Organism | None:
    """Return the organism that a stable id of Ensembl is of, or None for any other name."""
    return next((o for o in ORGANISMS if re.fullmatch(rf"{o.gene_ids}(\.\d+)?", gene_id)), None)
