"""Attributes that many types share: names, places, provenance, time."""

from __future__ import annotations

from madang.entities.vocabulary.terms import SDM, attribute, reference

CORE = "https://uri.etsi.org/ngsi-ld/"
DCTERMS = "http://purl.org/dc/terms/"

NAME = attribute("name", "이름", "Name", iri=SDM + "name", kind="LanguageProperty")
ALTERNATE_NAME = attribute("alternateName", "다른 이름", "Other name", iri=SDM + "alternateName")
TITLE = attribute("title", "제목", "Title", iri=DCTERMS + "title", kind="LanguageProperty")
DESCRIPTION = attribute("description", "설명", "Description", iri=DCTERMS + "description", kind="LanguageProperty")
REASON = attribute("reason", "이유", "Reason", iri=CORE + "reason")
LOCATION = attribute("location", "위치", "Location", iri=CORE + "location", kind="GeoProperty")
ADDRESS = attribute("address", "주소", "Address", iri=SDM + "address")
STATUS = attribute("status", "자료 구분", "Status of the data", iri=CORE + "status")
SOURCE = reference("source", "출처", "Source")
PERIOD = attribute("period", "기준 시기", "Period")
PRICE_YEAR = attribute("priceYear", "가격 기준연도", "Price year")
ASSUMPTION = attribute("assumption", "가정", "Assumption")
BASIS = attribute("basis", "가정 근거", "Basis of the assumption", kind="LanguageProperty")
METHOD = attribute("method", "산출 방법", "Method")
CODE = attribute("code", "코드", "Code")
CODES = attribute("codes", "코드(체계별)", "Codes by system", kind="JsonProperty")
CATEGORY = attribute("category", "분류", "Category", iri=SDM + "category")
KIND = attribute("kind", "종류", "Kind")
STATE = attribute("state", "상태", "State")
YEAR = attribute("year", "연도", "Year")
VALUE = attribute("value", "값", "Value", iri=CORE + "hasValue")
UNIT = attribute("unit", "단위", "Unit")
URL = attribute("url", "웹 주소", "Web address", iri=SDM + "url")
OWNER = attribute("owner", "책임자", "Owner", iri=SDM + "owner")
DATE = attribute("date", "날짜", "Date")
TEXT = attribute("text", "내용", "Text", kind="LanguageProperty")
AREA = attribute("area", "면적", "Area", unit="KMK")
FLOOR_AREA = attribute("floorArea", "연면적", "Floor area", unit="MTK")
HEIGHT = attribute("height", "높이", "Height", unit="MTR")
LENGTH = attribute("length", "길이", "Length", unit="MTR")
VALID_FROM = attribute("validFrom", "유효 시작", "Valid from")
VALID_TO = attribute("validTo", "유효 끝", "Valid to")
DATE_OBSERVED = attribute("dateObserved", "관측 시각", "Time observed", iri=SDM + "dateObserved")

REF_CITY = reference("refCity", "시", "City")
REF_DISTRICT = reference("refDistrict", "구", "District")
REF_DONG = reference("refDong", "행정동", "Administrative dong")
REF_PLACE = reference("refPlace", "장소", "Place")
REF_PROGRAMME = reference("refProgramme", "투자사업", "Programme")
REF_AGREEMENT = reference("refAgreement", "업무협약", "Agreement")
REF_ANNOUNCEMENT = reference("refAnnouncement", "발표자료", "Announcement")
REF_ORGANISATION = reference("refOrganisation", "기관", "Organisation")
REF_DATASET = reference("refDataset", "자료", "Dataset")
REF_PROPOSAL = reference("refProposal", "안건", "Proposal")
REF_DEVICE = reference("refDevice", "장치", "Device")

# What any attribute of any entity may carry as a sub-attribute, and any entity as its own.
PROVENANCE = [SOURCE, STATUS, PERIOD, PRICE_YEAR, ASSUMPTION, BASIS, METHOD]
