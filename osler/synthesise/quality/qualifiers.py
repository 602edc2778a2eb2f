"""The qualifiers of the Medical Subject Headings (National Library of Medicine, public domain), by their codes: m1's domains."""

_LINES = """
AA analogs and derivatives; AB abnormalities; AD administration and dosage; AE adverse effects; AG agonists; AH anatomy and histology
AI antagonists and inhibitors; AN analysis; BI biosynthesis; BL blood; BS blood supply; CF cerebrospinal fluid; CH chemistry
CI chemically induced; CL classification; CN congenital; CO complications; CS chemical synthesis; CT contraindications; CY cytology
DE drug effects; DF deficiency; DG diagnostic imaging; DH diet therapy; DI diagnosis; DT drug therapy; EC economics; ED education
EH ethnology; EM embryology; EN enzymology; EP epidemiology; ES ethics; ET etiology; GD growth and development; GE genetics; HI history
IM immunology; IN injuries; IP isolation and purification; IR innervation; IS instrumentation; LJ legislation and jurisprudence
ME metabolism; MI microbiology; MO mortality; MT methods; NU nursing; OG organization and administration; PA pathology
PC prevention and control; PD pharmacology; PH physiology; PK pharmacokinetics; PO poisoning; PP physiopathology; PS parasitology
PX psychology; PY pathogenicity; RE radiation effects; RH rehabilitation; RT radiotherapy; SD supply and distribution; SE secretion
SN statistics and numerical data; ST standards; SU surgery; TD trends; TH therapy; TM transmission; TO toxicity; TR transplantation
TU therapeutic use; UL ultrastructure; UR urine; UT utilization; VE veterinary; VI virology
"""

QUALIFIERS: dict[str, str] = {
    code: name for code, _, name in (entry.strip().partition(" ") for entry in _LINES.replace("\n", ";").split(";")) if code
}
