"""The web app's entry: theme, navigation and the registry of pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.web.components.sign_in import require_sign_in

ASSETS = Path(__file__).parent / "assets"

_SIDEBAR_WIDTH = 230

# url path, title, icon, what it shows; grouped as in the navigation.
PAGES: dict[str, list[tuple[str, str, str, str]]] = {
    "": [
        ("overview", "Overview", "home", "What the warehouse holds, and a search over all of it."),
    ],
    "Expression": [
        ("samples", "Samples and QC", "science", "Every sample beside the protocol's limits."),
        ("contrast", "Contrast", "scatter_plot", "Volcano, MA plot and table of one contrast."),
        ("compare_drugs", "Compare drugs", "compare_arrows", "Two drugs, gene by gene."),
        ("mechanism", "Mechanism", "hub", "The documents' map, coloured by one contrast."),
        ("gene_sets", "Gene sets", "bubble_chart", "Groups of genes that move together."),
        ("gene", "Gene", "genetics", "One gene over every sample, contrast and claim."),
    ],
    "Evidence": [
        ("literature", "Literature", "menu_book", "What documents claim, held against the data."),
        ("adverse_events", "Adverse events", "monitor_heart", "Rates by term and regimen."),
        ("compare_regimens", "Compare regimens", "balance", "Two arms, side by side."),
    ],
    "Warehouse": [
        ("provenance", "Provenance", "account_tree", "Where every number comes from."),
        ("your_data", "Your data", "upload_file", "A table or counts of yours, never kept."),
        ("sql", "SQL", "terminal", "One SELECT over the marts, in a sandbox."),
        ("about", "About", "info", "Methods, versions and the dictionary of the marts."),
    ],
}


def main() -> None:
    """Draw the navigation and run the page the person is on."""
    st.set_page_config(
        page_title="imid-warehouse",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
        initial_sidebar_state=_SIDEBAR_WIDTH,
        menu_items={"About": "imid-warehouse: the immunomodulatory drugs side by side."},
    )
    st.html(ASSETS / "app.css")
    st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "icon.svg"), size="large")
    require_sign_in()
    page = st.navigation(
        {
            heading: [
                st.Page(
                    f"views/{path}.py",
                    title=title,
                    icon=f":material/{icon}:",
                    url_path=path,
                    default=path == "overview",
                    help=shows,
                )
                for path, title, icon, shows in entries
            ]
            for heading, entries in PAGES.items()
        },
        position="sidebar",
    )
    st.set_page_config(page_title=f"{page.title} · imid-warehouse")
    page.run()


main()
