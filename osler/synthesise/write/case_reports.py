"""The text of case reports, cleaned as MedCaseReasoning's scripts clean it (arXiv 2505.11733): what is not the case goes."""

import re

_REFERENCES = re.compile(r"\s*\[\s*\d+(?:\s*[,–—-]\s*\d+)*\s*\]")
_FIGURES = re.compile(r"\s*\(\s*(?:see )?(?:supplementary )?(?:figs?\.?|figures?|tables?)\s*\.?\s*\d+[^()]{0,40}\)", re.IGNORECASE)


def cleaned_report(text: str) -> str:
    """Without reference marks and figures in brackets; the lines of a paragraph joined; no paragraph twice in a row."""
    text = _FIGURES.sub("", _REFERENCES.sub("", text.replace("\r\n", "\n")))
    paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text)]
    kept: list[str] = []
    for paragraph in paragraphs:
        if paragraph and (not kept or paragraph != kept[-1]):
            kept.append(paragraph)
    return "\n\n".join(kept)
