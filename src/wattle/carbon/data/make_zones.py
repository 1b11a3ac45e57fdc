#!/usr/bin/env python3
"""Writes zones.csv, the built-in table of zones, from the sources that SOURCES.md names.

usage: make_zones.py DATA_FOLDER > zones.csv
DATA_FOLDER holds carbon/country_annual_ci.csv, carbon/cloud_regions_latest.csv and
carbon/region_carbon_2025.csv. Also read: Debian's tzdata (iso3166.tab) and iso-codes.
"""
import csv
import json
import sys

COLUMNS = ["zone", "kind", "alpha3", "grid_zone", "name", "average_g_per_kwh", "average_year",
           "average_source", "marginal_g_per_kwh", "marginal_year", "pue", "pue_year",
           "wue_litres_per_kwh", "wue_year"]
PROVIDERS = {"Amazon Web Services": "aws", "Google Cloud": "gcp", "Microsoft Azure": "azure"}

# Faults of the region table, with what the providers' own lists say (SOURCES.md, "Corrected").
RENAMED = {"azure:asiapacific": "azure:indonesiacentral", "azure:westus": "azure:westus2"}
NAMED = {"azure:westus2": "Washington: West US 2"}
GRID_OF = {"gcp:me-central1": "QA", "gcp:europe-north2": "SE", "gcp:europe-west10": "DE",
           "gcp:northamerica-south1": "MX", "gcp:us-east2": "US-SE-SOCO",
           "gcp:us-central2": "US-CENT-SWPP", "gcp:us-east7": "US-TEN-TVA",
           "gcp:asia-southeast3": "TH", "aws:ca-west-1": "CA-AB", "aws:cn-north-1": "CN",
           "aws:cn-northwest-1": "CN", "azure:westcentralus": "US-NW-WACM",
           "azure:westus3": "US-SW-AZPS"}
# Regions of the providers' public lists that the table lacks: place only, so no PUE and no WUE.
MORE_REGIONS = {
    "aws": {"ap-east-2": ("TW", "Asia Pacific (Taipei)"),
            "ap-southeast-5": ("MY", "Asia Pacific (Malaysia)"),
            "ap-southeast-7": ("TH", "Asia Pacific (Thailand)"),
            "mx-central-1": ("MX", "Mexico (Central)")},
    "azure": {"australiacentral": ("AU-NSW", "Canberra"),
              "australiacentral2": ("AU-NSW", "Canberra"),
              "belgiumcentral": ("BE", "Brussels"), "brazilsoutheast": ("BR-CS", "Rio"),
              "canadacentral": ("CA-ON", "Toronto"), "canadaeast": ("CA-QC", "Quebec"),
              "centralindia": ("IN-WE", "Pune"), "chilecentral": ("CL-SEN", "Santiago"),
              "chinaeast": ("CN", "Shanghai"), "chinaeast2": ("CN", "Shanghai"),
              "chinanorth": ("CN", "Beijing"), "chinanorth2": ("CN", "Beijing"),
              "chinanorth3": ("CN", "Hebei"), "eastasia": ("HK", "Hong Kong"),
              "francecentral": ("FR", "Paris"), "francesouth": ("FR", "Marseille"),
              "germanynorth": ("DE", "Berlin"), "germanywestcentral": ("DE", "Frankfurt"),
              "israelcentral": ("IL", "Israel"), "japaneast": ("JP-TK", "Tokyo, Saitama"),
              "japanwest": ("JP-KN", "Osaka"), "koreacentral": ("KR", "Seoul"),
              "koreasouth": ("KR", "Busan"), "malaysiawest": ("MY", "Kuala Lumpur"),
              "norwayeast": ("NO", "Norway East"), "norwaywest": ("NO", "Norway West"),
              "qatarcentral": ("QA", "Doha"), "southafricanorth": ("ZA", "Johannesburg"),
              "southafricawest": ("ZA", "Cape Town"), "southindia": ("IN-SO", "Chennai"),
              "swedensouth": ("SE", "Malmö"), "switzerlandnorth": ("CH", "Zürich"),
              "switzerlandwest": ("CH", "Geneva"), "uaecentral": ("AE", "Abu Dhabi"),
              "uaenorth": ("AE", "Dubai"), "uksouth": ("GB", "London"), "ukwest": ("GB", "Cardiff"),
              "usgovarizona": ("US-SW-AZPS", "Arizona"), "usgovtexas": ("US-TEX-ERCO", "Texas"),
              "usgovvirginia": ("US-MIDA-PJM", "Virginia"), "westindia": ("IN-WE", "Mumbai"),
              "westus": ("US-CAL-CISO", "California")}}


def countries(folder):
    alpha3 = {c["alpha_2"]: c["alpha_3"]
              for c in json.load(open("/usr/share/iso-codes/json/iso_3166-1.json"))["3166-1"]}
    average = {row["iso3"]: row for row in csv.DictReader(open(f"{folder}/country_annual_ci.csv"))}
    for line in open("/usr/share/zoneinfo/iso3166.tab", encoding="utf-8"):
        if line.startswith("#"):
            continue
        code, name = line.rstrip("\n").split("\t")
        row = {"zone": code, "kind": "country", "alpha3": alpha3[code], "grid_zone": code,
               "name": name}
        found = average.pop(alpha3[code], None)
        if found:
            row |= {"average_g_per_kwh": found["g_co2e_per_kwh"], "average_year": found["year"],
                    "average_source": "ember"}
        yield row
    if average:
        sys.exit(f"countries without an ISO 3166 code: {sorted(average)}")


def regions(folder):
    google = {row["Google Cloud Region"]: row
              for row in csv.DictReader(open(f"{folder}/region_carbon_2025.csv"))}
    rows = []
    for given in csv.DictReader(open(f"{folder}/cloud_regions_latest.csv")):
        zone = f"{PROVIDERS[given['provider']]}:{given['region']}"
        zone = RENAMED.get(zone, zone)
        row = {"zone": zone, "kind": "cloud", "grid_zone": GRID_OF.get(zone, given["em_zone"]),
               "name": NAMED.get(zone, given["location"]), "average_g_per_kwh": given["ci_avg_g"],
               "average_year": given["ci_avg_year"],
               "average_source": "gsf" if given["ci_avg_g"] else "",
               "marginal_g_per_kwh": given["ci_marginal_g"],
               "marginal_year": given["ci_marginal_year"],
               "pue": given["pue"], "pue_year": given["pue_year"],
               "wue_litres_per_kwh": given["wue_l_per_kwh"], "wue_year": given["wue_year"]}
        newer = google.pop(given["region"], None) if zone.startswith("gcp:") else None
        if newer:
            row |= google_average(newer)
        rows.append(row)
    for region, newer in google.items():
        rows.append({"zone": f"gcp:{region}", "kind": "cloud",
                     "grid_zone": GRID_OF[f"gcp:{region}"], "name": newer["Location"]}
                    | google_average(newer))
    for provider, more in MORE_REGIONS.items():
        for region, (grid, name) in more.items():
            rows.append({"zone": f"{provider}:{region}", "kind": "cloud", "grid_zone": grid,
                         "name": name})
    return rows


def google_average(row):
    return {"average_g_per_kwh": row["Grid carbon intensity (gCO2eq / kWh)"],
            "average_year": "2025", "average_source": "google"}


def grid_zones(cloud):
    """Parts of countries. AWS and Azure rows carry their grid zone's average; Google's do not."""
    found = {}
    for row in cloud:
        zone = row["grid_zone"]
        if "-" not in zone:
            continue
        grid = found.setdefault(zone, {"zone": zone, "kind": "grid", "grid_zone": zone})
        newer = row.get("average_year", "") > grid.get("average_year", "")
        if row.get("average_source") == "gsf" and newer:
            grid |= {key: value for key, value in row.items() if key.startswith("average_")}
    return found.values()


def main():
    folder = sys.argv[1] + "/carbon"
    cloud = regions(folder)
    world = {"zone": "world", "kind": "world", "grid_zone": "world", "name": "World",
             "average_g_per_kwh": "475", "average_year": "2018", "average_source": "iea"}
    writer = csv.DictWriter(sys.stdout, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for group in ([world], countries(folder), grid_zones(cloud), cloud):
        writer.writerows(sorted(group, key=lambda row: row["zone"]))


main()
