"""Countries as street devices write them: ISO 3166-1 codes, and the distinguishing signs of vehicles."""

from __future__ import annotations

from typing import NamedTuple

from fpsctl.identifiers import OVERSEAS

# ISO 3166-1: alpha-2 then alpha-3.
_ISO = """
ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD
BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN
CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU
DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB
GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG
HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN
KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU
LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR
MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL
OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB
RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP
SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN
TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF
ZMZMB ZWZWE
"""
_ALPHA2 = {pair[:2] for pair in _ISO.split()}
_ALPHA3 = {pair[2:]: pair[:2] for pair in _ISO.split()}

# Distinguishing signs (Vienna convention on road traffic) that are no ISO code of the same country.
_SIGNS = {
    "A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "FL": "LI", "GBZ": "GI", "H": "HU", "I": "IT", "J": "JP",
    "L": "LU", "M": "MT", "N": "NO", "NMK": "MK", "P": "PT", "RKS": "XK", "RL": "LB", "RSM": "SM", "S": "SE",
    "SLO": "SI", "T": "TH", "UK": "GB", "V": "VA",
}  # fmt: skip
# Codes that ISO gives to one country and the signs to another.
_CLASHES = {
    "ES": "SV", "ET": "EG", "LB": "LR", "MS": "MU", "NA": "CW", "SD": "SZ", "SY": "SC", "BRN": "BH", "ROU": "UY",
}  # fmt: skip


class Pays(NamedTuple):
    """A country: alpha-2 code, how it was written (`alpha2`, `alpha3`, `sign`), the other country it may mean."""

    code: str
    form: str
    other: str = ""


def read(written: str) -> Pays | None:
    """Return the country that a code names, None when it names none; ISO goes before the signs."""
    code = written.strip().upper()
    if code in _ALPHA2:
        return Pays("FR", "alpha2", code) if code in OVERSEAS else Pays(code, "alpha2", _CLASHES.get(code, ""))
    if code in _ALPHA3:
        alpha2 = _ALPHA3[code]
        return Pays("FR", "alpha3", alpha2) if alpha2 in OVERSEAS else Pays(alpha2, "alpha3", _CLASHES.get(code, ""))
    return Pays(_SIGNS[code], "sign") if code in _SIGNS else None
